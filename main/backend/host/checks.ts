import { existsSync } from 'node:fs';
import type { AcceleratorReport, HostCheck, HostFacts } from '../../contract/host.ts';
import { firmwareFiles } from './firmware.ts';
import { gibibytes, hostPackages } from './packages.ts';
import type { HostFiles } from './signals.ts';

export interface CheckInput {
  facts: HostFacts;
  accelerator: AcceleratorReport;
  files: HostFiles;
  runAsRoot: boolean;
}

/** One thing to look at. `applies` false: it means nothing on this computer and is left out. */
export interface Checker {
  id: string;
  title: string;
  applies(input: CheckInput): boolean;
  run(input: CheckInput): Omit<HostCheck, 'id' | 'title' | 'commands'> & { commands?: string[] };
}

const always = (): boolean => true;
const GiB = 2 ** 30;

/** Every host check, in the order people read them. */
export const checkers: readonly Checker[] = [
  {
    id: 'qemu',
    title: 'QEMU',
    applies: always,
    run({ facts }) {
      const native = facts.qemu.find((entry) => entry.arch === 'x86_64') ?? facts.qemu[0];
      if (!native)
        return {
          status: 'problem',
          detail: 'No qemu-system binary was found.',
          fix: 'Install QEMU.',
          commands: hostPackages(['qemu-system-x86']),
        };
      const major = Number(native.version.split('.')[0]);
      if (major < 6)
        return {
          status: 'problem',
          detail: `QEMU ${native.version} is too old; Hearth needs 6.0 or newer.`,
          fix: 'Install a newer QEMU.',
        };
      return { status: 'ok', detail: `QEMU ${native.version} (${native.binary})` };
    },
  },
  {
    id: 'qemu-img',
    title: 'Disk image tool',
    applies: always,
    run: ({ facts }) =>
      facts.qemuImg
        ? { status: 'ok', detail: `qemu-img ${facts.qemuImg.version}` }
        : {
            status: 'problem',
            detail: 'qemu-img was not found; images cannot be converted.',
            fix: 'Install it.',
            commands: hostPackages(['qemu-utils']),
          },
  },
  {
    id: 'accelerator',
    title: 'Hardware acceleration',
    applies: always,
    run({ accelerator }) {
      const status =
        accelerator.failureClass === 'K0' ? 'ok' : accelerator.failureClass === 'K12' ? 'problem' : 'warning';
      const chosen = accelerator.chosenBy === 'override' ? ` You chose ${accelerator.chosen} yourself.` : '';
      return {
        status,
        detail: `${accelerator.title} (${accelerator.failureClass}). ${accelerator.evidence}.${chosen}`,
        ...(accelerator.fix ? { fix: accelerator.fix } : {}),
        commands: accelerator.commands,
      };
    },
  },
  {
    id: 'cpu',
    title: 'Processor',
    applies: always,
    run({ facts: { cpu } }) {
      const text = `${cpu.model}, ${cpu.cores} cores, ${cpu.threads} threads${cpu.level ? `, x86-64-v${cpu.level}` : ''}`;
      if (cpu.level !== undefined && cpu.level < 2)
        return {
          status: 'warning',
          detail: `${text}. Enterprise Linux 9 and newer need x86-64-v2 and will not start with hardware acceleration.`,
          fix: 'Use Debian, Ubuntu or Alpine images.',
        };
      return { status: 'ok', detail: text };
    },
  },
  {
    id: 'memory',
    title: 'Memory',
    applies: always,
    run({ facts: { memory } }) {
      const text = `${gibibytes(memory.available)} of ${gibibytes(memory.total)} free`;
      if (memory.available < GiB / 2)
        return {
          status: 'problem',
          detail: `${text}; a small machine needs half a GiB.`,
          fix: 'Close other programs.',
        };
      if (memory.available < 2 * GiB)
        return { status: 'warning', detail: `${text}; enough for one or two small machines.` };
      return { status: 'ok', detail: text };
    },
  },
  {
    id: 'disk',
    title: 'Disk space',
    applies: always,
    run({ facts: { dataDisk } }) {
      const text = `${gibibytes(dataDisk.free)} of ${gibibytes(dataDisk.total)} free in ${dataDisk.path} (${dataDisk.fileSystem})`;
      if (dataDisk.free < GiB)
        return {
          status: 'problem',
          detail: `${text}; images and disks need room.`,
          fix: 'Free some space, or choose another folder with --data-dir.',
        };
      if (dataDisk.free < 10 * GiB)
        return { status: 'warning', detail: `${text}; most cloud images need 2 to 4 GiB each.` };
      return { status: 'ok', detail: text };
    },
  },
  {
    id: 'file-system',
    title: 'File system',
    applies: always,
    run: ({ facts: { dataDisk } }) =>
      ['nfs', 'cifs', 'fuse'].includes(dataDisk.fileSystem)
        ? {
            status: 'warning',
            detail: `${dataDisk.fileSystem} is a network file system: slow, and locks may not hold.`,
            fix: 'Use a local disk: --data-dir.',
          }
        : {
            status: dataDisk.reflink ? 'ok' : 'note',
            detail: dataDisk.reflink
              ? `${dataDisk.fileSystem} copies files instantly (reflink)`
              : `${dataDisk.fileSystem} has no instant file copies; Hearth's own clones are instant all the same.`,
          },
  },
  {
    id: 'uefi',
    title: 'UEFI firmware for machines',
    applies: ({ facts }) => facts.qemu.length > 0,
    run: () => {
      const firmware = firmwareFiles(existsSync);
      if (!firmware.ovmfCode)
        return {
          status: 'warning',
          detail: 'OVMF was not found: machines start with BIOS only.',
          fix: 'Install it.',
          commands: hostPackages(['ovmf']),
        };
      return {
        status: 'ok',
        detail: `${firmware.ovmfCode}${firmware.ovmfCodeSecure ? ', with Secure Boot' : ', without Secure Boot'}`,
      };
    },
  },
  {
    id: 'surroundings',
    title: 'Where this runs',
    applies: always,
    run({ facts }) {
      if (facts.container)
        return {
          status: 'note',
          detail: `Inside a ${facts.container} container${facts.hypervisor.present ? ` on ${facts.hypervisor.name}` : ''}.`,
        };
      return facts.hypervisor.present
        ? { status: 'note', detail: `This computer is itself a virtual machine (${facts.hypervisor.name}).` }
        : { status: 'ok', detail: 'Directly on the hardware.' };
    },
  },
  {
    id: 'secure-boot',
    title: 'Kernel lockdown',
    applies: ({ files }) => /\[(integrity|confidentiality)\]/.test(files.read('/sys/kernel/security/lockdown') ?? ''),
    run: () => ({
      status: 'note',
      detail:
        'Secure Boot keeps the kernel locked down. KVM works all the same; only modules from outside the kernel (VirtualBox, ZFS) may be blocked.',
    }),
  },
  {
    id: 'passthrough',
    title: 'Device passthrough',
    applies: ({ facts }) => facts.gpus.length > 0,
    run({ facts: { gpus, iommu } }) {
      const list = gpus
        .map(
          (gpu) =>
            `${gpu.name} at ${gpu.pciAddress}${gpu.iommuGroup ? `, group ${gpu.iommuGroup}` : ''}${gpu.bootVga ? ' (drives this screen)' : ''}`,
        )
        .join('; ');
      return {
        status: 'note',
        detail: `${list}. ${iommu.groups > 0 ? `IOMMU on, ${iommu.groups} groups.` : iommu.tablePresent ? 'The firmware has an IOMMU; the kernel does not use it.' : 'No IOMMU was found.'}`,
      };
    },
  },
  {
    id: 'tpm',
    title: 'TPM for machines',
    applies: always,
    run({ files }) {
      const folders = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
      const has = (name: string): boolean => folders.some((folder) => files.exists(`${folder}/${name}`));
      if (has('swtpm') && has('swtpm_setup')) return { status: 'ok', detail: 'swtpm is installed.' };
      return {
        status: 'note',
        detail: 'swtpm is not installed: machines with a TPM (Windows 11) cannot start here. All others can.',
        fix: 'Install it when you want one.',
        commands: hostPackages(['swtpm', 'swtpm-tools']),
      };
    },
  },
  {
    id: 'network',
    title: 'Network',
    applies: always,
    run({ facts: { network } }) {
      const up = network.filter((nic) => nic.up && nic.addresses.length > 0);
      return up.length > 0
        ? { status: 'ok', detail: up.map((nic) => `${nic.name} (${nic.kind}) ${nic.addresses.join(', ')}`).join('; ') }
        : { status: 'note', detail: 'No network is up. Machines run; images cannot be downloaded.' };
    },
  },
  {
    id: 'user',
    title: 'User',
    applies: ({ runAsRoot }) => runAsRoot,
    run: () => ({ status: 'note', detail: 'Hearth runs as root here. It never needs to: an ordinary user is safer.' }),
  },
];

/** Runs every check that applies. A checker that throws becomes a problem of its own and stops nothing else. */
export function runChecks(input: CheckInput): HostCheck[] {
  return checkers
    .filter((checker) => checker.applies(input))
    .map((checker) => {
      const finding = checker.run(input);
      return { id: checker.id, title: checker.title, commands: [], ...finding };
    });
}
