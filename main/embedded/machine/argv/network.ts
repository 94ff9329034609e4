import { options } from './options.ts';
import type { MachinePlan, PlannedNic } from './plan.ts';

/** Layout of KubeVirt's masquerade: the guest is always 10.0.2.2 on its own side. */
export const guestAddress = '10.0.2.2';
const userNetwork = { net: '10.0.2.0/24', host: '10.0.2.1', dns: '10.0.2.3', dhcpstart: guestAddress };
/** QEMU's own network, the pod network's way out and the place of forwarded ports. */
export const userNetdev = 'net0';
const wayOut = 'way-out';

export const nicId = (name: string): string => `nic-${name}`;
export const cableId = (name: string): string => `cable-${name}`;
const models: Record<string, string> = {
  virtio: 'virtio-net-pci',
  e1000: 'e1000',
  e1000e: 'e1000e',
  rtl8139: 'rtl8139',
};
export const driverOf = (model: string): string => models[model] ?? 'virtio-net-pci';

/** QEMU waits on a Unix socket; the switch plugs in, and again when it comes back (QEMU 7.2 cannot do that the other way round). */
const cable = (id: string, path: string): string =>
  options('stream', { id, server: true, 'addr.type': 'unix', 'addr.path': path });

/** Interfaces and what they hang on. */
export function networkArguments({ nics, name, namespace, machine }: MachinePlan): string[] {
  const removable = machine !== 'pc' ? nics.filter((nic) => nic.cable === 'private') : [];
  return [
    // A card that shall come out of a running machine with PCI Express must sit in a port; the root bus lets none go.
    ...removable.flatMap((_, index) => [
      '-device',
      `pcie-root-port,id=nicport${index},chassis=${101 + index},addr=0x11.0x${index}${index === 0 ? ',multifunction=on' : ''}`,
    ]),
    ...nics.flatMap((nic) => [
      ...backend(nic, name, namespace),
      '-device',
      options(driverOf(nic.model), {
        id: nicId(nic.name),
        netdev: nic.cable === 'user' ? userNetdev : cableId(nic.name),
        bus: removable.includes(nic) ? `nicport${removable.indexOf(nic)}` : undefined,
        mac: nic.mac,
        bootindex: nic.bootIndex,
        // Without a place in the boot order the boot ROM only costs time.
        ...(nic.bootIndex === undefined ? { romfile: '' } : {}),
      }),
    ]),
  ];
}

function backend(nic: PlannedNic, machine: string, namespace: string): string[] {
  if (nic.cable === 'private') return ['-netdev', cable(cableId(nic.name), nic.socket)];
  const zone = 'cluster.local';
  const user = options('user', { id: userNetdev, ipv6: false, ...userNetwork, hostname: machine });
  if (nic.cable === 'user') return ['-netdev', user];
  const search = [`${namespace}.svc.${zone}`, `svc.${zone}`, zone];
  return [
    '-netdev', `${user},domainname=${search[0]},${search.map((domain) => `dnssearch=${domain}`).join(',')}`,
    '-netdev', cable(wayOut, nic.uplink),
    '-netdev', `hubport,id=hub-a,hubid=0,netdev=${userNetdev}`,
    '-netdev', `hubport,id=hub-b,hubid=0,netdev=${wayOut}`,
    '-netdev', cable(cableId(nic.name), nic.socket),
  ]; // prettier-ignore
}

/** Whether a machine has an interface on the pod network, so that ports can be forwarded to it. Also of older engines' machines. */
export const hasPodNetwork = (argv: readonly string[]): boolean =>
  argv.some((argument) => argument.startsWith(`user,id=${userNetdev},`));
/** Whether its pod network goes through the switch. */
export const isSwitched = (argv: readonly string[]): boolean =>
  argv.some((argument) => argument.startsWith(`stream,id=${wayOut},`));
