import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBoxes } from '../../backend/boxes/open.ts';
import { createLog } from '../../backend/log.ts';
import { dataPaths, defaultDataDir, privateFolder, projectRoot } from '../../backend/paths.ts';
import { openRegistry } from '../../backend/targets/registry.ts';
import { createTasks } from '../../backend/tasks/tasks.ts';
import { connect } from '../../contract/connect.ts';
import { contract } from '../../contract/contract.ts';
import type { Client } from '../../contract/procedure.ts';
import { serve } from '../../contract/serve.ts';
import * as working from '../working.ts';

const { boxes, tasks } = contract;
const tasksPart = { watch: tasks.watch, cancel: tasks.cancel };
const part = { boxes, tasks: tasksPart };
/** What the box commands work with. */
export type BoxesApi = Client<typeof part>;
interface Session {
  readonly api: BoxesApi;
  /** The work goes on in a Hearth that runs, when we are interrupted. */
  readonly running: boolean;
  close(): Promise<void>;
}

/** The Hearth that runs on this data directory does the work; else its services are opened here for as long as it takes. */
async function openSession(dataDir: string): Promise<Session> {
  const paths = dataPaths(dataDir);
  const there = await working.runningHearth(dataDir);
  if (there) return { api: there.api, running: true, close: async () => there.close() };
  process.umask(0o077);
  for (const folder of [paths.root, paths.logs]) await privateFolder(folder);
  const log = createLog({ path: join(paths.logs, 'hearth-cli.log'), quiet: true });
  // A list of its own: the running backend owns the other.
  const own = await createTasks({ file: join(paths.root, 'tasks-cli.json'), log });
  const registry = await openRegistry({ file: paths.targets, log });
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  const service = await openBoxes({ paths, tasks: own, targets: registry, version, log });
  const [served, calling] = working.portPair();
  const handlers = {
    boxes: service.handlers,
    tasks: {
      watch: (_input: object, { signal }: { signal: AbortSignal }) => own.watch(signal),
      cancel: ({ id }: { id: string }) => own.cancel(id),
    },
  };
  serve(part, handlers, served);
  const link = connect(part, calling);
  return {
    api: link.api,
    running: false,
    async close() {
      link.close();
      await own.close();
      await service.close();
      registry.close();
      log.close();
    },
  };
}

/** Opens what does the work, does it and closes everything. Ctrl+C ends the waiting; a Task goes on in a Hearth that runs. */
export async function withBoxes(
  dataDir: string | undefined,
  work: (api: BoxesApi, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const session = await openSession(dataDir ?? defaultDataDir());
  try {
    return await working.interruptible(
      (signal) => work(session.api, signal),
      session.running ? 'What was begun goes on in Hearth; stop it there.' : undefined,
    );
  } finally {
    await session.close();
  }
}

/** Tells a task on stderr to its end; the exit code. Throws the Problem it ended with. */
export const followTask = (api: BoxesApi, taskId: string, signal: AbortSignal): Promise<number> =>
  working.followTask(api, taskId, signal, { detail: 'The work ended with it.', fix: 'Give the same command again.' });
