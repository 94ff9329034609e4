import type { Fat32 } from '../sticks/format/fat.ts';
import type { MediumFiles } from './verify-tree.ts';

/** The files inside a FAT32 that is not mounted. */
export function fatFiles(fat: Fat32): MediumFiles {
  const list = async (folder: string): Promise<string[]> => {
    const found: string[] = [];
    for (const entry of (await fat.list(folder)) ?? []) {
      const path = `${folder}/${entry.name}`;
      if (entry.folder) found.push(...(await list(path)));
      else found.push(path);
    }
    return found;
  };
  return {
    list,
    size: async (path) => (await fat.find(path))?.size,
    async *read(path) {
      const file = await fat.find(path);
      if (!file) throw new Error(`${path} is gone`);
      for await (const { bytes } of fat.pieces(file)) yield bytes;
    },
  };
}
