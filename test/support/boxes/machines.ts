/** A row as `lsblk -J -b -O` prints it; what is left out is null there. */
type Row = Record<string, unknown> & { children?: Row[] };
/** `ok`: may be written; `typed:N`: after its size was typed; anything else: the code of its refusal. */
type Verdict = string;
export interface Machine {
  name: string;
  lsblk: { blockdevices: Row[] };
  /** `type` of a memory card in sysfs. */
  cards?: Record<string, string>;
  expected: Record<string, Verdict>;
}

const gb = 1_000_000_000;
const row = (kname: string, size: number, fields: Row): Row => ({
  name: kname, kname, path: `/dev/${kname}`, size, type: 'disk', 'log-sec': 512, 'phy-sec': 512, ro: false, rm: false,
  hotplug: false, tran: null, subsystems: 'block', vendor: null, model: null, serial: null, wwn: null, fstype: null,
  label: null, uuid: null, pttype: null, parttype: null, partlabel: null, mountpoints: [null],
  ...fields,
}); // prettier-ignore
const part = (kname: string, size: number, fields: Row = {}): Row => row(kname, size, { type: 'part', ...fields });
const on = (mount: string): Row => ({ mountpoints: [mount] });
const mapper = (kname: string, type: string, fields: Row = {}): Row => row(kname, 10 * gb, { type, ...fields });

/** The disk inside of a laptop, with its usual layers. */
const nvme = (): Row =>
  row('nvme0n1', 512 * gb, {
    tran: 'nvme', model: 'Samsung SSD 980', serial: 'S64DNX0R', subsystems: 'block:nvme:pci', pttype: 'gpt',
    children: [
      part('nvme0n1p1', gb, { fstype: 'vfat', ...on('/boot/efi') }),
      part('nvme0n1p2', 511 * gb, {
        fstype: 'crypto_LUKS',
        children: [mapper('dm-0', 'crypt', { fstype: 'LVM2_member', children: [mapper('dm-1', 'lvm', { fstype: 'ext4', ...on('/') }), mapper('dm-2', 'lvm', { fstype: 'swap', ...on('[SWAP]') })] })],
      }),
    ],
  }); // prettier-ignore
const stick = (kname: string, fields: Row = {}): Row =>
  row(kname, 32 * gb, {
    tran: 'usb', rm: true, hotplug: true, subsystems: 'block:scsi:usb:pci', vendor: 'SanDisk ', model: 'Ultra_Fit',
    serial: '4C530001', pttype: 'dos',
    children: [part(`${kname}1`, 32 * gb, { fstype: 'vfat', label: 'PHOTOS', uuid: '1234-ABCD' })],
    ...fields,
  }); // prettier-ignore

export const machines: Machine[] = [
  {
    name: 'a laptop with an encrypted disk and a stick that its desktop mounted',
    lsblk: { blockdevices: [nvme(), stick('sda', { children: [part('sda1', 32 * gb, { fstype: 'vfat', label: 'PHOTOS', ...on('/media/ada/PHOTOS') })] })] },
    expected: { '/dev/nvme0n1': 'system', '/dev/sda': 'ok' },
  },
  {
    name: 'a computer that runs from an encrypted USB SSD',
    lsblk: { blockdevices: [row('sdb', 500 * gb, {
      tran: 'usb', hotplug: true, model: 'Portable SSD T7', serial: 'T7',
      children: [part('sdb1', gb, { fstype: 'vfat', ...on('/boot/efi') }), part('sdb2', 499 * gb, { fstype: 'crypto_LUKS', children: [mapper('dm-0', 'crypt', on('/'))] })],
    }), stick('sdc')] },
    expected: { '/dev/sdb': 'system', '/dev/sdc': 'ok' },
  },
  {
    name: 'the same where only the deepest layer is mounted',
    lsblk: { blockdevices: [row('sdb', 200 * gb, { tran: 'usb', children: [part('sdb1', 200 * gb, { fstype: 'crypto_LUKS', children: [mapper('dm-0', 'crypt', { fstype: 'LVM2_member', children: [mapper('dm-1', 'lvm', on('/home'))] })] })] })] },
    expected: { '/dev/sdb': 'system' },
  },
  {
    name: 'a USB enclosure of 4 TB',
    lsblk: { blockdevices: [nvme(), row('sdb', 4000 * gb, { tran: 'usb', hotplug: true, model: 'Elements 25A3', serial: 'WX1', children: [part('sdb1', 4000 * gb, { fstype: 'ntfs', label: 'Backups' })] })] },
    expected: { '/dev/nvme0n1': 'system', '/dev/sdb': 'typed:4000' },
  },
  {
    name: 'a card reader without a card',
    lsblk: { blockdevices: [row('sdb', 0, { tran: 'usb', rm: true, model: 'Storage Device', serial: '0001' }), row('sdc', 0, { tran: 'usb', rm: true, model: 'Storage Device', serial: '0002' })] },
    expected: { '/dev/sdb': 'no-medium', '/dev/sdc': 'no-medium' },
  },
  {
    name: 'a laptop with a card in its slot',
    lsblk: { blockdevices: [nvme(), row('mmcblk0', 64 * gb, { hotplug: true, subsystems: 'block:mmc:mmc_host:pci', serial: '0xa1b2', children: [part('mmcblk0p1', 64 * gb, { fstype: 'exfat' })] })] },
    cards: { mmcblk0: 'SD' },
    expected: { '/dev/nvme0n1': 'system', '/dev/mmcblk0': 'ok' },
  },
  {
    name: 'a Chromebook: its soldered memory calls itself hot-pluggable, too',
    lsblk: { blockdevices: [
      row('mmcblk0', 32 * gb, { hotplug: true, tran: 'mmc', subsystems: 'block:mmc:mmc_host:platform', children: [part('mmcblk0p1', 31 * gb, { fstype: 'ext4' })] }),
      row('mmcblk0boot0', 4_194_304, { hotplug: true, ro: true }), row('mmcblk0boot1', 4_194_304, { hotplug: true }),
      row('mmcblk1', 16 * gb, { hotplug: true, subsystems: 'block:mmc:mmc_host:platform' }),
    ] },
    cards: { mmcblk0: 'MMC', mmcblk1: 'SD' },
    expected: { '/dev/mmcblk0': 'internal', '/dev/mmcblk0boot0': 'internal', '/dev/mmcblk0boot1': 'internal', '/dev/mmcblk1': 'ok' },
  },
  {
    name: 'a card whose kind sysfs does not tell',
    lsblk: { blockdevices: [row('mmcblk0', 64 * gb, { hotplug: true }), row('mmcblk1', 16 * gb, { hotplug: true, rm: true })] },
    expected: { '/dev/mmcblk0': 'internal', '/dev/mmcblk1': 'ok' },
  },
  {
    name: 'LVM on a USB disk, active and not mounted',
    lsblk: { blockdevices: [row('sdb', 120 * gb, { tran: 'usb', model: 'Disk', children: [part('sdb1', 120 * gb, { fstype: 'LVM2_member', children: [mapper('dm-3', 'lvm', { fstype: 'xfs' })] })] })] },
    expected: { '/dev/sdb': 'lvm' },
  },
  {
    name: 'LVM on a USB disk that nothing uses',
    lsblk: { blockdevices: [row('sdb', 120 * gb, { tran: 'usb', model: 'Disk', children: [part('sdb1', 120 * gb, { fstype: 'LVM2_member' })] })] },
    expected: { '/dev/sdb': 'typed:120' },
  },
  {
    name: 'a RAID over two USB disks, mounted where people mount things',
    lsblk: { blockdevices: ['sdb', 'sdc'].map((name) => row(name, 120 * gb, { tran: 'usb', fstype: 'linux_raid_member', children: [mapper('md0', 'raid1', { fstype: 'ext4', ...on('/mnt/raid') })] })) },
    expected: { '/dev/sdb': 'raid', '/dev/sdc': 'raid' },
  },
  {
    name: 'swap on a stick',
    lsblk: { blockdevices: [stick('sdb', { children: [part('sdb1', 16 * gb, { fstype: 'swap', ...on('[SWAP]') }), part('sdb2', 16 * gb, { fstype: 'vfat' })] })] },
    expected: { '/dev/sdb': 'swap' },
  },
  {
    name: 'a live system that was started from a stick',
    lsblk: { blockdevices: [row('loop0', 3 * gb, { type: 'loop', fstype: 'squashfs', ...on('/run/live/rootfs/filesystem.squashfs') }), stick('sda', { fstype: 'iso9660', label: 'd-live 12', children: [part('sda1', 3 * gb, { fstype: 'iso9660', ...on('/run/live/medium') })] }), stick('sdb')] },
    expected: { '/dev/sda': 'live-system', '/dev/sdb': 'ok' },
  },
  {
    name: 'the box’s own stick, as the box sees it',
    lsblk: { blockdevices: [stick('sda', { children: [part('sda1', 3 * gb, { fstype: 'vfat', label: 'HEARTH', ...on('/run/hearth/medium') })] })] },
    expected: { '/dev/sda': 'live-system' },
  },
  {
    name: 'a stick with BitLocker, locked, and one that is unlocked',
    lsblk: { blockdevices: [stick('sdb', { children: [part('sdb1', 32 * gb, { fstype: 'BitLocker' })] }), stick('sdc', { children: [part('sdc1', 32 * gb, { fstype: 'BitLocker', children: [mapper('dm-4', 'crypt', { fstype: 'ntfs', ...on('/run/media/ada/Work') })] })] })] },
    expected: { '/dev/sdb': 'ok', '/dev/sdc': 'encrypted-open' },
  },
  {
    name: 'two paths to one disk of a storage network',
    lsblk: { blockdevices: ['sdc', 'sdd'].map((name) => row(name, 100 * gb, { tran: 'usb', serial: '3600508b4', fstype: 'mpath_member', children: [mapper('dm-0', 'mpath')] })) },
    expected: { '/dev/sdc': 'multipath', '/dev/sdd': 'multipath' },
  },
  {
    name: 'a member of a ZFS pool',
    lsblk: { blockdevices: [row('sdb', 200 * gb, { tran: 'usb', children: [part('sdb1', 199 * gb, { fstype: 'zfs_member', label: 'tank' }), part('sdb9', 8_388_608)] })] },
    expected: { '/dev/sdb': 'zfs' },
  },
  {
    name: 'a btrfs over two sticks: only one of them looks mounted',
    lsblk: { blockdevices: [stick('sdb', { children: [], fstype: 'btrfs', uuid: 'b-1', ...on('/mnt/pair') }), stick('sdc', { children: [], fstype: 'btrfs', uuid: 'b-1' }), stick('sdd', { children: [], fstype: 'btrfs', uuid: 'b-2' })] },
    expected: { '/dev/sdb': 'btrfs', '/dev/sdc': 'btrfs', '/dev/sdd': 'ok' },
  },
  {
    name: 'a btrfs over two sticks that is not mounted',
    lsblk: { blockdevices: [stick('sdb', { children: [], fstype: 'btrfs', uuid: 'b-1' }), stick('sdc', { children: [], fstype: 'btrfs', uuid: 'b-1' })] },
    expected: { '/dev/sdb': 'typed:32', '/dev/sdc': 'typed:32' },
  },
  {
    name: 'a virtual machine',
    lsblk: { blockdevices: [row('vda', 40 * gb, { subsystems: 'block:virtio:pci', vendor: '0x1af4', children: [part('vda1', 40 * gb, { fstype: 'ext4', ...on('/') })] }), row('vdb', 10 * gb, { vendor: '0x1af4' }), row('sr0', 1_073_741_312, { type: 'rom', rm: true, tran: 'ata' })] },
    expected: { '/dev/vda': 'system', '/dev/vdb': 'internal' },
  },
  {
    name: 'a stick with Ventoy',
    lsblk: { blockdevices: [stick('sdb', { children: [part('sdb1', 31 * gb, { fstype: 'exfat', label: 'Ventoy' }), part('sdb2', 33_554_432, { fstype: 'vfat', label: 'VTOYEFI' })] })] },
    expected: { '/dev/sdb': 'ok' },
  },
  {
    name: 'a stick with a hybrid image that the desktop mounted as a whole',
    lsblk: { blockdevices: [stick('sdb', { fstype: 'iso9660', label: 'Ubuntu 26.04', ...on('/media/ada/Ubuntu 26.04'), children: [part('sdb1', 6 * gb, { fstype: 'iso9660' }), part('sdb2', 5_242_880, { fstype: 'vfat', label: 'ESP' })] })] },
    expected: { '/dev/sdb': 'ok' },
  },
  {
    name: 'a phone that shows its storage',
    lsblk: { blockdevices: [row('sdb', 64 * gb, { tran: 'usb', rm: true, vendor: 'Linux', model: 'File-Stor_Gadget' }), row('sdc', 64 * gb, { tran: 'usb', rm: true, vendor: 'Android', model: 'UMS Composite' })] },
    expected: { '/dev/sdb': 'phone', '/dev/sdc': 'phone' },
  },
  {
    name: 'two equal sticks that tell the same serial number, one without any',
    lsblk: { blockdevices: [stick('sdb', { 'disk-seq': 41 }), stick('sdc', { 'disk-seq': 42 }), stick('sdd', { serial: null, vendor: null, model: null })] },
    expected: { '/dev/sdb': 'ok', '/dev/sdc': 'ok', '/dev/sdd': 'ok' },
  },
  {
    name: 'a server: SATA in a hot-swap bay, eSATA, a Thunderbolt SSD, zram, floppy, network disk',
    lsblk: { blockdevices: [
      row('sda', 8000 * gb, { tran: 'sata', hotplug: true, model: 'HDD' }), row('sdb', 500 * gb, { tran: 'sata', rm: true, hotplug: true }),
      row('nvme1n1', 500 * gb, { tran: 'nvme', hotplug: true }), row('zram0', 8 * gb, on('[SWAP]')), row('fd0', 4096, { rm: true }), row('nbd0', 10 * gb, {}),
    ] },
    expected: { '/dev/sda': 'internal', '/dev/sdb': 'internal', '/dev/nvme1n1': 'internal' },
  },
  {
    name: 'sticks that are write-protected, too small, of 4096-byte sectors, and used by a service',
    lsblk: { blockdevices: [stick('sdb', { ro: true }), stick('sdc', { size: gb, children: [] }), stick('sdd', { 'log-sec': 4096 }), stick('sde', on('/var/lib/docker')), stick('sdf', on('/data/films'))] },
    expected: { '/dev/sdb': 'read-only', '/dev/sdc': 'too-small', '/dev/sdd': 'sector-size', '/dev/sde': 'system', '/dev/sdf': 'mounted' },
  },
  {
    name: 'a stick that bcache stands on, and one as a part of it that is not running',
    lsblk: { blockdevices: [stick('sdb', { fstype: 'bcache', children: [row('bcache0', 30 * gb, {})] }), stick('sdc', { children: [], fstype: 'bcache' })] },
    expected: { '/dev/sdb': 'mapped', '/dev/sdc': 'typed:32' },
  },
  {
    name: 'an old lsblk that writes numbers as text and one mount point a device',
    lsblk: { blockdevices: [{ name: 'sdb', kname: 'sdb', type: 'disk', size: '32000000000', ro: '0', rm: '1', hotplug: '1', tran: 'usb', vendor: 'Kingston', model: 'DataTraveler', serial: 'K1', 'log-sec': '512', children: [{ name: 'sdb1', kname: 'sdb1', type: 'part', size: '31000000000', mountpoint: '/media/ada/K' }] }, { name: 'sdc', kname: 'sdc', type: 'disk', size: '32000000000', ro: '1', rm: '1', hotplug: '1', tran: 'usb', 'log-sec': '512' }] },
    expected: { '/dev/sdb': 'ok', '/dev/sdc': 'read-only' },
  },
]; // prettier-ignore
