import type { Found } from '../../../../main/backend/boxes/agent/disks/content.ts';
import type { BlockNode } from '../../../../main/backend/boxes/agent/disks/lsblk.ts';

const gb = 1e9;
const gib = 1024 ** 3;
let count = 0;
const disk = (name: string, more: Partial<BlockNode> = {}): BlockNode => ({
  name,
  kname: name,
  type: 'disk',
  size: 512 * gb,
  model: 'Samsung SSD 870',
  serial: `S5Y${(count += 1)}`,
  wwn: null,
  tran: 'sata',
  subsystems: 'block:scsi:pci',
  ro: false,
  rm: false,
  hotplug: false,
  rota: false,
  mountpoints: [null],
  ...more,
});
const nvme = (name: string, more: Partial<BlockNode> = {}): BlockNode =>
  disk(name, {
    model: 'WD_BLACK SN770',
    tran: 'nvme',
    subsystems: 'block:nvme:pci',
    wwn: `eui.e8238fa6bf530001001b448b4${name}`,
    ...more,
  });
const on = (name: string, type: string, more: Partial<BlockNode> = {}): BlockNode => ({
  name,
  kname: name,
  type,
  size: 100 * gb,
  mountpoints: [null],
  ...more,
});
const part = (name: string, fstype: string | null, more: Partial<BlockNode> = {}): BlockNode =>
  on(name, 'part', { fstype, ...more });
/** A stick of Hearth, started from. */
const stick = (more: Partial<BlockNode> = {}): BlockNode =>
  disk('sdz', { model: 'Ultra Fit', serial: 'STICK01', size: 32 * gb, tran: 'usb', subsystems: 'block:scsi:usb:pci', rm: true, hotplug: true,
    children: [part('sdz1', 'vfat', { label: 'HEARTH', mountpoints: ['/run/hearth/medium'] }), part('sdz2', null)], ...more }); // prettier-ignore

export interface Machine {
  nodes: BlockNode[];
  /** What is on a disk beside what lsblk tells: by its name. */
  found?: Record<string, Partial<Found>>;
  cards?: Record<string, string>;
  /** Disk -> code of its refusal ('' when it is offered) and its content. */
  expect: Record<string, [refused: string, content: string]>;
}
const box = {
  boxId: 'b0'.repeat(16),
  hostName: 'attic',
  installId: '11'.repeat(16),
  version: '0.9.0',
  installedAt: '2026-01-01T00:00:00.000Z',
};
const msr = 'e3c9e316-0b5c-4db8-817d-f92df00215ae';
const stickRow: [string, string] = ['stick', 'files (FAT), 2 partitions'];

/** Computers as lsblk and wipefs tell of them. */
export const machines: Record<string, Machine> = {
  'an empty computer': { nodes: [stick(), nvme('nvme0n1')], expect: { sdz: stickRow, nvme0n1: ['', 'blank'] } },
  'Windows on NVMe': {
    nodes: [stick(), nvme('nvme0n1', { pttype: 'gpt', children: [part('nvme0n1p1', 'vfat'), part('nvme0n1p2', null, { parttype: msr }), part('nvme0n1p3', 'ntfs', { label: 'Windows' }), part('nvme0n1p4', 'ntfs')] })],
    expect: { sdz: stickRow, nvme0n1: ['', 'Windows, 4 partitions'] },
  },
  'Windows with BitLocker': {
    nodes: [stick(), disk('sda', { pttype: 'gpt', children: [part('sda1', 'vfat'), part('sda2', 'BitLocker'), part('sda3', 'ntfs')] })],
    expect: { sdz: stickRow, sda: ['', 'Windows with BitLocker, 3 partitions'] },
  },
  'Linux beside Windows': {
    nodes: [stick(), disk('sda', { children: [part('sda1', 'vfat'), part('sda2', 'ntfs'), part('sda3', 'ext4'), part('sda4', 'swap')] })],
    expect: { sdz: stickRow, sda: ['', 'Windows and Linux, 4 partitions'] },
  },
  'swap in use': {
    nodes: [stick(), disk('sda', { children: [part('sda1', 'swap', { mountpoints: ['[SWAP]'] })] })],
    expect: { sdz: stickRow, sda: ['in-use', 'swap space, 1 partition'] },
  },
  'a software RAID that runs, and a spare': {
    nodes: [stick(),
      disk('sda', { children: [part('sda1', 'linux_raid_member', { children: [on('md0', 'raid1', { fstype: 'ext4' })] })] }),
      disk('sdb', { children: [part('sdb1', 'linux_raid_member', { children: [on('md0', 'raid1', { fstype: 'ext4' })] })] }),
      disk('sdc', { fstype: 'linux_raid_member' })],
    found: { sdc: { signatures: ['linux_raid_member'] } },
    expect: { sdz: stickRow, sda: ['in-use', 'member of a software RAID and Linux, 1 partition'], sdb: ['in-use', 'member of a software RAID and Linux, 1 partition'], sdc: ['', 'member of a software RAID, without partitions'] },
  },
  'a RAID of the firmware': {
    nodes: [stick(), disk('sda', { fstype: 'isw_raid_member' })],
    expect: { sdz: stickRow, sda: ['', 'member of a RAID of the firmware, without partitions'] },
  },
  'ZFS on whole disks': {
    nodes: [stick(), ...['sda', 'sdb'].map((name) => disk(name, { pttype: 'gpt', size: 4000 * gb, rota: true, children: [part(`${name}1`, 'zfs_member', { label: 'tank' }), part(`${name}9`, null)] }))],
    expect: { sdz: stickRow, sda: ['', 'ZFS member, 2 partitions'], sdb: ['', 'ZFS member, 2 partitions'] },
  },
  'an opened encrypted disk': {
    nodes: [stick(), nvme('nvme0n1', { children: [part('nvme0n1p1', 'vfat'), part('nvme0n1p2', 'crypto_LUKS', { children: [on('dm-0', 'crypt', { fstype: 'LVM2_member', children: [on('dm-1', 'lvm', { fstype: 'ext4', mountpoints: ['/mnt/old'] })] })] })] })],
    expect: { sdz: stickRow, nvme0n1: ['in-use', 'LUKS (encrypted) and LVM and Linux, 2 partitions'] },
  },
  'an encrypted disk that is closed, and one without any header': {
    nodes: [stick(), disk('sda', { fstype: 'crypto_LUKS' }), disk('sdb')],
    found: { sda: { signatures: ['crypto_LUKS'] }, sdb: { empty: false } },
    expect: { sdz: stickRow, sda: ['', 'LUKS (encrypted), without partitions'], sdb: ['', 'nothing that is known, but not blank (perhaps encrypted)'] },
  },
  'eMMC and a card': {
    nodes: [stick(), disk('mmcblk0', { model: null, serial: '0x1234abcd', size: 64 * gb, tran: null, subsystems: 'block:mmc:mmc_host:pci', hotplug: true }), disk('mmcblk0boot0', { size: 4194304, tran: null, ro: true }), disk('mmcblk1', { serial: '0x99', size: 128 * gb, tran: null, subsystems: 'block:mmc:mmc_host:pci', hotplug: true })],
    cards: { mmcblk0: 'MMC', mmcblk1: 'SD' },
    expect: { sdz: stickRow, mmcblk0: ['', 'blank'], mmcblk1: ['removable', 'blank'] },
  },
  'two disks that nothing tells apart': {
    nodes: [stick(), disk('sda', { serial: '0000' }), disk('sdb', { serial: '0000' }), disk('sdc', { serial: '0000', size: 600 * gb })],
    expect: { sdz: stickRow, sda: ['same-serial', 'blank'], sdb: ['same-serial', 'blank'], sdc: ['', 'blank'] },
  },
  'a disk with the serial number of the stick': {
    nodes: [stick({ serial: '12345678' }), disk('sda', { serial: '12345678 ' })],
    expect: { sdz: stickRow, sda: ['stick-serial', 'blank'] },
  },
  'small, write-protected, far away, external': {
    nodes: [stick(), disk('sda', { size: 8 * gib }), disk('sdb', { ro: true }), disk('sdc', { tran: 'iscsi' }), disk('sdd', { tran: 'usb', subsystems: 'block:scsi:usb:pci', rm: false }), disk('sr0', { type: 'rom' }), disk('zram0', { subsystems: 'block' }), disk('sde', { size: 0 })],
    expect: { sdz: stickRow, sda: ['too-small', 'blank'], sdb: ['read-only', 'blank'], sdc: ['network', 'blank'], sdd: ['removable', 'blank'] },
  },
  'a box of Hearth, and one that was not finished': {
    nodes: [stick(), nvme('nvme0n1', { pttype: 'gpt' }), nvme('nvme1n1')],
    found: { nvme0n1: { box }, nvme1n1: { unfinished: { installId: '22'.repeat(16), disk: '0'.repeat(64), startedAt: '2026-01-01T00:00:00.000Z' } } },
    expect: { sdz: stickRow, nvme0n1: ['hearth-box', 'Hearth box "attic", version 0.9.0'], nvme1n1: ['', 'an installation of Hearth that was not finished'] },
  },
  'a virtual machine whose disk has no serial number': {
    nodes: [stick(), disk('vda', { serial: null, model: null, tran: 'virtio', subsystems: 'block:virtio:pci', pttype: 'gpt' })],
    found: { vda: { signatures: ['gpt', 'gpt', 'PMBR'] } },
    expect: { sdz: stickRow, vda: ['', 'an empty partition table (GPT)'] },
  },
  'an installation medium that was copied onto a disk, and a Mac': {
    nodes: [stick(), disk('sda', { fstype: 'iso9660', children: [part('sda1', 'iso9660'), part('sda2', 'vfat')] }), nvme('nvme0n1', { children: [part('nvme0n1p1', 'vfat'), part('nvme0n1p2', 'apfs')] })],
    expect: { sdz: stickRow, sda: ['', 'an installation medium, 2 partitions'], nvme0n1: ['', 'macOS, 2 partitions'] },
  },
}; // prettier-ignore
