import type { FileHandle } from 'node:fs/promises';
import { boxImageNoteSchema, noteLimit } from '../../../../contract/box/manifest.ts';
import type { BoxImageFacts } from '../../../../contract/box/upkeep.ts';
import { ProblemError } from '../../../../contract/problem.ts';
import { openNote } from '../../image/manifest.ts';
import { runningSlot } from './running.ts';
import { openWithin, refuseOlder } from './update.ts';
import type { UpdateParts } from './update.ts';

/**
 * What was signed about an image that is about to be sent, by the `.json` beside it: the same keys and the same refusals as of
 * the image itself, before gigabytes travel. Throws `update-outside`, `update-not-newer`, `image-*` and `box-not-installed`.
 */
export async function checkUpdate(
  parts: Pick<UpdateParts, 'running' | 'keys' | 'incoming'>,
  path: string,
): Promise<BoxImageFacts> {
  runningSlot(parts.running);
  const note = boxImageNoteSchema.safeParse(parsed(await readShort(await openWithin(parts.incoming, path))));
  if (!note.success) throw noNote();
  const { manifest, signedBy } = openNote(note.data, await parts.keys());
  refuseOlder(parts.running, manifest.image);
  const { version, builtAt, base, payload } = manifest.image;
  return { version, builtAt, base, payload, size: note.data.image.size, signedBy };
}

async function readShort(file: FileHandle): Promise<string> {
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(noteLimit + 1));
    return bytesRead > noteLimit ? '' : buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says so
  }
}

const noNote = (): ProblemError =>
  new ProblemError({
    code: 'image-unreadable',
    title: 'This is no description of a box image',
    detail: 'The file is not the .json that lies beside an image.',
    cause: 'It is something else, it was cut short, or another version of Hearth made it.',
    fix: 'Choose hearth-box-VERSION.json together with its .img, both from the same place.',
    kind: 'denied',
  });
