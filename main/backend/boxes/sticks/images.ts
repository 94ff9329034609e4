import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { boxImageNoteSchema } from '../../../contract/box/manifest.ts';
import type { BoxImageNote } from '../../../contract/box/manifest.ts';
import type { BoxImageRow } from '../../../contract/box/sticks.ts';
import type { BoxImageFacts } from '../../../contract/box/upkeep.ts';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { locked } from '../../shared-file.ts';
import type { TrustedKey } from '../image/keys.ts';
import { openNote } from '../image/manifest.ts';

/** An image with what was signed about it. */
export interface KnownImage {
  path: string;
  note: BoxImageNote['image'];
  facts: BoxImageFacts;
}
export interface StickImages {
  /** Those in Hearth's own folder (newest first) and those that were added. */
  list(): Promise<BoxImageRow[]>;
  add(path: string): Promise<BoxImageRow>;
  /** Throws `image-not-there`, `image-unreadable`, `image-damaged`, `image-foreign`. */
  open(path: string): Promise<KnownImage>;
}

const addedSchema = z.object({ version: z.literal(1), paths: z.array(z.string()) });
/** Paths that are remembered. */
const keep = 50;

/** `folder`: where built images lie; `file` remembers the paths that were added. */
export function stickImages(options: {
  folder: string;
  file: string;
  keys: () => Promise<readonly TrustedKey[]>;
  log: Log;
}): StickImages {
  const added = async (): Promise<string[]> => (await readJson(options.file, addedSchema, options.log))?.paths ?? [];
  const row = async (path: string): Promise<BoxImageRow> => {
    try {
      return { path, facts: (await openKnown(path, await options.keys())).facts };
    } catch (error) {
      return { path, problem: asProblem(error) };
    }
  };
  return {
    async list() {
      const names = await readdir(options.folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      const own = names.filter((name) => name.endsWith('.img')).map((name) => join(options.folder, name));
      const rows = await Promise.all([...new Set([...own, ...(await added())])].map(row));
      return rows.toSorted((a, b) => (b.facts?.builtAt ?? '').localeCompare(a.facts?.builtAt ?? ''));
    },
    async add(path) {
      const whole = resolve(path);
      const read = await row(whole);
      if (!read.problem) {
        await locked(options.file, async () => {
          const paths = [whole, ...(await added()).filter((other) => other !== whole)].slice(0, keep);
          await writeJson(options.file, { version: 1, paths });
        });
      }
      return read;
    },
    open: async (path) => openKnown(resolve(path), await options.keys()),
  };
}

/** Reads and checks `NAME.json` beside `NAME.img`; the image's own bytes are hashed when they are written. */
export async function openKnown(path: string, keys: readonly TrustedKey[]): Promise<KnownImage> {
  const notePath = join(dirname(path), basename(path).replace(/\.img$/, '') + '.json');
  const [info, text] = await Promise.all([readable(() => stat(path), path), readable(() => readFile(notePath, 'utf8'), notePath)]); // prettier-ignore
  const checked = boxImageNoteSchema.safeParse(parse(text));
  if (!checked.success)
    throw new ProblemError({
      code: 'image-unreadable',
      title: 'This is no image of a box',
      detail: `${notePath} does not describe one.`,
      cause: 'It is something else, or another version of Hearth made it.',
      fix: 'Choose a hearth-box-VERSION.img together with its .json.',
    });
  const note = checked.data;
  const { manifest, signedBy } = openNote(note, keys);
  if (info.size !== note.image.size)
    throw new ProblemError({
      code: 'image-damaged',
      title: 'This image is damaged',
      detail: `${path} has ${info.size} bytes; ${note.image.size} were signed.`,
      cause: 'It was cut short when it was copied or downloaded.',
      fix: 'Get the image again.',
    });
  const { version, builtAt, base, payload } = manifest.image;
  return { path, note: note.image, facts: { version, builtAt, size: info.size, base, payload, signedBy } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says so
  }
}

async function readable<T>(read: () => Promise<T>, path: string): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new ProblemError(
      {
        code: 'image-not-there',
        title: 'The image cannot be read',
        detail: `${path}: ${error instanceof Error ? error.message : String(error)}`,
        cause: path.endsWith('.json') ? 'An image needs its .json beside it: it says who signed it.' : undefined,
        fix: 'Choose an image that is there with its .json, or build one.',
      },
      { cause: error },
    );
  }
}
