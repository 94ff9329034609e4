import { createHash } from 'node:crypto';
import type { V1VirtualMachineInstanceNetworkInterface } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { KubeObject } from '../../kube/object.ts';
import { guestAddress, isSwitched } from '../argv/network.ts';
import { interfacesOf } from '../argv/devices.ts';
import type { Machine } from '../qemu/machine.ts';
import { stableMac, vmiSpec } from '../spec.ts';
import type { GuestFacts } from './guest.ts';

/**
 * The interfaces of a running instance as KubeVirt tells them (pkg/network/controllers, netstat): on the pod network the
 * address by which others reach the machine, on private networks what the guest itself has.
 */
export function interfaceStatuses(
  draft: KubeObject,
  machine: Machine,
  guest?: GuestFacts,
): V1VirtualMachineInstanceNetworkInterface[] {
  const spec = vmiSpec(draft);
  return interfacesOf(spec).map((nic) => {
    const mac = nic.macAddress?.toLowerCase().replaceAll('-', ':') ?? stableMac(machine.record.identity, nic.name);
    const seen = guest?.interfaces.find((candidate) => candidate.mac === mac);
    const onPod = !spec.networks?.find(({ name }) => name === nic.name)?.multus;
    const known = machine.nics.get(nic.name)?.addresses ?? [];
    const asked = seen?.addresses ?? [];
    let addresses: string[];
    // The agent is asked now and then only: an address that the switch has seen since is newer.
    if (!onPod) addresses = known.length > 0 && !asked.includes(known.at(-1) ?? '') ? known.toReversed() : asked;
    else if (isSwitched(machine.record.argv)) addresses = known;
    // A machine that has QEMU's own network alone.
    else addresses = asked.length > 0 ? asked : [guestAddress];
    const sources = ['domain', ...(seen ? ['guest-agent'] : []), ...(onPod ? [] : ['multus-status'])];
    return {
      name: nic.name,
      mac,
      ...(addresses[0] === undefined ? {} : { ipAddress: addresses[0], ipAddresses: addresses }),
      infoSource: sources.join(', '),
      ...(seen ? { interfaceName: seen.name } : {}),
      podInterfaceName: onPod ? 'eth0' : `pod${createHash('sha256').update(nic.name).digest('hex').slice(0, 11)}`,
      queueCount: 1,
      linkState: nic.state === 'down' ? 'down' : 'up',
    } satisfies V1VirtualMachineInstanceNetworkInterface;
  });
}
