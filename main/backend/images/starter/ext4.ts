import type { Tree, TreeEntry } from './tree.ts';
import { withFolders } from './tree.ts';

/** Pieces of a file system to write at these byte offsets; everything else is zero (a hole). */
export type Pieces = { offset: number; data: Buffer }[];

const block = 4096;
const perGroup = 32768;
const inodesPerGroup = 2048;
const inodeSize = 256;
const inodeBlocks = (inodesPerGroup * inodeSize) / block;
const journalBlocks = 1024;
const firstFree = 12;
/** Groups 0, 1 and powers of 3, 5 and 7 keep a copy of the superblock (feature sparse_super). */
const hasBackup = (group: number): boolean => {
  const powerOf = (base: number): boolean => {
    let value = base;
    while (value < group) value *= base;
    return value === group;
  };
  return group < 2 || powerOf(3) || powerOf(5) || powerOf(7);
};

interface Inode {
  mode: number;
  uid: number;
  links: number;
  size: number;
  start: number;
  blocks: number;
  inline?: Buffer;
}

/**
 * An ext4 file system holding `tree`, with a journal, written without tools and without root. Layout after
 * Documentation/filesystems/ext4 of the kernel. All content must fit into the first block group (128 MiB); `size` is in
 * bytes, a multiple of 128 MiB. One block of group descriptors lets it grow in place to 16 GiB.
 */
export function ext4(tree: Tree, size: number, label: string, uuid: Buffer): Pieces {
  const groups = size / (block * perGroup);
  const overhead = (group: number): number => (hasBackup(group) ? 2 : 0) + 2 + inodeBlocks;
  let nextBlock = overhead(0);
  const pieces: Pieces = [];
  const store = (data: Uint8Array): { start: number; blocks: number } => {
    const blocks = Math.ceil(data.length / block);
    const start = nextBlock;
    nextBlock += blocks;
    if (nextBlock > perGroup) throw new RangeError('the files do not fit into the first block group');
    if (blocks) pieces.push({ offset: start * block, data: Buffer.from(data) });
    return { start, blocks };
  };

  const inodes = new Map<number, Inode>();
  const journal = store(journalSuperblock(uuid));
  nextBlock = journal.start + journalBlocks;
  inodes.set(8, {
    mode: 0o100600,
    uid: 0,
    links: 1,
    size: journalBlocks * block,
    start: journal.start,
    blocks: journalBlocks,
  });

  const numbers = new Map<string, number>([['', 2], ['lost+found', 11]]); // prettier-ignore
  const entries: [string, TreeEntry][] = [
    ['', { type: 'folder', mode: 0o755 }],
    ...withFolders(new Map<string, TreeEntry>([...tree, ['lost+found', { type: 'folder', mode: 0o700 }]])),
  ];
  let nextInode = firstFree;
  for (const [path] of entries) if (!numbers.has(path)) numbers.set(path, nextInode++);
  if (nextInode > inodesPerGroup) throw new RangeError('too many files for the first block group');
  const children = new Map<string, string[]>();
  for (const [path] of entries) {
    if (path === '') continue;
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    children.set(parent, [...(children.get(parent) ?? []), path]);
  }
  const types = new Map(entries.map(([path, entry]) => [path, entry.type]));
  const numberOf = (path: string): number => numbers.get(path) ?? 0;
  let folders = 0;
  for (const [path, entry] of entries) {
    const inode: Inode = {
      mode: 0,
      uid: 'uid' in entry ? (entry.uid ?? 0) : 0,
      links: 1,
      size: 0,
      start: 0,
      blocks: 0,
    };
    if (entry.type === 'link') {
      inode.mode = 0o120777;
      inode.inline = Buffer.from(entry.target);
      inode.size = inode.inline.length;
      if (inode.size > 59) throw new RangeError(`link too long: ${path}`);
    } else if (entry.type === 'file') {
      inode.mode = 0o100000 | entry.mode;
      inode.size = entry.data.length;
      Object.assign(inode, store(entry.data));
    } else {
      folders += 1;
      const below = children.get(path) ?? [];
      const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
      const data = folderBlocks([
        { name: '.', inode: numberOf(path), type: 'folder' },
        { name: '..', inode: numberOf(parent), type: 'folder' },
        ...below.map((child) => ({
          name: child.slice(path ? path.length + 1 : 0),
          inode: numberOf(child),
          type: types.get(child) ?? 'file',
        })),
      ]);
      inode.mode = 0o040000 | entry.mode;
      inode.size = data.length;
      inode.links = 2 + below.filter((child) => types.get(child) === 'folder').length;
      Object.assign(inode, store(data));
    }
    inodes.set(numberOf(path), inode);
  }

  const table = Buffer.alloc(inodeBlocks * block);
  for (const [number, inode] of inodes) writeInode(table, (number - 1) * inodeSize, inode);
  const usedBlocks = (group: number): number => (group === 0 ? nextBlock : overhead(group));
  const usedInodes = (group: number): number => (group === 0 ? nextInode - 1 : 0);
  const descriptors = Buffer.alloc(block);
  let freeBlocks = 0;
  for (let group = 0; group < groups; group += 1) {
    const base = group * perGroup + (hasBackup(group) ? 2 : 0);
    descriptors.writeUInt32LE(base, group * 32);
    descriptors.writeUInt32LE(base + 1, group * 32 + 4);
    descriptors.writeUInt32LE(base + 2, group * 32 + 8);
    descriptors.writeUInt16LE(perGroup - usedBlocks(group), group * 32 + 12);
    descriptors.writeUInt16LE(inodesPerGroup - usedInodes(group), group * 32 + 14);
    descriptors.writeUInt16LE(group === 0 ? folders : 0, group * 32 + 16);
    freeBlocks += perGroup - usedBlocks(group);
    pieces.push(
      { offset: base * block, data: bitmap(usedBlocks(group), perGroup) },
      { offset: (base + 1) * block, data: bitmap(usedInodes(group), inodesPerGroup) },
    );
  }
  pieces.push({ offset: (hasBackup(0) ? 4 : 2) * block, data: table });
  const freeInodes = groups * inodesPerGroup - (nextInode - 1);
  for (let group = 0; group < groups; group += 1) {
    if (!hasBackup(group)) continue;
    const first = group * perGroup * block;
    const data = superblock({ group, groups, freeBlocks, freeInodes, label, uuid });
    pieces.push({ offset: first + (group === 0 ? 1024 : 0), data }, { offset: first + block, data: descriptors });
  }
  return pieces;
}

const bitmap = (used: number, valid: number): Buffer => {
  const bytes = Buffer.alloc(block);
  for (let bit = 0; bit < used; bit += 1) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  bytes.fill(0xff, valid >> 3);
  return bytes;
};

function folderBlocks(entries: { name: string; inode: number; type: TreeEntry['type'] }[]): Buffer {
  const kinds = { file: 1, folder: 2, link: 7 } as const;
  const blocks: Buffer[] = [];
  let current = Buffer.alloc(block);
  let at = 0;
  let last = 0;
  for (const { name, inode, type } of entries) {
    const bytes = Buffer.from(name);
    const length = 8 + Math.ceil(bytes.length / 4) * 4;
    if (at + length > block) {
      current.writeUInt16LE(block - last, last + 4);
      blocks.push(current);
      current = Buffer.alloc(block);
      at = 0;
    }
    current.writeUInt32LE(inode, at);
    current.writeUInt16LE(length, at + 4);
    current[at + 6] = bytes.length;
    current[at + 7] = kinds[type];
    bytes.copy(current, at + 8);
    last = at;
    at += length;
  }
  current.writeUInt16LE(block - last, last + 4);
  return Buffer.concat([...blocks, current]);
}

function writeInode(table: Buffer, at: number, inode: Inode): void {
  table.writeUInt16LE(inode.mode, at);
  table.writeUInt16LE(inode.uid, at + 2);
  table.writeUInt32LE(inode.size, at + 4);
  table.writeUInt16LE(inode.uid, at + 24);
  table.writeUInt16LE(inode.links, at + 26);
  table.writeUInt32LE(inode.blocks * (block / 512), at + 28);
  table.writeUInt16LE(32, at + 128);
  if (inode.inline) {
    inode.inline.copy(table, at + 40);
    return;
  }
  table.writeUInt32LE(0x80000, at + 32);
  table.writeUInt16LE(0xf30a, at + 40);
  table.writeUInt16LE(inode.blocks ? 1 : 0, at + 42);
  table.writeUInt16LE(4, at + 44);
  if (!inode.blocks) return;
  table.writeUInt16LE(inode.blocks, at + 56);
  table.writeUInt32LE(inode.start, at + 60);
}

function journalSuperblock(uuid: Buffer): Buffer {
  const bytes = Buffer.alloc(block);
  for (const [offset, value] of [[0, 0xc03b3998], [4, 4], [12, block], [16, journalBlocks], [20, 1], [24, 1], [64, 1]] as const)
    bytes.writeUInt32BE(value, offset); // prettier-ignore
  uuid.copy(bytes, 48);
  return bytes;
}

function superblock(of: {
  group: number;
  groups: number;
  freeBlocks: number;
  freeInodes: number;
  label: string;
  uuid: Buffer;
}): Buffer {
  const bytes = Buffer.alloc(1024);
  const words: [number, number][] = [
    [0, of.groups * inodesPerGroup], [4, of.groups * perGroup], [12, of.freeBlocks], [16, of.freeInodes],
    [24, 2], [28, 2], [32, perGroup], [36, perGroup], [40, inodesPerGroup], [76, 1], [84, 11],
    [92, 0x4], [96, 0x42], [100, 0x43], [224, 8],
  ]; // prettier-ignore
  for (const [offset, value] of words) bytes.writeUInt32LE(value, offset);
  const halves: [number, number][] = [[54, 0xffff], [56, 0xef53], [58, 1], [60, 1], [88, inodeSize], [90, of.group], [348, 32], [350, 32]]; // prettier-ignore
  for (const [offset, value] of halves) bytes.writeUInt16LE(value, offset);
  of.uuid.copy(bytes, 104);
  bytes.write(of.label.slice(0, 16), 120, 'latin1');
  return bytes;
}
