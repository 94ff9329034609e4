import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { boxImageNoteSchema, manifestLimit } from '../../../contract/box/manifest.ts';
import type { BoxImageFacts } from '../../../contract/box/upkeep.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { readTrustedKeys } from '../image/keys.ts';
import { openNote } from '../image/manifest.ts';

/**
 * What the signed note beside an image says of it, once its signatures hold and the size is right. The bytes themselves are
 * checked by the box before anything is written. `path`: of the image. Throws `image-unreadable`, `image-foreign`,
 * `image-damaged`.
 */
export async function imageFacts(path: string, keyFolders: readonly string[]): Promise<BoxImageFacts & { file: string }> {
  const file = resolve(path);
  const note = join(dirname(file), `${basename(file).replace(/\.img$/, '')}.json`);
  const size = await sizeOf(file);
  const checked = boxImageNoteSchema.safeParse(await readNote(note));
  if (!checked.success) throw unusable(`${note} is not the note of an image.`);
  const { manifest, signedBy } = openNote(checked.data, await readTrustedKeys(keyFolders));
  if (checked.data.image.size !== size)
    throw new ProblemError({
      code: 'image-damaged',
      title: 'This image is damaged',
      detail: `${file} has ${size} bytes; it was signed with ${checked.data.image.size}.`,
      cause: 'The copy was cut short, or it is another image than the note beside it.',
      fix: 'Get the image and its .json again, both from the same place.',
    });
  const { version, builtAt, base, payload } = manifest.image;
  return { file, version, builtAt, size, base, payload, signedBy };
} // prettier-ignore

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw unusable(`${file} is no file.`);
    return found.size;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw unusable(error instanceof Error ? error.message : String(error), error);
  }
}
async function readNote(note: string): Promise<unknown> {
  try {
    if ((await stat(note)).size > 2 * manifestLimit) throw new Error(`${note} is too large.`);
    return JSON.parse(await readFile(note, 'utf8')) as unknown;
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : String(error), error);
  }
}

const unusable = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'image-unreadable',
      title: 'This is no image of a box',
      detail,
      cause: 'An image is two files in one folder: hearth-box-VERSION.img and hearth-box-VERSION.json.',
      fix: 'Choose the .img of an image that was built for a box, with its .json beside it.',
    },
    { cause },
  );
