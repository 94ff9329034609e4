import type { Disk, FileSystem, StorageFacts } from '../machine.ts';
import type { Sections } from '../sections.ts';

interface Block {
  readonly name: string;
  readonly rotational: boolean | undefined;
  readonly mapped: string;
}

export function parseStorage(raw: Sections): StorageFacts {
  const blocks = raw.lines('block').flatMap(parseBlock);
  const mounts = raw.lines('mounts').map((line) => line.split(' '));
  const fileSystem = (line: string): FileSystem[] => parseDf(line, mounts, blocks);
  const inodes = raw.lines('inodes')[0]?.split(/\s+/);
  return {
    fileSystems: raw.lines('disk').flatMap(fileSystem),
    volumes: raw.lines('volumes').flatMap(fileSystem)[0],
    volumesThere: { entries: raw.values('volumes_there', 'entry'), kept: raw.yes('volumes_there', 'kept') },
    // btrfs counts none and says 0 of 0.
    inodesFree: inodes && Number(inodes[1]) > 0 ? Number(inodes[3]) : undefined,
    disks: parseDisks(raw, mounts),
    syncs: raw.lines('fsync').flatMap((line) => {
      const seconds = /copied, (\d+(?:\.\d+)?(?:e-?\d+)?) s/.exec(line)?.[1];
      return seconds === undefined ? [] : [Number(seconds)];
    }),
  };
}

function parseBlock(line: string): Block[] {
  const match = /^(\S+) rotational=(\d?) removable=\d? sectors=\d* name=(\S*)/.exec(line);
  if (!match?.[1]) return [];
  // What a hypervisor says of its disks means nothing.
  const known = match[2] !== '' && !/^(vd|xvd)/.test(match[1]);
  return [{ name: match[1], rotational: known ? match[2] === '1' : undefined, mapped: match[3] ?? '' }];
}

/** `folder TAB device 1024-blocks used available capacity% mounted-on` */
function parseDf(line: string, mounts: readonly string[][], blocks: readonly Block[]): FileSystem[] {
  const [folder, row] = line.split('\t');
  const match = /^(.*\S)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)%\s+(\S.*)$/.exec(row?.trim() ?? '');
  if (!folder || !match?.[1] || !match[6]) return [];
  const device = match[1];
  const mountedOn = match[6];
  const mount = mounts.findLast((entry) => (entry[1] ?? '').replaceAll('\\040', ' ') === mountedOn);
  const block = blockOf(device, blocks);
  return [
    {
      folder,
      device,
      total: Number(match[2]) * 1024,
      free: Number(match[4]) * 1024,
      used: Number(match[5]) / 100,
      mountedOn,
      type: mount?.[2] ?? '',
      rotational: block?.rotational,
      sdCard: block?.name.startsWith('mmcblk') ?? false,
      readOnly: (mount?.[3] ?? '').split(',').includes('ro'),
    },
  ];
}

/** /dev/sda2 -> sda, /dev/nvme0n1p2 -> nvme0n1, /dev/mapper/x -> the dm-N of that name. */
function blockOf(device: string, blocks: readonly Block[]): Block | undefined {
  const name = device.replace(/^\/dev\/(mapper\/)?/, '');
  return blocks.find((block) => block.name === name || block.mapped === name || partitionOf(name) === block.name);
}
const partitionOf = (name: string): string =>
  /^(nvme\d+n\d+|mmcblk\d+)p\d+$/.exec(name)?.[1] ?? name.replace(/^((?:sd|vd|xvd|hd)[a-z]+)\d+$/, '$1');

function parseDisks(raw: Sections, mounts: readonly string[][]): Disk[] {
  const rows = raw
    .lines('lsblk')
    .map((line) => new Map([...line.matchAll(/([A-Z]+)="([^"]*)"/g)].map((pair) => [pair[1] ?? '', pair[2] ?? ''])));
  const names = new Map<string, string>();
  for (const line of raw.lines('disk_ids')) {
    const [byId, target] = line.split('\t');
    const name = target?.split('/').at(-1);
    if (!byId || !name || /\/(dm-|lvm-|md-)/.test(byId)) continue;
    const before = names.get(name);
    if (before === undefined || rank(byId) < rank(before)) names.set(name, byId);
  }
  return [...names].flatMap(([name, byId]) => {
    const row = rows.find((entry) => entry.get('KNAME') === name);
    if (row && row.get('TYPE') !== 'disk' && row.get('TYPE') !== 'part') return [];
    const size = Number(row?.get('SIZE') ?? 0);
    return [{ name, byId, size, inUse: inUse(name, row, rows, mounts) }];
  });
}

/** Names that a person recognises (maker, model, serial number) before bare numbers. */
const rank = (byId: string): number => (/\/(wwn-|nvme-eui\.|nvme-nvme\.|scsi-)/.test(byId) ? 1 : 0);

function inUse(
  name: string,
  row: Map<string, string> | undefined,
  rows: readonly Map<string, string>[],
  mounts: readonly string[][],
): string | undefined {
  if (!row) return 'it could not be looked at';
  const mounted = row.get('MOUNTPOINT') || mounts.find((mount) => mount[0] === `/dev/${name}`)?.[1];
  if (mounted) return `it is mounted on ${mounted}`;
  const inside = rows.filter((entry) => entry.get('PKNAME') === name);
  if (inside.length > 0) return `it holds ${inside.map((entry) => entry.get('NAME')).join(', ')}`;
  if (row.get('FSTYPE')) return `it has data on it (${row.get('FSTYPE')})`;
  if (row.get('PTTYPE') && row.get('TYPE') === 'disk') return `it has a partition table (${row.get('PTTYPE')})`;
  return row.get('RO') === '1' ? 'it cannot be written' : undefined;
}
