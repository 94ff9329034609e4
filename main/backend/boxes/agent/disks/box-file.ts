import { z } from 'zod';
import { hostNameSchema, randomIdSchema } from '../../../../contract/box/words.ts';

/** `/hearth/box.json` on a disk's boot partition: written last of all, it is what makes the disk an installed box. */
export const boxFileSchema = z.object({
  boxId: randomIdSchema,
  hostName: hostNameSchema,
  /** Of the stick that installed it: that one never does so again. */
  installId: randomIdSchema,
  /** Of the image in its first slot. */
  version: z.string().max(100),
  installedAt: z.iso.datetime(),
});
export type BoxFile = z.infer<typeof boxFileSchema>;

/** Below the root of the FAT. */
export const boxFilePath = '/hearth/box.json';
export const bootLabel = 'HEARTHBOOT';
export const dataLabel = 'HEARTHDATA';

export function parseBoxFile(text: string): BoxFile | undefined {
  try {
    const read = boxFileSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
