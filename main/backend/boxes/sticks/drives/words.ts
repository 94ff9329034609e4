import type { Device } from './device.ts';

/** Decimal, as it is printed on drives: 32 GB. */
export function sizeWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${units[step]}`;
}

const fileSystems: Record<string, string> = {
  vfat: 'FAT',
  exfat: 'exFAT',
  ntfs: 'NTFS',
  ext4: 'ext4',
  iso9660: 'ISO image',
  hfsplus: 'HFS+',
  apfs: 'APFS',
  crypto_LUKS: 'LUKS, encrypted',
  BitLocker: 'BitLocker, encrypted',
  LVM2_member: 'part of an LVM volume group',
  linux_raid_member: 'part of a RAID',
  zfs_member: 'part of a ZFS pool',
  bcache: 'part of a bcache',
  swap: 'swap',
};

/** What is on a drive now: its file systems with their names. */
export function contentOf(device: Device): string {
  if (device.size === 0) return 'no medium';
  const parts = device.children.filter(({ type }) => type === 'part');
  if (parts.some(({ label, partitionName }) => label === 'HEARTH' && partitionName === 'HEARTH')) return 'a stick of Hearth';
  const ventoy = parts.some(({ label }) => label === 'VTOYEFI');
  // A hybrid image names itself on the whole drive; its partitions would say the same again.
  const told = device.fileSystem ? [device] : parts.filter(({ fileSystem }) => fileSystem !== '');
  if (told.length === 0) return parts.length > 0 ? `${parts.length} partitions without a known file system` : 'nothing that is known';
  const words = told.map(({ label, fileSystem }) => {
    const what = fileSystems[fileSystem] ?? fileSystem;
    return label ? `“${label}” (${what})` : what;
  });
  return `${ventoy ? 'Ventoy: ' : ''}${words.join(', ')}`;
} // prettier-ignore

/** Maker and model, as far as the drive tells them. */
export function nameOf({ vendor: told, model, kname }: Pick<Device, 'vendor' | 'model' | 'kname'>): string {
  // A virtual machine's disk tells a number.
  const vendor = told.startsWith('0x') ? '' : told;
  const repeats = model.toLowerCase().startsWith(vendor.toLowerCase());
  const name = (vendor && !repeats ? `${vendor} ${model}` : model).trim().replace(/\s+/g, ' ');
  return name || (kname.startsWith('mmcblk') ? 'Memory card' : 'Drive without a name');
}
