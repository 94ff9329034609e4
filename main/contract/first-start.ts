import type { DiskInside } from './inside.ts';

/** Why a machine is proposed as it is; pages have a sentence for each. */
export type FirstStartReason =
  | 'uefi' | 'bios' | 'both' | 'firmware-unknown'
  | 'windows-sata' | 'windows-virtio' | 'linux-virtio' | 'linux-sata' | 'unknown-sata'
  | 'windows-settings' | 'windows-11'; // prettier-ignore
/** The hardware with which a disk starts first. */
export interface FirstStart {
  /** `preferred`: the disk does not tell, or takes either. */
  firmware: 'preferred' | 'bios' | 'uefi' | 'uefi-secure';
  bus: 'virtio' | 'sata';
  model: 'virtio' | 'e1000e';
  tpm: 'preferred' | 'persistent';
  /** A preference of the common bundle, for Windows: clock and Hyper-V's features as it wants them. */
  preference?: string;
  why: FirstStartReason[];
}

/** Formats of programs whose guests have other disks than virtio's. */
const elsewhere = new Set(['vmdk', 'vhd', 'vhdx', 'vdi', 'ova']);
/** Their initial file system holds the drivers of the computer on which it was made, not all (dracut's `hostonly`). */
const narrow = /^(fedora|rhel|centos|rocky|almalinux|oraclelinux|opensuse|sles|linux$)/;

/**
 * The machine that a disk most surely starts in. Windows stops with a blue screen on a disk it has no driver for, so it begins on
 * SATA and an Intel card; Linux has virtio's drivers, unless it was made for other hardware alone. Pure.
 */
export function firstStartOf(inside: DiskInside): FirstStart {
  const { boots, family, system, format } = inside;
  const eleven = family === 'windows' && system?.id === 'windows-11' && boots !== 'bios';
  const driver = inside.notes.includes('virtio-driver') && !elsewhere.has(format);
  const [bus, reason]: [FirstStart['bus'], FirstStartReason] =
    family === 'windows'
      ? driver
        ? ['virtio', 'windows-virtio']
        : ['sata', 'windows-sata']
      : family === 'linux'
        ? elsewhere.has(format) && narrow.test(system?.id ?? 'linux')
          ? ['sata', 'linux-sata']
          : ['virtio', 'linux-virtio']
        : ['sata', 'unknown-sata'];
  // A card's driver lies on the disk itself: only Windows and what nobody knows may lack it.
  const model = bus === 'virtio' || family === 'linux' ? 'virtio' : 'e1000e';
  const firmware = boots === 'uefi' ? (eleven ? 'uefi-secure' : 'uefi') : boots === 'bios' ? 'bios' : 'preferred';
  return {
    firmware,
    bus,
    model,
    tpm: eleven ? 'persistent' : 'preferred',
    ...(family === 'windows' && { preference: `${system?.preference ?? 'windows.10'}${driver ? '.virtio' : ''}` }),
    why: [
      boots === 'unknown' ? 'firmware-unknown' : boots,
      reason,
      ...(family === 'windows' ? (['windows-settings'] as const) : []),
      ...(eleven ? (['windows-11'] as const) : []),
    ],
  };
}
