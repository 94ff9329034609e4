import { asProblem } from '../../../contract/problem.ts';
import type { ApartMessage, ApartOptions } from './apart.ts';
import { buildStarter } from './build.ts';

// The program that apart.ts starts: builds, tells its steps, ends. It never outlives who started it.
const tell = (message: ApartMessage): void => void process.send?.(message);
const abort = new AbortController();
process.once('disconnect', () => process.exit(1));
process.once('message', (options: ApartOptions) => {
  process.once('message', () => abort.abort());
  buildStarter({ ...options, signal: abort.signal, onProgress: (step) => tell({ step }) })
    .then(
      (image) => tell({ image }),
      (error: unknown) => tell({ problem: asProblem(error) }),
    )
    .finally(() => process.removeAllListeners('disconnect').disconnect());
});
