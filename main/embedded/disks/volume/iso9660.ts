import { Refusal } from '../refusal.ts';
import { descriptor, identifier, pathRecord, record, sector, terminator } from './iso-records.ts';
import type { Entry, Names } from './iso-records.ts';

interface Node extends Entry {
  parent: Node | undefined;
  children: Node[];
  data: Buffer;
}

const longestName = 150;
/** What mastering tools put behind the data: label finders (busybox's findfs) read 68 KiB ahead and give up on less. */
const paddingSectors = 150;

/**
 * A disc image with these files (paths with "/"), readable by everything: long and lower-case names by Rock Ridge
 * (Linux, BSD) and by Joliet (Windows). Deterministic for one `time`.
 */
export function writeIso(label: string, files: ReadonlyMap<string, Uint8Array>, time = new Date()): Buffer {
  const root = tree(files);
  const folders = list(root);
  const leaves = folders.flatMap((folder) => folder.children.filter((child) => !child.folder));
  // 16 empty sectors, two descriptors and the terminator; then per naming two path tables and the folders; then files.
  let next = 19;
  const place = (bytes: number): number => {
    const at = next;
    next += Math.max(1, Math.ceil(bytes / sector));
    return at;
  };
  const tableSize = (names: Names): number => Buffer.concat(pathTable(folders, names, 'le')).length;
  const sizes = { primary: tableSize('primary'), joliet: tableSize('joliet') };
  const tables = {
    primary: { size: sizes.primary, le: place(sizes.primary), be: place(sizes.primary) },
    joliet: { size: sizes.joliet, le: place(sizes.joliet), be: place(sizes.joliet) },
  };
  const extents = { primary: new Map<Node, [number, number]>(), joliet: new Map<Node, [number, number]>() };
  for (const names of ['primary', 'joliet'] as const)
    for (const folder of folders) {
      const size = folderData(folder, names, time).length;
      extents[names].set(folder, [place(size), size]);
    }
  for (const leaf of leaves) [leaf.extent, leaf.size] = [place(leaf.data.length), leaf.data.length];

  next += paddingSectors;
  const image = Buffer.alloc(next * sector);
  for (const [index, names] of (['primary', 'joliet'] as const).entries()) {
    for (const folder of folders) [folder.extent, folder.size] = extents[names].get(folder) ?? [0, 0];
    for (const folder of folders) folderData(folder, names, time).copy(image, folder.extent * sector);
    for (const order of ['le', 'be'] as const)
      Buffer.concat(pathTable(folders, names, order)).copy(image, tables[names][order] * sector);
    // The root's record inside a descriptor has room for 34 bytes: no extensions there.
    const top = Buffer.from(record(root, 'joliet', time, 0));
    descriptor(names, label, next, tables[names], top, time).copy(image, (16 + index) * sector);
  }
  terminator().copy(image, 18 * sector);
  for (const leaf of leaves) leaf.data.copy(image, leaf.extent * sector);
  return image;
}

function tree(files: ReadonlyMap<string, Uint8Array>): Node {
  const root = node('', true, undefined);
  for (const [path, data] of files) {
    const names = path.split('/');
    let folder = root;
    for (const [index, name] of names.entries()) {
      if (name === '' || name === '.' || name === '..' || Buffer.byteLength(name) > longestName)
        throw new Refusal(
          'InvalidName',
          `"${path.slice(0, 200)}" cannot be the name of a file on a disc: at most ${longestName} bytes, and no empty parts.`,
        );
      const isFolder = index < names.length - 1;
      let child = folder.children.find((candidate) => candidate.name === name);
      if (!child) {
        child = node(name, isFolder, folder);
        folder.children.push(child);
      }
      if (!isFolder) child.data = Buffer.from(data);
      folder = child;
    }
  }
  for (const folder of list(root)) nameShort(folder.children);
  return root;
}

const node = (name: string, folder: boolean, parent: Node | undefined): Node => ({
  name, short: '', folder, extent: 0, size: 0, parent, children: [], data: Buffer.alloc(0),
}); // prettier-ignore

/** Folders, the root first, level by level, as path tables want them. */
function list(root: Node): Node[] {
  const found = [root];
  for (const folder of found) found.push(...folder.children.filter((child) => child.folder));
  return found;
}

/** Names of eight and three capital letters, each once. */
function nameShort(children: Node[]): void {
  const used = new Set<string>();
  for (const child of children) {
    const clean = (text: string, length: number): string =>
      text
        .toUpperCase()
        .replace(/[^A-Z0-9_]/g, '_')
        .slice(0, length);
    const dot = child.folder ? -1 : child.name.lastIndexOf('.');
    const stem = dot > 0 ? child.name.slice(0, dot) : child.name;
    const suffix = child.folder ? '' : `.${dot > 0 ? clean(child.name.slice(dot + 1), 3) : ''}`;
    child.short = `${clean(stem, 8)}${suffix}`;
    for (let count = 1; used.has(child.short); count += 1)
      child.short = `${clean(stem, 7 - String(count).length)}_${count}${suffix}`;
    used.add(child.short);
  }
}

/** A folder's records, none of them across a border of sectors. */
function folderData(folder: Node, names: Names, time: Date): Buffer {
  const children = [...folder.children].sort((a, b) => Buffer.compare(identifier(a, names), identifier(b, names)));
  const records = [
    record(folder, names, time, folder.parent ? 0 : 'root'),
    record(folder.parent ?? folder, names, time, 1),
    ...children.map((child) => record(child, names, time)),
  ];
  const parts: Buffer[] = [];
  let length = 0;
  for (const data of records) {
    const room = sector - (length % sector);
    if (data.length > room) {
      parts.push(Buffer.alloc(room));
      length += room;
    }
    parts.push(data);
    length += data.length;
  }
  return Buffer.concat([...parts, Buffer.alloc((sector - (length % sector)) % sector)]);
}

const pathTable = (folders: Node[], names: Names, order: 'le' | 'be'): Buffer[] =>
  folders.map((folder) => pathRecord(folder, folder.parent ? folders.indexOf(folder.parent) + 1 : 1, names, order));
