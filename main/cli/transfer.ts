import { resolve } from 'node:path';
import { startBackend } from '../backend/backend.ts';
import { defaultDataDir } from '../backend/paths.ts';
import type { ContractHandlers } from '../contract/contract.ts';
import { ProblemError } from '../contract/problem.ts';
import { exit, exitText, readOptions, UsageError } from './command.ts';
import type { Command } from './command.ts';

const common = `  --namespace NS  the machine's namespace (default: default)
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

It works by itself: Hearth must not run on the same data meanwhile. Cut off, the same command goes on.

${exitText}
`;

/** Runs one piece of work on a backend of its own; Ctrl+C leaves what is done, so that it can go on. */
async function withBackend(
  dataDir: string | undefined,
  work: (api: ContractHandlers) => Promise<{ taskId: string }>,
): Promise<number> {
  // prettier-ignore
  const backend = await startBackend({ dataDir: dataDir ?? defaultDataDir(), quiet: true });
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    if (backend.engineTrouble) throw backend.engineTrouble;
    const api = backend.handlers('desktop');
    for await (const target of api.target.watch({}, { signal: interrupted.signal }))
      if (target.state === 'ready') break;
    const { taskId } = await work(api);
    let line = '';
    for await (const update of api.tasks.watch({}, { signal: interrupted.signal })) {
      const tasks = update.type === 'delta' ? update.upserted : [];
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
    return exit.interrupted;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await backend.close();
  }
}

/** An export or import of the same file that was cut goes on. */
async function unfinished(
  api: ContractHandlers,
  kind: 'export' | 'import',
  machine: string,
  file: string,
): Promise<string | undefined> {
  // prettier-ignore
  const all = await api.transfer.unfinished({}, { signal: AbortSignal.timeout(60_000) });
  return all.find((each) => each.kind === kind && each.machine === machine && each.file === file)?.id;
}
const context = () => ({ signal: AbortSignal.timeout(60_000) });

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
    return withBackend(values['data-dir'], async (api) => {
      const id = await unfinished(api, 'export', name, path);
      if (id !== undefined) return api.transfer.resume({ id }, context());
      return api.transfer.export(
        { namespace: values.namespace, name, path, secrets: !values['no-cloud-init'] },
        context(),
      );
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
    return withBackend(values['data-dir'], async (api) => {
      const all = await api.transfer.unfinished({}, context());
      const cut = all.find((each) => each.kind === 'import' && each.file === source.path && (!values.name || each.machine === values.name)); // prettier-ignore
      if (cut) return api.transfer.resume({ id: cut.id }, context());
      const name = values.name ?? (await api.transfer.preview({ source, namespace }, context())).freeName;
      process.stderr.write(`As ${name}\n`);
      return api.transfer.import({ source, namespace, name, identity: values.same ? 'same' : 'new', start: values.start }, context()); // prettier-ignore
    });
  },
};
