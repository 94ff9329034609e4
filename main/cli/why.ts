import { join } from 'node:path';
import type { MachineDetail } from '../contract/machine.ts';
import type { Cure } from '../contract/why.ts';
import { createLog } from '../backend/log.ts';
import { watchDetail } from '../backend/machines/watch-detail.ts';
import { dataPaths, defaultDataDir, privateFolder } from '../backend/paths.ts';
import { openTarget } from '../backend/target/target.ts';
import { openRegistry } from '../backend/targets/registry.ts';
import { exit, exitText, readOptions, UsageError } from './command.ts';
import type { Command } from './command.ts';

/** Milliseconds in which what is looked up has to come; then it is said with what is known. */
const patience = 2000;

export const whyCommand: Command = {
  usage: `Usage: hearth why NAME [--namespace NS] [--json] [--data-dir DIR]

Says why a machine of the current target is not as it was asked to be, down to the cause, and what would cure it.

  --namespace NS  where it is (default: default)
  --json          JSON on stdout
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText} The machine is not as asked: 1.
`,
  async run([name, ...args]) {
    if (name === undefined || name.startsWith('-')) throw new UsageError('it takes the name of a machine');
    const values = readOptions(args, {
      namespace: { type: 'string', default: 'default' },
      json: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
    });
    const paths = dataPaths(values['data-dir'] ?? defaultDataDir());
    for (const folder of [paths.root, paths.logs]) await privateFolder(folder);
    const log = createLog({ path: join(paths.logs, 'hearth-cli.log'), quiet: true });
    const registry = await openRegistry({ file: paths.targets, log });
    try {
      const entry = registry.entries.find(({ id }) => id === registry.currentId);
      if (!entry) throw new UsageError('there is no current target');
      const target = await openTarget({ ...entry, log });
      try {
        const detail = await look(target, { namespace: values.namespace, name }, log);
        process.stdout.write(values.json ? `${JSON.stringify(detail.why)}\n` : inWords(detail));
        return detail.why.some(({ tone }) => tone === 'problem' || tone === 'warning') ? exit.failed : exit.ok;
      } finally {
        target.close();
      }
    } finally {
      registry.close();
      log.close();
    }
  },
};

/** The last of what comes until nothing is loading any more, or patience ends. Throws `machine-not-found`. */
async function look(
  target: Awaited<ReturnType<typeof openTarget>>,
  ref: { namespace: string; name: string },
  log: ReturnType<typeof createLog>,
): Promise<MachineDetail> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  let last: MachineDetail | undefined;
  try {
    const samples = { use: () => () => undefined, latest: () => undefined };
    for await (const detail of watchDetail(target, samples, ref, {}, log, stop.signal)) last = detail;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  if (!last) throw new UsageError('the target does not answer');
  return last;
}

const how = ({ label, action, detail }: Cure): string =>
  action.type === 'commands' ? action.commands.join('; ') : `${label}${detail ? `: ${detail}` : ''}`;

function inWords({ row, why }: MachineDetail): string {
  if (why.length === 0) return `${row.name} is as it was asked to be: ${row.status}.\n`;
  return why
    .map(({ title, cause, steps, cures }) => {
      const chain = steps.map(({ object, says }, at) => `${'  '.repeat(at + 1)}${object}: ${says}\n`).join('');
      const ways = cures.filter(({ action }) => action.type !== 'page').map((cure) => `  * ${how(cure)}\n`);
      return `${title} (${cause})\n${chain}${ways.length > 0 ? `  What helps:\n${ways.join('')}` : ''}`;
    })
    .join('\n');
}
