import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '../../../contract/problem.ts';
import { plainEnvironment } from '../../process.ts';
import { writeTar } from './app-files.ts';
import type { SystemFile } from './app-files.ts';

/**
 * One squashfs of a tar (its first `bytes`) with more files over it. Nothing is unpacked, so that owners need no root. Throws
 * `image-squashfs` with what the program said.
 */
export async function squash(
  base: { tar: string; bytes: number },
  files: readonly SystemFile[],
  to: string,
  options: { epoch: number; signal: AbortSignal; onProgress: (fraction: number) => void },
): Promise<void> {
  const { signal, epoch } = options;
  const argv = [
    'mksquashfs', '-', to, '-tar', '-noappend', '-quiet', '-no-progress', '-no-exports',
    '-comp', 'zstd', '-Xcompression-level', '9', '-b', '256K',
  ]; // prettier-ignore
  const child = spawn('nice', argv, {
    env: { ...plainEnvironment(), SOURCE_DATE_EPOCH: String(epoch) },
    stdio: ['pipe', 'ignore', 'pipe'],
    signal,
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const fed = (async () => {
    const all = base.bytes + files.reduce((sum, { from }) => sum + ('size' in from ? from.size : 0), 0);
    let done = 0;
    const source = createReadStream(base.tar, { end: base.bytes - 1, highWaterMark: 2 ** 20 });
    source.on('data', (chunk) => {
      done += chunk.length;
      options.onProgress(done / all);
    });
    await pipeline(source, child.stdin, { end: false, signal });
    await writeTar(files, child.stdin, { mtime: epoch, signal });
  })();
  const [code, feeding] = await Promise.allSettled([ended, fed]);
  signal.throwIfAborted();
  if (code.status === 'rejected') throw code.reason;
  if (code.value !== 0)
    throw new ProblemError({
      code: 'image-squashfs',
      title: 'The system could not be compressed',
      detail: Buffer.concat(said).toString('utf8').trim().split('\n').at(-1) ?? '',
      cause: 'The disk is full, or squashfs-tools is older than 4.5.',
      fix: 'Free some gigabytes; on an old system install a newer squashfs-tools.',
      command: argv.join(' '),
    });
  if (feeding.status === 'rejected') throw feeding.reason;
}
