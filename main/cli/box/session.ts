import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort as NodePort } from 'node:worker_threads';
import { openBoxes } from '../../backend/boxes/open.ts';
import { controlPort } from '../../backend/control.ts';
import { createLog } from '../../backend/log.ts';
import { dataPaths, defaultDataDir, privateFolder, projectRoot } from '../../backend/paths.ts';
import { openRegistry } from '../../backend/targets/registry.ts';
import { createTasks } from '../../backend/tasks/tasks.ts';
import { connect } from '../../contract/connect.ts';
import { contract } from '../../contract/contract.ts';
import { messagePort } from '../../contract/message-port.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Client } from '../../contract/procedure.ts';
import { serve } from '../../contract/serve.ts';
import { exit } from '../command.ts';

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
  try {
    const link = connect(contract, await controlPort(paths.control));
    return { api: link.api, running: true, close: async () => link.close() };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'not-running') throw error;
  }
  process.umask(0o077);
  for (const folder of [paths.root, paths.logs]) await privateFolder(folder);
  const log = createLog({ path: join(paths.logs, 'hearth-cli.log'), quiet: true });
  // A list of its own: the running backend owns the other.
  const own = await createTasks({ file: join(paths.root, 'tasks-cli.json'), log });
  const registry = await openRegistry({ file: paths.targets, log });
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
  const service = await openBoxes({ paths, tasks: own, targets: registry, version, log });
  const { port1, port2 } = new MessageChannel();
  const handlers = {
    boxes: service.handlers,
    tasks: {
      watch: (_input: object, { signal }: { signal: AbortSignal }) => own.watch(signal),
      cancel: ({ id }: { id: string }) => own.cancel(id),
    },
  };
  serve(part, handlers, nodePort(port1));
  const link = connect(part, nodePort(port2));
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

const nodePort = (port: NodePort) =>
  messagePort(port, (onMessage, onClose) => {
    port.on('message', onMessage);
    port.on('close', onClose);
  });

/** Opens what does the work, does it and closes everything. Ctrl+C ends the waiting; a Task goes on in a Hearth that runs. */
export async function withBoxes(
  dataDir: string | undefined,
  work: (api: BoxesApi, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const session = await openSession(dataDir ?? defaultDataDir());
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stop);
  try {
    const code = await work(session.api, interrupted.signal);
    if (interrupted.signal.aborted && code === exit.interrupted && session.running)
      process.stderr.write('What was begun goes on in Hearth; stop it there.\n');
    return code;
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    return exit.interrupted;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
    await session.close();
  }
}

/** Tells a task on stderr to its end; the exit code. Throws the Problem it ended with. */
export async function followTask(api: BoxesApi, taskId: string, signal: AbortSignal): Promise<number> {
  let line = '';
  for await (const update of api.tasks.watch({}, { signal })) {
    const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    const task = rows.find(({ id }) => id === taskId);
    if (!task) continue;
    const step = task.steps.find(({ state }) => state === 'running')?.title ?? '';
    const next = `${step} ${task.detail ?? ''}`.trim();
    if (next && next !== line) process.stderr.write(`${next}\n`);
    line = next;
    if (task.state === 'done') return exit.ok;
    if (task.problem) throw new ProblemError(task.problem);
    if (task.state === 'cancelled') return exit.interrupted;
  }
  if (signal.aborted) return exit.interrupted;
  throw new ProblemError({
    code: 'hearth-ended',
    title: 'Hearth ended meanwhile',
    detail: 'The work ended with it.',
    fix: 'Give the same command again.',
  });
}
