import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ForeignFile } from '../../contract/foreign.ts';
import { descriptionLimit, headLimit } from '../../contract/foreign.ts';
import { checkLocalFile } from '../images/local-file.ts';

/** A file that may describe a machine, or be a disk. */
export interface Opened {
  name: string;
  /** Bytes of the whole file, of which `head` is the beginning: all of it up to the size of a description. */
  size: number;
  head: Buffer;
  /** Where it lies, for a file of this computer. */
  path?: string;
  /** Bytes of any place; fewer than asked where they are not here (a page sends beginnings only). */
  readonly read: (offset: number, length: number) => Promise<Buffer>;
}

/** Opens a file of this computer, or what a page sent of one. Throws ProblemError. */
export async function openForeign(source: ForeignFile): Promise<Opened> {
  if (!('path' in source)) {
    const head = Buffer.from(source.head, 'base64');
    const size = Math.max(source.size, head.length);
    return { name: basename(source.name), size, head, read: async (at, length) => head.subarray(at, at + length) };
  }
  const { path, size } = await checkLocalFile(source.path);
  const read = async (offset: number, length: number): Promise<Buffer> => {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  };
  return { name: basename(source.path), path, size, head: await read(0, size <= descriptionLimit ? size : headLimit), read }; // prettier-ignore
}
