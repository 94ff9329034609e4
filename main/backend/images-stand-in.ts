import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ContractHandlers } from '../contract/contract.ts';
import { ProblemError } from '../contract/problem.ts';
import type { Log } from './log.ts';
import type { DataPaths } from './paths.ts';
import type { SettingsStore } from './settings.ts';
import type { OpenTarget } from './target/target.ts';
import type { Tasks } from './tasks/tasks.ts';

/** What the composition needs of the image library. */
export interface ImagesDoor {
  handlers: ContractHandlers['images'];
  upload?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  close(): Promise<void>;
}

/** Until the library is there. */
export async function openImages(_options: {
  target: OpenTarget;
  tasks: Tasks;
  settings: SettingsStore;
  paths: DataPaths;
  log: Log;
}): Promise<ImagesDoor> {
  const missing = (): never => {
    throw new ProblemError({
      code: 'not-built',
      title: 'Not there yet',
      detail: 'The image library is not built yet.',
    });
  };
  return {
    handlers: {
      catalogue: () => [],
      async *watch(_input, { signal }) {
        yield { type: 'snapshot', items: [] };
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
      addFromCatalogue: missing,
      addFromUrl: missing,
      addFromFile: missing,
      startUpload: missing,
      buildStarter: missing,
      remove: missing,
      rename: missing,
    },
    close: async () => undefined,
  };
}
