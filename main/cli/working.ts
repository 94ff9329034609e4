import { MessageChannel } from 'node:worker_threads';
import type { MessagePort as NodePort } from 'node:worker_threads';
import { controlPort } from '../backend/control.ts';
import { dataPaths } from '../backend/paths.ts';
import { connect } from '../contract/connect.ts';
import { contract } from '../contract/contract.ts';
import type { Api } from '../contract/contract.ts';
import type { ListUpdate } from '../contract/machine.ts';
import { messagePort } from '../contract/message-port.ts';
import type { Port } from '../contract/port.ts';
import { ProblemError } from '../contract/problem.ts';
import type { Task } from '../contract/task.ts';
import { exit } from './command.ts';

/** The Hearth that runs on this data directory, as its pages have it; undefined: none does. */
export async function runningHearth(dataDir: string): Promise<{ api: Api; close(): void } | undefined> {
  try {
    return connect(contract, await controlPort(dataPaths(dataDir).control));
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not-running') return undefined;
    throw error;
  }
}

/** What does the work: the Hearth that runs on this data directory, else a backend of its own for as long as it takes. */
export async function workingHearth(
  dataDir: string,
): Promise<{ api: Api; running: boolean; close: () => Promise<void> }> {
  const there = await runningHearth(dataDir);
  if (there) return { api: there.api, running: true, close: async () => there.close() };
  const { startBackend } = await import('../backend/start.ts');
  const backend = await startBackend({ dataDir, quiet: true });
  const [served, calling] = portPair();
  backend.attach(served, 'desktop');
  const link = connect(contract, calling);
  const end = async (): Promise<void> => {
    link.close();
    await backend.close();
  };
  if (!backend.engineTrouble) return { api: link.api, running: false, close: end };
  await end();
  throw backend.engineTrouble;
}

/** Both ends of a carrier inside this process: for the side that serves, and for the one that calls. */
export function portPair(): [Port, Port] {
  const { port1, port2 } = new MessageChannel();
  return [nodePort(port1), nodePort(port2)];
}

const nodePort = (port: NodePort): Port =>
  messagePort(port, (onMessage, onClose) => {
    port.on('message', onMessage);
    port.on('close', onClose);
  });

/**
 * Work that Ctrl+C ends by ending the waiting: what a Hearth that runs was asked to do goes on there, which `goesOn` says.
 * Resolves with the exit code.
 */
export async function interruptible(
  work: (signal: AbortSignal) => Promise<number>,
  goesOn: string | undefined,
): Promise<number> {
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, stop);
  try {
    const code = await work(interrupted.signal);
    if (interrupted.signal.aborted && code === exit.interrupted && goesOn !== undefined)
      process.stderr.write(`${goesOn}\n`);
    return code;
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    return exit.interrupted;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
  }
}

/** Each word about one task among those about all. */
export async function* wordsAbout(updates: AsyncIterable<ListUpdate<Task>>, taskId: string): AsyncGenerator<Task> {
  for await (const update of updates) {
    const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    const task = rows.find(({ id }) => id === taskId);
    if (task) yield task;
  }
}

/** Tells a task on stderr to its end; the exit code. `kept`: what is left when Hearth ends meanwhile. Throws the Problem it ended with. */
export async function followTask(
  api: { tasks: Pick<Api['tasks'], 'watch'> },
  taskId: string,
  signal: AbortSignal,
  kept: { detail: string; fix: string },
): Promise<number> {
  let line = '';
  for await (const task of wordsAbout(api.tasks.watch({}, { signal }), taskId)) {
    const step = task.steps.find(({ state }) => state === 'running')?.title ?? '';
    const next = `${step} ${task.detail ?? ''}`.trim();
    if (next && next !== line) process.stderr.write(`${next}\n`);
    line = next;
    if (task.state === 'done') return exit.ok;
    if (task.problem) throw new ProblemError(task.problem);
    if (task.state === 'cancelled') return exit.interrupted;
  }
  if (signal.aborted) return exit.interrupted;
  throw new ProblemError({ code: 'hearth-ended', title: 'Hearth ended meanwhile', ...kept });
}
