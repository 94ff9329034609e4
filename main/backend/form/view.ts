import type { MachineForm } from '../../contract/form.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { pick, pickList, pickNumber, pickText } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';

type Size = MachineForm['size'];
const diskKinds = ['cdrom', 'lun', 'disk'] as const;
const buses = ['virtio', 'sata', 'scsi', 'usb'] as const;
const models = ['virtio', 'e1000', 'e1000e', 'rtl8139', 'pcnet', 'ne2k_pci', 'igb'] as const;
const strategies = ['Always', 'RerunOnFailure', 'Manual', 'Halted', 'Once', 'WaitAsReceiver'] as const;
const oneOf = <T extends string>(all: readonly T[], value: string | undefined): T | '' =>
  all.find((each) => each === value) ?? '';
const known = <K extends string, T>(name: K, value: T | undefined): Partial<Record<K, T>> =>
  value === undefined ? {} : ({ [name]: value } as Record<K, T>);

/** KubeVirt's default kind of a type is the cluster's. */
const sizeOf = (vm: KubeObject): Size => {
  const type = pick(vm, 'spec', 'instancetype');
  const name = pickText(type, 'name');
  if (name)
    return {
      type: 'instancetype',
      name,
      cluster: !/^virtualmachineinstancetypes?$/i.test(pickText(type, 'kind') ?? ''),
    };
  const volume = pickText(type, 'inferFromVolume');
  if (volume) return { type: 'inferred', volume };
  const domain = pick(vm, 'spec', 'template', 'spec', 'domain');
  return {
    type: 'free',
    ...known('sockets', pickNumber(domain, 'cpu', 'sockets')),
    ...known('cores', pickNumber(domain, 'cpu', 'cores')),
    ...known('threads', pickNumber(domain, 'cpu', 'threads')),
    ...known('memory', quantity(pick(domain, 'memory', 'guest'))),
    ...known('maxSockets', pickNumber(domain, 'cpu', 'maxSockets')),
    ...known('maxMemory', quantity(pick(domain, 'memory', 'maxGuest'))),
  };
};

/** KubeVirt: `efi: {}` means Secure Boot, too. */
const firmwareOf = (domain: unknown): MachineForm['firmware'] => {
  const loader = pick(domain, 'firmware', 'bootloader');
  const efi = pick(loader, 'efi');
  if (efi !== undefined && efi !== null) return pick(efi, 'secureBoot') === false ? 'uefi' : 'uefi-secure';
  return pick(loader, 'bios') === undefined ? 'preferred' : 'bios';
};
const tpmOf = (domain: unknown): MachineForm['tpm'] => {
  const tpm = pick(domain, 'devices', 'tpm');
  if (tpm === undefined || tpm === null || pick(tpm, 'enabled') === false) return 'none';
  return pick(tpm, 'persistent') === true ? 'kept' : 'until-off';
};

/** What a form shows of a machine. Pure. */
export function formOf(vm: KubeObject): MachineForm {
  const spec = pick(vm, 'spec', 'template', 'spec');
  const domain = pick(spec, 'domain');
  const strategy = pickText(vm, 'spec', 'runStrategy');
  return {
    description: vm.metadata.annotations?.['hearth.dev/description'] ?? '',
    // `running` is the older way to say it.
    runStrategy: oneOf(strategies, strategy) || (pick(vm, 'spec', 'running') === true ? 'Always' : 'Halted'),
    ...known('hostname', pickText(spec, 'hostname')),
    size: sizeOf(vm),
    ...known('preference', pickText(vm, 'spec', 'preference', 'name')),
    firmware: firmwareOf(domain),
    tpm: tpmOf(domain),
    disks: pickList(domain, 'devices', 'disks').map((disk) => {
      const kind = diskKinds.find((each) => disk[each] !== undefined && disk[each] !== null) ?? 'disk';
      return {
        name: pickText(disk, 'name') ?? '',
        kind,
        bus: oneOf(buses, pickText(disk, kind, 'bus')),
        ...known('bootOrder', pickNumber(disk, 'bootOrder')),
      };
    }),
    interfaces: pickList(domain, 'devices', 'interfaces').map((nic) => ({
      name: pickText(nic, 'name') ?? '',
      model: oneOf(models, pickText(nic, 'model')),
      ...known('mac', pickText(nic, 'macAddress')),
    })),
  };
}
