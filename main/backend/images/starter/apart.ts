import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Problem } from '../../../contract/problem.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { fromSource, projectRoot } from '../../paths.ts';
import type { StarterImage, StarterOptions, StarterProgress } from './build.ts';

export type ApartOptions = Pick<StarterOptions, 'cacheDir' | 'mirror' | 'refresh'>;
export interface ApartMessage {
  step?: StarterProgress;
  image?: StarterImage;
  problem?: Problem;
}

/** A build takes seconds; a mirror that trickles gets this long. */
const limitMs = 30 * 60_000;

/**
 * `buildStarter` in a process of its own: its hundreds of megabytes of packages and disk go with the process, where the
 * backend would keep them for ever. Throws as `buildStarter` does.
 */
export function buildStarterApart(options: StarterOptions): Promise<StarterImage> {
  const { signal, onProgress, ...plain } = options;
  const program = fromSource ? 'main/backend/images/starter/worker.ts' : 'out/main/starter.js';
  const child = spawn(process.env['HEARTH_NODE'] ?? process.execPath, [join(projectRoot, program)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  const stop = (): void => void child.send('stop', () => undefined); // it may have ended by itself meanwhile
  return new Promise<StarterImage>((resolve, reject) => {
    child.on('message', ({ step, image, problem }: ApartMessage) => {
      if (step) onProgress?.(step);
      else if (image) resolve(image);
      else if (problem)
        reject(problem.kind === 'cancelled' ? new DOMException('cancelled', 'AbortError') : new ProblemError(problem));
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`The starter's build ended with code ${code} and no word.`)));
    child.send(plain satisfies ApartOptions);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  }).finally(() => signal?.removeEventListener('abort', stop));
}
