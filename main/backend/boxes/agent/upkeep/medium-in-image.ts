import type { FileHandle } from 'node:fs/promises';
import { ProblemError } from '../../../../contract/problem.ts';
import type { MediumFiles } from '../../image/verify-tree.ts';
import type { Fat32 } from '../../sticks/format/fat.ts';
import { openStick } from '../../sticks/format/slot.ts';
import { handleTarget } from '../../sticks/format/source.ts';

/** The files of the FAT within an image file, read without mounting it. */
export const fatFiles = (fat: Fat32): MediumFiles => ({
  size: async (path) => (await fat.find(path))?.size,
  async *read(path) {
    const file = await fat.find(path);
    if (!file) throw new Error(`there is no ${path}`);
    for await (const { bytes } of fat.pieces(file)) yield bytes;
  },
  async list(folder) {
    const found: string[] = [];
    for (const entry of (await fat.list(folder)) ?? []) {
      const path = `${folder}/${entry.name}`;
      if (entry.folder) found.push(...(await fatFiles(fat).list(path)));
      else found.push(path);
    }
    return found;
  },
});

/**
 * Reads an open image file for as long as `use` takes, and closes it. Throws the Problem `update-unreadable` when it is no
 * image of a box, or was cut short.
 */
export async function withImage<T>(handle: FileHandle, use: (files: MediumFiles) => Promise<T>): Promise<T> {
  try {
    const { fat } = await openStick(await handleTarget(handle)).catch((error: unknown) => {
      if (!(error instanceof ProblemError) && !(error instanceof RangeError)) throw error;
      throw new ProblemError(
        {
          code: 'update-unreadable',
          title: 'This is no image of a box',
          detail: error instanceof ProblemError ? error.problem.detail : error.message,
          cause: 'It is another file, or only a part of it arrived.',
          fix: 'Choose a hearth-box-VERSION.img and send it again.',
        },
        { cause: error },
      );
    });
    return await use(fatFiles(fat));
  } finally {
    await handle.close();
  }
}
