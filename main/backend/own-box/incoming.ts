import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '../../contract/problem.ts';
import type { BoxPlaces } from './places.ts';

/** A box image is a few GiB; what is larger is something else. */
const largest = 24 * 1024 ** 3;
/** Bytes that must stay free beside the image. */
const reserve = 512 * 1024 * 1024;

export interface IncomingLimits {
  largest: number;
  reserve: number;
}

export const usualLimits: IncomingLimits = { largest, reserve };

/**
 * Takes an image that an app sends, whole or not at all. `makeRoom`: what a browser sent goes, or a Problem is thrown while it
 * comes. Nothing of it is believed: the agent checks its signature. Throws `update-size-unknown`, `update-too-large`,
 * `disk-full`, `update-cut`, `box-busy`.
 */
export function createIncoming(
  places: BoxPlaces,
  limits: IncomingLimits = usualLimits,
  makeRoom = async (): Promise<void> => undefined,
) {
  const part = `${places.update}.part`;
  let receiving = false;
  return {
    receiving: () => receiving,
    async receive(body: IncomingMessage, signal: AbortSignal): Promise<{ size: number }> {
      const size = Number(body.headers['content-length']);
      if (!Number.isSafeInteger(size) || size <= 0) throw unknownSize();
      if (size > limits.largest) throw tooLarge(size, limits.largest);
      if (receiving) throw anotherComes();
      await makeRoom();
      if (receiving) throw anotherComes();
      receiving = true;
      try {
        await mkdir(places.incoming, { recursive: true, mode: 0o700 });
        // The former one goes first: there may not be room for two.
        await Promise.all([rm(places.update, { force: true }), rm(part, { force: true })]);
        const { bavail, bsize } = await statfs(places.incoming);
        if (bavail * bsize < size + limits.reserve) throw noRoom(size, bavail * bsize);
        await pipeline(body, exactly(size), createWriteStream(part, { flags: 'wx', mode: 0o600 }), { signal });
        const file = await open(part, 'r');
        try {
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(part, places.update);
        return { size };
      } catch (error) {
        await rm(part, { force: true });
        if (error instanceof ProblemError) throw error;
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw noRoom(size, 0);
        if (signal.aborted || body.readableAborted || !body.complete) throw cut(error);
        throw error;
      } finally {
        receiving = false;
      }
    },
    /** What an app left half-sent at the last start. */
    sweep: () => rm(part, { force: true }),
  };
}

/** Throws `update-missing` when no image lies ready. */
export async function checkReceived(places: BoxPlaces): Promise<void> {
  try {
    if ((await stat(places.update)).isFile()) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  throw new ProblemError({
    code: 'update-missing',
    title: 'There is no new version to install',
    detail: 'No image was sent to this box, or not to its end.',
    fix: 'Send the image first.',
    kind: 'denied',
  });
}

/** Lets just so many bytes through. */
function exactly(size: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > size) done(cut(new Error('more bytes than announced')));
      else done(null, chunk);
    },
    flush(done) {
      if (seen === size) done();
      else done(cut(new Error(`${seen} of ${size} bytes came`)));
    },
  });
}

const gib = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
const unknownSize = (): ProblemError =>
  new ProblemError({
    code: 'update-size-unknown',
    title: 'The image does not say how large it is',
    detail: 'Without its size the box cannot know whether there is room for it.',
    fix: 'Update the app, then send it again.',
    kind: 'denied',
  });
export const tooLarge = (size: number, limit: number): ProblemError =>
  new ProblemError({
    code: 'update-too-large',
    title: 'This is too large for an image of a box',
    detail: `${gib(size)}; at most ${gib(limit)} are taken.`,
    fix: 'Choose the file of the image.',
    kind: 'denied',
  });
export const noRoom = (size: number, free: number): ProblemError =>
  new ProblemError({
    code: 'disk-full',
    title: 'The box has no room for the image',
    detail: `The image has ${gib(size)}, and ${gib(free)} are free on its data partition.`,
    fix: 'Delete machines or images that are not needed any more, then send it again.',
  });
const cut = (cause: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'update-cut',
      title: 'The image did not arrive whole',
      detail: 'The connection ended before its end. Nothing was kept of it.',
      cause: 'The network broke, or the app was closed.',
      fix: 'Send it again.',
    },
    { cause },
  );
export const anotherComes = (): ProblemError =>
  new ProblemError({
    code: 'box-busy',
    title: 'Another image is being sent',
    detail: 'Bytes of one come right now, from an app or a browser. One image after the other.',
    fix: 'Wait until it has arrived. If nobody sends it any more, try again in some seconds.',
    kind: 'denied',
  });
