import { resolve } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort as NodePort } from 'node:worker_threads';
import { startBackend } from '../backend/backend.ts';
import { controlPort } from '../backend/control.ts';
import { dataPaths, defaultDataDir } from '../backend/paths.ts';
import { connect } from '../contract/connect.ts';
import { contract } from '../contract/contract.ts';
import type { Api } from '../contract/contract.ts';
import { messagePort } from '../contract/message-port.ts';
import { ProblemError } from '../contract/problem.ts';
import { exit, exitText, readOptions, UsageError } from './command.ts';
import type { Command } from './command.ts';

const common = `  --namespace NS  the machine's namespace (default: default)
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

A Hearth that runs on the same data does the work (and its pages show it); else the command does it by itself. Cut off,
the same command goes on.

${exitText}
`;

/** What does the work: the Hearth that runs on this data directory, else a backend of its own for as long as it takes. */
async function openApi(dataDir: string): Promise<{ api: Api; running: boolean; close: () => Promise<void> }> {
  try {
    const link = connect(contract, await controlPort(dataPaths(dataDir).control));
    return { api: link.api, running: true, close: async () => link.close() };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'not-running') throw error;
  }
  const backend = await startBackend({ dataDir, quiet: true });
  const { port1, port2 } = new MessageChannel();
  backend.attach(nodePort(port1), 'desktop');
  const link = connect(contract, nodePort(port2));
  const end = async (): Promise<void> => {
    link.close();
    await backend.close();
  };
  if (!backend.engineTrouble) return { api: link.api, running: false, close: end };
  await end();
  throw backend.engineTrouble;
}

const nodePort = (port: NodePort) =>
  messagePort(port, (onMessage, onClose) => {
    port.on('message', onMessage);
    port.on('close', onClose);
  });

/** Runs one piece of work to its end. Ctrl+C leaves what is done: it goes on in the Hearth that runs, or with the same command. */
async function withHearth(
  dataDir: string | undefined,
  work: (api: Api) => Promise<{ taskId: string }>,
): Promise<number> {
  const { api, running, close } = await openApi(dataDir ?? defaultDataDir());
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    if (running) process.stderr.write('Hearth runs on this data: it does the work.\n');
    for await (const target of api.target.watch({}, { signal: interrupted.signal }))
      if (target.state === 'ready') break;
    if (interrupted.signal.aborted) return exit.interrupted;
    const { taskId } = await work(api);
    const code = await follow(api, taskId, interrupted.signal);
    if (code === exit.interrupted && interrupted.signal.aborted && running)
      process.stderr.write('It goes on in Hearth; stop it there.\n');
    return code;
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    return exit.interrupted;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await close();
  }
}

async function follow(api: Api, taskId: string, signal: AbortSignal): Promise<number> {
  let line = '';
  for await (const update of api.tasks.watch({}, { signal })) {
    const tasks = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    const task = tasks.find(({ id }) => id === taskId);
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
  throw new ProblemError({ code: 'hearth-ended', title: 'Hearth ended meanwhile', detail: 'What is done is kept.', fix: 'Give the same command again: it goes on.' }); // prettier-ignore
}

/** An export or import of the same file that was cut goes on. */
async function unfinished(
  api: Api,
  kind: 'export' | 'import',
  machine: string,
  file: string,
): Promise<string | undefined> {
  // prettier-ignore
  const all = await api.transfer.unfinished({});
  return all.find((each) => each.kind === kind && each.machine === machine && each.file === file)?.id;
}

export const exportCommand: Command = {
  usage: `Usage: hearth export NAME FILE [--no-cloud-init] [--namespace NS] [--data-dir DIR]

Writes a machine with its disks into one file.

  --no-cloud-init  leave cloud-init's data out: it may hold passwords
${common}`,
  async run(args) {
    const [name, file, ...rest] = args;
    if (!name || !file || name.startsWith('-') || file.startsWith('-'))
      throw new UsageError('give a machine and a file');
    const values = readOptions(rest, {
      'no-cloud-init': { type: 'boolean', default: false },
      namespace: { type: 'string', default: 'default' },
      'data-dir': { type: 'string' },
    });
    const path = resolve(file);
    return withHearth(values['data-dir'], async (api) => {
      const id = await unfinished(api, 'export', name, path);
      if (id !== undefined) return api.transfer.resume({ id });
      return api.transfer.export({ namespace: values.namespace, name, path, secrets: !values['no-cloud-init'] });
    });
  },
};

export const importCommand: Command = {
  usage: `Usage: hearth import FILE [--name NAME] [--same] [--start] [--namespace NS] [--data-dir DIR]

Makes a machine of a file that \`hearth export\` or the page wrote.

  --name NAME     another name (default: its own, or the first free one like it)
  --same          keep MAC addresses, firmware uuid and serial
  --start         start it
${common}`,
  async run(args) {
    const [file, ...rest] = args;
    if (!file || file.startsWith('-')) throw new UsageError('give a file');
    const values = readOptions(rest, {
      name: { type: 'string' },
      same: { type: 'boolean', default: false },
      start: { type: 'boolean', default: false },
      namespace: { type: 'string', default: 'default' },
      'data-dir': { type: 'string' },
    });
    const source = { path: resolve(file) };
    const { namespace } = values;
    return withHearth(values['data-dir'], async (api) => {
      const all = await api.transfer.unfinished({});
      const cut = all.find((each) => each.kind === 'import' && each.file === source.path && (!values.name || each.machine === values.name)); // prettier-ignore
      if (cut) return api.transfer.resume({ id: cut.id });
      const name = values.name ?? (await api.transfer.preview({ source, namespace })).freeName;
      process.stderr.write(`As ${name}\n`);
      return api.transfer.import({ source, namespace, name, identity: values.same ? 'same' : 'new', start: values.start }); // prettier-ignore
    });
  },
};
