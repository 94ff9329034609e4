import { partitionsOf, withDescendants } from './lsblk.ts';
import type { BlockNode } from './lsblk.ts';
import type { BoxFile } from './box-file.ts';
import type { Unfinished } from './marker.ts';

/** What was found on a disk apart from what lsblk tells. */
export interface Found {
  /** Types of the signatures of the whole disk, as wipefs names them: `gpt`, `zfs_member`, `ext4` ... */
  signatures: readonly string[];
  /** No byte that was looked at is anything but zero (or all ones, which is how some flash is delivered). */
  empty: boolean;
  box?: BoxFile;
  unfinished?: Unfinished;
}

/** What a disk without any content is called; `single-blank` takes no other. */
export const blank = 'blank';

const tables: Record<string, string> = { gpt: 'GPT', dos: 'MBR', PMBR: 'GPT', mac: 'Apple', bsd: 'BSD', sun: 'Sun' };
/** Filesystem types (libblkid's names) and partition types that tell whose a disk is. */
const kinds: readonly [words: string, filesystems: readonly string[], partitionTypes: readonly string[]][] = [
  ['Windows with BitLocker', ['BitLocker'], []],
  [
    'Windows',
    ['ntfs', 'ReFS'],
    ['e3c9e316-0b5c-4db8-817d-f92df00215ae', 'de94bba4-06d1-4d40-a16a-bfd50179d6ac', '5808c8aa-7e8f-42e0-85d2-e1e90434cfb3'],
  ],
  ['macOS', ['apfs', 'hfsplus', 'hfs'], ['7c3457ef-0000-11aa-aa11-00306543ecac', '48465300-0000-11aa-aa11-00306543ecac']],
  ['ZFS member', ['zfs_member'], ['6a898cc3-1dd2-11b2-99a6-080020736631', '516e7cba-6ecf-11d6-8ff8-00022d09712b']],
  ['LUKS (encrypted)', ['crypto_LUKS'], []],
  ['LVM', ['LVM2_member', 'LVM1_member'], ['e6d6d379-f507-44c2-a23c-238f2a3df928']],
  ['member of a software RAID', ['linux_raid_member'], ['a19d880f-05fc-4d3b-a006-743f0f84911e']],
  ['member of a RAID of the firmware', ['isw_raid_member', 'ddf_raid_member', 'via_raid_member', 'nvidia_raid_member', 'promise_fasttrack_raid_member', 'silicon_medley_raid_member', 'jmicron_raid_member', 'lsi_mega_raid_member', 'adaptec_raid_member'], []],
  ['Ceph', ['ceph_bluestore'], []],
  ['VMware', ['VMFS', 'VMFS_volume_member'], ['aa31e02a-400f-11db-9590-000c2911d1b8']],
  ['bcache', ['bcache'], []],
  ['Linux', ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs', 'reiserfs', 'jfs', 'squashfs', 'erofs'], []],
  ['swap space', ['swap'], []],
  ['an installation medium', ['iso9660', 'udf'], []],
  ['files (FAT)', ['vfat', 'exfat'], []],
]; // prettier-ignore
const quietBesideOthers = new Set(['swap space', 'files (FAT)']);

/** What is on a disk, in words a person can decide by. Pure. */
export function contentOf(node: BlockNode, found: Found): string {
  if (found.box) return `Hearth box "${found.box.hostName}", version ${found.box.version}`;
  if (found.unfinished) return 'an installation of Hearth that was not finished';
  const nodes = withDescendants(node);
  const filesystems = new Set(nodes.map(({ fstype }) => fstype ?? ''));
  for (const signature of found.signatures) filesystems.add(signature);
  const types = new Set(nodes.map(({ parttype }) => (parttype ?? '').toLowerCase()));
  let words = kinds.filter(([, some, parts]) => some.some((each) => filesystems.has(each)) || parts.some((each) => types.has(each))).map(([kind]) => kind); // prettier-ignore
  if (words.some((word) => !quietBesideOthers.has(word))) words = words.filter((word) => !quietBesideOthers.has(word));
  if (words.includes('Windows with BitLocker')) words = words.filter((word) => word !== 'Windows');
  const partitions = partitionsOf(node);
  if (partitions.length > 0) {
    const count = partitions.length === 1 ? '1 partition' : `${partitions.length} partitions`;
    return `${words.length > 0 ? words.join(' and ') : 'unknown content'}, ${count}`;
  }
  if (words.length > 0) return `${words.join(' and ')}, without partitions`;
  const table = [node.pttype ?? '', ...found.signatures].map((name) => tables[name]).find((name) => name);
  if (table) return `an empty partition table (${table})`;
  if (found.signatures.length > 0 || node.fstype)
    return `${[...new Set([node.fstype ?? '', ...found.signatures])].filter(Boolean).join(' and ')}, without partitions`;
  return found.empty ? blank : 'nothing that is known, but not blank (perhaps encrypted)';
}
