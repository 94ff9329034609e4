import { setTimeout as wait } from 'node:timers/promises';
import type { Api } from '../contract/contract.ts';
import { monotonic } from '../contract/monotonic.ts';
import { ProblemError } from '../contract/problem.ts';
import type { MoveMachine, MovePlan } from '../contract/transfer-moves.ts';
import { exitText, readOptions, UsageError } from './command.ts';
import type { Command } from './command.ts';
import { withHearth } from './transfer.ts';

/** Milliseconds that a guest has to shut down. */
const patience = 180_000;

/** "default/lan=default/other" */
function networkOf(text: string, namespace: string): [string, string] {
  const [from = '', to = '', more] = text.split('=');
  if (!from || more !== undefined || !/^(pod|none|[a-z0-9.-]+\/[a-z0-9.-]+)$/.test(to))
    throw new UsageError(`--network takes HERE=pod, HERE=none or HERE=NAMESPACE/NAME, not "${text}"`);
  return [from.includes('/') ? from : `${namespace}/${from}`, to];
}

/** By id, else by its name when that is of one alone. Throws a Problem for one that is not there or does not answer. */
async function destination(api: Api, text: string): Promise<string> {
  const all = await api.transfer.destinations({});
  const byId = all.filter(({ id }) => id === text);
  const found = byId.length > 0 ? byId : all.filter(({ name }) => name === text);
  const [one] = found;
  const names = all.map(({ name }) => name).join(', ') || 'none';
  if (!one) throw new ProblemError({ code: 'target-not-found', title: `There is no other target "${text}"`, detail: `Others that Hearth knows: ${names}.`, fix: 'hearth target list shows all; hearth target add adds one.' }); // prettier-ignore
  if (found.length > 1) throw new UsageError(`"${text}" names several: say the id`);
  if (one.why !== undefined) throw new ProblemError({ code: 'target-unreachable', title: `${one.name} cannot be reached`, detail: one.why, fix: 'Check that it is on, then try again.' }); // prettier-ignore
  return one.id;
}

/** Pure. */
export function planText({ disks, changes, left, blocked, networks }: MovePlan): string {
  const part = (title: string, lines: readonly string[]): string[] => (lines.length > 0 ? [title, ...lines.map((line) => `  ${line}`)] : []); // prettier-ignore
  return [
    ...part('Disks', disks.map(({ name, size }) => `${name}, ${(size / 2 ** 30).toFixed(1)} GiB`)),
    ...part('Networks', networks.map(({ network, to }) => `${network} -> ${to ?? 'nowhere yet: say --network'}`)),
    ...part('What will be different', changes),
    ...part('What stays behind', left),
    ...part('In the way', blocked.map(({ reason, remedy }) => `${reason} ${remedy}`)),
    '',
  ].join('\n'); // prettier-ignore
}

async function shutDown(api: Api, input: Pick<MoveMachine, 'namespace' | 'name' | 'to'>): Promise<void> {
  const { namespace, name } = input;
  process.stderr.write(`Shutting ${name} down\n`);
  await api.machines.act({ namespace, name, action: 'stop' });
  const until = monotonic() + patience;
  while ((await api.transfer.planMove(input)).running) {
    if (monotonic() > until)
      throw new ProblemError({ code: 'machine-runs', title: 'The machine has to be off', detail: `${name} did not shut down within three minutes.`, fix: 'Shut it down from inside, or turn it off.' }); // prettier-ignore
    await wait(1000);
  }
}

export const moveCommand: Command = {
  usage: `Usage: hearth move MACHINE --to TARGET [--copy] [--name NAME] [--network HERE=THERE ...] [--storage-class CLASS]
                   [--shut-down] [--start] [--dry-run] [--namespace NS] [--data-dir DIR]

Brings a machine of the current target with its disks to another one. When the copy there is whole and nobody touched the
machine meanwhile, the old one goes to the bin of its target.

  --to TARGET           where to, by its name or id (hearth target list)
  --copy                the old one stays, and the copy is a new machine
  --name NAME           another name there
  --network HERE=THERE  a card on its network HERE leads there to pod (the machine's own), NAMESPACE/NAME or none; networks of
                        the same name need nothing
  --storage-class CLASS for its disks there (default: that target's own choice)
  --shut-down           shut it down first, if it is on
  --start               start it there
  --dry-run             only say what would be different, what stays behind and what is in the way
  --namespace NS        the machine's namespace (default: default)
  --data-dir DIR        where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

A Hearth that runs on the same data does the work (and its pages show it); else the command does it by itself. Cut off,
the same command goes on. Until the old one is in the bin, giving up leaves everything as it was.

${exitText}
`,
  async run(args) {
    const [name, ...rest] = args;
    if (!name || name.startsWith('-')) throw new UsageError('give a machine');
    const values = readOptions(rest, {
      to: { type: 'string' },
      copy: { type: 'boolean', default: false },
      name: { type: 'string' },
      network: { type: 'string', multiple: true, default: [] },
      'storage-class': { type: 'string' },
      'shut-down': { type: 'boolean', default: false },
      start: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      namespace: { type: 'string', default: 'default' },
      'data-dir': { type: 'string' },
    });
    const { to: where, namespace, copy: keep, start } = values;
    if (where === undefined) throw new UsageError('say where with --to');
    const networks = Object.fromEntries(values.network.map((each) => networkOf(each, namespace)));
    return withHearth(values['data-dir'], async (api) => {
      const cut = (await api.transfer.unfinished({})).find((each) => each.kind === (keep ? 'copy' : 'move') && each.machine === name); // prettier-ignore
      if (cut && !values['dry-run']) {
        process.stderr.write(`Going on to ${cut.file}\n`);
        return api.transfer.resume({ id: cut.id });
      }
      const to = await destination(api, where);
      const input = {
        namespace, name, to, keep, start, networks,
        ...(values.name !== undefined && { newName: values.name }),
        ...(values['storage-class'] !== undefined && { storageClass: values['storage-class'] }),
      }; // prettier-ignore
      let plan = await api.transfer.planMove(input);
      if (plan.running && values['shut-down'] && !values['dry-run']) {
        await shutDown(api, input);
        plan = await api.transfer.planMove(input);
      }
      (values['dry-run'] ? process.stdout : process.stderr).write(planText(plan));
      return values['dry-run'] ? undefined : api.transfer.move(input);
    });
  },
};
