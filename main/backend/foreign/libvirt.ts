import type { ForeignMachine } from '../../contract/foreign.ts';
import { libvirtCards, libvirtDrives } from './libvirt-devices.ts';
import { guessOs } from './os.ts';
import { count, Left, plain } from './parts.ts';
import { badDescription, notDescribed } from './problems.ts';
import { all, attr, one, parseXml, textOf } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** A machine of libvirt: `virsh dumpxml`, virt-manager's XML, a file of /etc/libvirt/qemu. Throws ProblemError. Pure. */
export function readLibvirt(text: string, fileName: string): ForeignMachine {
  const domain = parseXml(text);
  if (domain.name === 'domainsnapshot' || domain.name === 'domaincheckpoint')
    throw notDescribed(
      fileName,
      'it describes a snapshot, not a machine.',
      'Give the machine itself: virsh dumpxml NAME.',
    );
  if (domain.name !== 'domain')
    throw notDescribed(fileName, `its root is <${domain.name.slice(0, 60)}>, not <domain>.`);
  const type = attr(domain, 'type') ?? '';
  if (['lxc', 'openvz', 'vz'].includes(type) && textOf(domain, 'os', 'type') !== 'hvm')
    throw notDescribed(fileName, `it is a container (${type}), not a virtual machine.`, 'Install its system in a machine, or run it as a container.'); // prettier-ignore
  const left = new Left();
  const devices = one(domain, 'devices');
  const os = guessOs(osId(domain));
  const osElement = one(domain, 'os');
  const kind = one(osElement, 'type');
  const machine = attr(kind, 'machine') ?? '';
  if ((kind?.text.trim() || 'hvm') !== 'hvm')
    left.add(
      'Paravirtualization (Xen PV)',
      'Here it starts like a PC: its disk needs a boot loader and a kernel of its own.',
    );
  const { firmware, secureBoot } = firmwareOf(osElement, left);
  const { disks, cds } = libvirtDrives(domain, left);
  const tpm = one(devices, 'tpm');
  if (tpm !== undefined) left.add('What is in the TPM', tpmWhy(tpm));
  leftovers(domain, left);
  return {
    kind: 'libvirt',
    name: plain(textOf(domain, 'name'), 200) || fileName.replace(/\.xml$/i, ''),
    ...descriptionOf(domain),
    arch: attr(kind, 'arch') ?? 'x86_64',
    cpus: processors(domain, left),
    memory: memoryOf(domain, left),
    ...(/q35/.test(machine) ? { chipset: 'q35' as const } : /^pc(-|$)|i440fx/.test(machine) ? { chipset: 'i440fx' as const } : {}),
    firmware,
    secureBoot,
    tpm: tpm !== undefined,
    sound: soundOf(devices, left),
    disks,
    cds,
    nics: libvirtCards(devices, os, left),
    os,
    left: left.list,
  }; // prettier-ignore
}

const descriptionOf = (domain: XmlElement): { description?: string } => {
  const text = plain([textOf(domain, 'title'), textOf(domain, 'description')].filter(Boolean).join('\n'), 1000);
  return text === '' ? {} : { description: text };
};

/** `<libosinfo:os id="http://...">` of the metadata, whatever its prefix is. */
function osId(domain: XmlElement): string | undefined {
  for (const info of one(domain, 'metadata')?.children ?? [])
    for (const child of info.children) if (/(^|:)os$/.test(child.name)) return attr(child, 'id');
  return undefined;
}

/** Written out (`<loader>`), chosen by libvirt (`firmware='efi'`), or both, as newer versions print it. */
function firmwareOf(os: XmlElement | undefined, left: Left): Pick<ForeignMachine, 'firmware' | 'secureBoot'> {
  const loader = one(os, 'loader');
  const file = loader?.text.trim() ?? '';
  const nvram = one(os, 'nvram');
  const uefi =
    attr(os, 'firmware') === 'efi' ||
    (attr(os, 'firmware') === undefined &&
      (attr(loader, 'type') === 'pflash' || nvram !== undefined || /OVMF|AAVMF|edk2|efi/i.test(file)));
  if (!uefi) return { firmware: 'bios', secureBoot: false };
  if (nvram !== undefined)
    left.add(`UEFI variables (${nvram.text.trim() || 'NVRAM'})`, 'They stay behind. The machine starts from EFI/BOOT; a system that registered itself elsewhere is chosen once in the firmware.'); // prettier-ignore
  const features = new Map(all(os, 'firmware', 'feature').map((each) => [attr(each, 'name'), attr(each, 'enabled')]));
  // Firmware that could do it does nothing without enrolled keys.
  const off = features.get('secure-boot') === 'no' || features.get('enrolled-keys') === 'no';
  const on = features.get('secure-boot') === 'yes' || attr(loader, 'secure') === 'yes';
  return { firmware: 'uefi', secureBoot: on && !off };
}

const tpmWhy = (tpm: XmlElement): string =>
  attr(one(tpm, 'backend'), 'type') === 'passthrough'
    ? 'The TPM is a chip of the other computer. The machine gets a new, empty one.'
    : 'It lies in a folder of libvirt. The machine gets a new, empty TPM: have the BitLocker recovery key at hand, or switch BitLocker off before.';

/** libvirt's units: bytes, powers of 1000 (`KB`) and of 1024 (`K`, `KiB`). */
const units: Record<string, number> = { b: 1, bytes: 1, kb: 1e3, k: 2 ** 10, kib: 2 ** 10, mb: 1e6, m: 2 ** 20, mib: 2 ** 20, gb: 1e9, g: 2 ** 30, gib: 2 ** 30, tb: 1e12, t: 2 ** 40, tib: 2 ** 40 }; // prettier-ignore
function sizeOf(element: XmlElement | undefined): number | undefined {
  const text = element?.text.trim() ?? '';
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const unit = units[(attr(element, 'unit') ?? 'KiB').toLowerCase()];
  if (unit === undefined) throw badDescription(`The unit "${attr(element, 'unit')?.slice(0, 20)}" of the memory is none of libvirt.`); // prettier-ignore
  return Number(text) * unit;
}

function memoryOf(domain: XmlElement, left: Left): number {
  const memory = sizeOf(one(domain, 'memory'));
  const now = sizeOf(one(domain, 'currentMemory'));
  if (memory === undefined) {
    left.add('Memory', 'The description does not say how much: 1 GiB stands in.');
    return now ?? 2 ** 30;
  }
  if (now !== undefined && now < memory)
    left.add('Ballooned memory', `The machine was held at ${Math.round(now / 2 ** 20)} MiB of its ${Math.round(memory / 2 ** 20)} MiB; here it has all of them.`); // prettier-ignore
  return memory;
}

function processors(domain: XmlElement, left: Left): ForeignMachine['cpus'] {
  const vcpu = one(domain, 'vcpu');
  const cpus = count(vcpu?.text) ?? 1;
  const now = count(attr(vcpu, 'current'));
  if (now !== undefined && now < cpus) left.add('vCPUs to be plugged in later', `${now} of ${cpus} were in use; here all are from the start.`); // prettier-ignore
  const topology = one(domain, 'cpu', 'topology');
  const part = (name: string): number => count(attr(topology, name)) ?? 1;
  const shape = {
    sockets: part('sockets'),
    cores: part('dies') * part('clusters') * part('cores'),
    threads: part('threads'),
  };
  // A topology that does not fit is refused by libvirt; an older one may have been left behind.
  return topology && shape.sockets * shape.cores * shape.threads === cpus
    ? shape
    : { sockets: cpus, cores: 1, threads: 1 };
}

function soundOf(devices: XmlElement | undefined, left: Left): ForeignMachine['sound'] {
  const model = attr(one(devices, 'sound'), 'model');
  if (model === undefined) return 'none';
  if (model === 'ac97') return 'ac97';
  if (model === 'ich6' || model === 'ich9') return 'ich9';
  left.add(`Sound (${model})`, 'This card is not to be had; choose another in the form.');
  return 'none';
}

/** Elements that stand for something that stays behind. */
const staying: readonly (readonly [path: string[], what: string, why: string])[] = [
  [
    ['devices', 'filesystem'],
    'Shared folders',
    'They lead to folders of the other computer; share over the network instead.',
  ],
  [
    ['devices', 'redirdev'],
    'USB redirection',
    'It is a part of SPICE. USB devices of this computer are given on the page of the machine.',
  ],
  [['devices', 'shmem'], 'Shared memory', 'KubeVirt has none between machines.'],
  [['devices', 'smartcard'], 'Smart card', 'KubeVirt has none.'],
  [['devices', 'parallel'], 'Parallel ports', 'KubeVirt has none.'],
  [['devices', 'watchdog'], 'Watchdog', 'Nobody restarts the machine when it hangs; add one in its YAML.'],
  [['devices', 'iommu'], 'IOMMU', 'KubeVirt gives a machine none.'],
  [['devices', 'vsock'], 'Socket to the host (vsock)', 'Programs on the other computer talked through it.'],
  [['memoryBacking', 'hugepages'], 'Huge pages', 'They are set aside on the computer that runs it.'],
  [['memoryBacking', 'locked'], 'Locked memory', 'It is a setting of the other computer.'],
  [['memtune'], 'Limits of memory', 'They are settings of the other computer.'],
  [['cputune'], 'Pinned CPUs and shares', 'They name processors of the other computer.'],
  [['numatune'], 'NUMA placement', 'It names memory of the other computer.'],
  [['blkiotune'], 'Shares of disk throughput', 'They are settings of the other computer.'],
  [['launchSecurity'], 'Encrypted memory (SEV, TDX)', 'It follows what the computer under it can do.'],
  [['qemu:commandline'], 'Own arguments for QEMU', 'They name things of the other computer and of its QEMU.'],
  [['sysinfo'], 'SMBIOS values', 'Set them in the YAML where a licence hangs on them.'],
  [['os', 'kernel'], 'Start from a kernel file', 'The machine starts from its disk, with the boot loader on it.'],
];

function leftovers(domain: XmlElement, left: Left): void {
  for (const [path, what, why] of staying) if (one(domain, ...path)) left.add(what, why);
  for (const device of all(domain, 'devices', 'hostdev')) {
    const usb = attr(device, 'type') === 'usb';
    left.add(usb ? 'USB devices passed through' : attr(device, 'type') === 'mdev' ? 'Part of a graphics card (mdev)' : 'PCI devices passed through', 'They belong to the other computer. Those of this one are given on the page of the machine.'); // prettier-ignore
  }
  if (all(domain, 'devices', 'serial').length > 1)
    left.add('Further serial ports', 'Each machine here has one, shown as its serial console.');
}
