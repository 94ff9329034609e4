/** Files of an NTFS by their path; folders come by themselves. */
export type Files = Record<string, Buffer>;

const cluster = 4096;
const record = 1024;
const mftAt = 4;
const mftClusters = 16;

interface Node {
  number: number;
  name: string;
  content?: Buffer;
  children: Node[];
}

/**
 * A small NTFS as its documentation describes it (Linux-NTFS 0.5), with what a reader needs: boot sector, records with their
 * sequence numbers, folders as trees. Folders with more than four entries get a node in a block of its own.
 */
export function ntfs(files: Files, { dirty = false, mebibytes = 4 } = {}): Buffer {
  const disk = Buffer.alloc(mebibytes * 2 ** 20);
  disk.write('NTFS    ', 3, 'latin1');
  disk.writeUInt16LE(512, 11);
  disk[13] = cluster / 512;
  disk.writeBigUInt64LE(BigInt(disk.length / 512), 40);
  disk.writeBigUInt64LE(BigInt(mftAt), 48);
  disk.writeInt8(-10, 64);
  disk.writeInt8(1, 68);
  disk.set([0x55, 0xaa], 510);
  let free = mftAt + mftClusters;
  const place = (data: Buffer): { at: number; count: number } => {
    const at = free;
    const count = Math.max(1, Math.ceil(data.length / cluster));
    data.copy(disk, at * cluster);
    free += count;
    return { at, count };
  };
  const put = (number: number, folder: boolean, attributes: Buffer[]): void => {
    const one = Buffer.alloc(record);
    one.write('FILE', 0, 'latin1');
    one.writeUInt16LE(48, 4);
    one.writeUInt16LE(3, 6);
    one.writeUInt16LE(56, 20);
    one.writeUInt16LE(folder ? 3 : 1, 22);
    Buffer.concat([...attributes, Buffer.from('ffffffff', 'hex')]).copy(one, 56);
    protect(one, 48);
    one.copy(disk, mftAt * cluster + number * record);
  };
  const root = treeOf(files);
  put(0, false, [away(0x80, { at: mftAt, count: mftClusters }, mftClusters * cluster)]);
  const information = Buffer.alloc(12);
  information.set([3, 1], 8);
  information.writeUInt16LE(dirty ? 1 : 0, 10);
  put(3, false, [here(0x70, information)]);
  const write = (node: Node): void => {
    if (node.content) {
      const { content } = node;
      put(node.number, false, [content.length <= 400 ? here(0x80, content) : away(0x80, place(content), content.length)]);
      return;
    }
    const entries = node.children.toSorted((a, b) => (a.name.toUpperCase() < b.name.toUpperCase() ? -1 : 1));
    if (entries.length <= 4) put(node.number, true, [here(0x90, rootOf(entries.map((each) => entry(each))), '$I30')]);
    else {
      // The first half in a block below the entry in the middle, the second below the end.
      const middle = entries[Math.floor(entries.length / 2)] as Node;
      const [low, high] = [entries.slice(0, Math.floor(entries.length / 2)), entries.slice(Math.floor(entries.length / 2) + 1)];
      const nodes = [block(low, 0), block(high, 1)];
      const where = place(Buffer.concat(nodes));
      put(node.number, true, [here(0x90, rootOf([entry(middle, 0)], 1), '$I30'), away(0xa0, where, nodes.length * cluster, '$I30')]);
    }
    for (const child of node.children) write(child);
  };
  write(root);
  return disk;
} // prettier-ignore

function treeOf(files: Files): Node {
  const root: Node = { number: 5, name: '.', children: [] };
  let number = 24;
  for (const [path, content] of Object.entries(files)) {
    let at = root;
    for (const name of path.split('/').filter(Boolean)) {
      const found = at.children.find((each) => each.name === name);
      const next: Node = found ?? { number: number++, name, children: [] };
      if (!found) at.children.push(next);
      at = next;
    }
    at.content = content;
  }
  return root;
}

/** The last two bytes of each sector are a number, those that stood there are in the head. */
function protect(data: Buffer, at: number): void {
  data.writeUInt16LE(7, at);
  for (let n = 1; n * 512 <= data.length; n += 1) {
    data.copy(data, at + n * 2, n * 512 - 2, n * 512);
    data.writeUInt16LE(7, n * 512 - 2);
  }
}

const eight = (size: number): number => Math.ceil(size / 8) * 8;
const named = (name: string): Buffer => Buffer.from(name, 'utf16le');

function here(type: number, content: Buffer, name = ''): Buffer {
  const from = eight(24 + name.length * 2);
  const one = Buffer.alloc(eight(from + content.length));
  one.writeUInt32LE(type, 0);
  one.writeUInt32LE(one.length, 4);
  one[9] = name.length;
  one.writeUInt16LE(24, 10);
  one.writeUInt32LE(content.length, 16);
  one.writeUInt16LE(from, 20);
  named(name).copy(one, 24);
  content.copy(one, from);
  return one;
}
/** In two runs where there are two clusters or more: the second one by its distance from the first. */
function away(type: number, { at, count }: { at: number; count: number }, size: number, name = ''): Buffer {
  const from = eight(64 + name.length * 2);
  const one = Buffer.alloc(from + 16);
  one.writeUInt32LE(type, 0);
  one.writeUInt32LE(one.length, 4);
  one[8] = 1;
  one[9] = name.length;
  one.writeUInt16LE(64, 10);
  one.writeBigUInt64LE(BigInt(count - 1), 24);
  one.writeUInt16LE(from, 32);
  one.writeBigUInt64LE(BigInt(count * cluster), 40);
  one.writeBigUInt64LE(BigInt(size), 48);
  named(name).copy(one, 64);
  const first = Math.ceil(count / 2);
  one.set([0x21, first, at & 255, at >> 8], from);
  if (count > first) one.set([0x21, count - first, first, 0], from + 4);
  return one;
}

function entry(node: Node | undefined, below?: number): Buffer {
  const key = node ? Buffer.alloc(66 + node.name.length * 2) : Buffer.alloc(0);
  if (node) {
    key[64] = node.name.length;
    key[65] = 1;
    named(node.name).copy(key, 66);
  }
  const one = Buffer.alloc(eight(16 + key.length) + (below === undefined ? 0 : 8));
  if (node) one.writeBigUInt64LE(BigInt(node.number) | (1n << 48n), 0);
  one.writeUInt16LE(one.length, 8);
  one.writeUInt16LE(key.length, 10);
  one.writeUInt16LE((below === undefined ? 0 : 1) | (node ? 0 : 2), 12);
  key.copy(one, 16);
  if (below !== undefined) one.writeBigUInt64LE(BigInt(below), one.length - 8);
  return one;
}
function header(entries: Buffer, offset: number, large: boolean): Buffer {
  const head = Buffer.alloc(offset);
  head.writeUInt32LE(offset, 0);
  head.writeUInt32LE(offset + entries.length, 4);
  head.writeUInt32LE(offset + entries.length, 8);
  head[12] = large ? 1 : 0;
  return Buffer.concat([head, entries]);
}
function rootOf(entries: Buffer[], end?: number): Buffer {
  const about = Buffer.alloc(16);
  about.writeUInt32LE(0x30, 0);
  about.writeUInt32LE(1, 4);
  about.writeUInt32LE(cluster, 8);
  about[12] = 1;
  return Buffer.concat([about, header(Buffer.concat([...entries, entry(undefined, end)]), 16, end !== undefined)]);
}
function block(nodes: Node[], vcn: number): Buffer {
  const one = Buffer.alloc(cluster);
  one.write('INDX', 0, 'latin1');
  one.writeUInt16LE(40, 4);
  one.writeUInt16LE(9, 6);
  one.writeBigUInt64LE(BigInt(vcn), 16);
  header(Buffer.concat([...nodes.map((each) => entry(each)), entry(undefined)]), 40, false).copy(one, 24);
  protect(one, 40);
  return one;
}
