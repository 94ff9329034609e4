import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '../../../contract/problem.ts';
import type { Reach } from '../link/dial.ts';
import { unreachable } from '../link/problems.ts';
import { ask, refusalOf } from '../link/request.ts';

/** Bytes of a bundle: more is not written to this disk. */
const limit = 512 * 1024 * 1024;
/** Milliseconds without a byte. */
const stall = 60_000;

/** Fetches the log bundle of a box into `path`, whole or not at all. `onBytes`: how many came so far. */
export async function fetchLogs(
  reach: Reach & { pin: string },
  path: string,
  how: { onBytes: (bytes: number) => void; signal: AbortSignal },
): Promise<void> {
  const { onBytes, signal } = how;
  const answer = await ask(reach, { path: '/box/logs.tar.gz', timeoutMs: 180_000, signal });
  if (answer.status !== 200) return refusalOf(reach, answer);
  const temporary = `${path}.part`;
  let bytes = 0;
  let timer = setTimeout(() => answer.close(), stall);
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      clearTimeout(timer);
      timer = setTimeout(() => answer.close(), stall);
      if (bytes > limit) return done(tooLarge());
      onBytes(bytes);
      done(null, chunk);
    },
  });
  try {
    await pipeline(answer.body, count, createWriteStream(temporary, { mode: 0o600, flush: true }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    signal.throwIfAborted();
    if (error instanceof ProblemError) throw error;
    throw isOfDisk(error) ? notWritten(path, error) : unreachable(reach.address, error);
  } finally {
    clearTimeout(timer);
    answer.close();
  }
}

const isOfDisk = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EFBIG', 'ENOENT', 'EISDIR'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
const notWritten = (path: string, error: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'box-logs-not-written',
      title: 'The log bundle could not be written',
      detail: `${path}: ${error instanceof Error ? error.message : String(error)}. What came was removed.`,
      fix: 'Make room on this computer, then fetch it again.',
    },
    { cause: error },
  );
const tooLarge = (): ProblemError =>
  new ProblemError({
    code: 'box-logs-too-large',
    title: 'The log bundle is too large',
    detail: `It has more than ${limit / 1024 / 1024} MiB; what came was removed.`,
    fix: 'Read the last lines on the page of the box instead.',
  });
