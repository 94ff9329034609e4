import type { Tree } from './tree.ts';
import { withFolders } from './tree.ts';

const typeBits = { file: 0o100000, folder: 0o040000, link: 0o120000 } as const;
const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
const pad4 = (buffer: Buffer): Buffer =>
  buffer.length % 4 ? Buffer.concat([buffer, Buffer.alloc(4 - (buffer.length % 4))]) : buffer;

/** A `newc` cpio archive, as the Linux kernel unpacks it at boot (Documentation/driver-api/early-userspace/buffer-format.rst). */
export function cpio(tree: Tree): Buffer {
  const pieces: Buffer[] = [];
  const add = (name: string, inode: number, mode: number, data: Uint8Array): void => {
    const path = Buffer.from(`${name}\0`);
    const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, path.length, 0];
    pieces.push(pad4(Buffer.concat([Buffer.from(`070701${fields.map(hex).join('')}`), path])), pad4(Buffer.from(data)));
  };
  let inode = 1;
  for (const [path, entry] of withFolders(tree)) {
    if (entry.type === 'link') add(path, inode, typeBits.link | 0o777, Buffer.from(entry.target));
    else add(path, inode, typeBits[entry.type] | entry.mode, entry.type === 'file' ? entry.data : new Uint8Array());
    inode += 1;
  }
  add('TRAILER!!!', 0, 0, new Uint8Array());
  return Buffer.concat(pieces);
}
