import { defaultDataDir } from '../backend/paths.ts';
import type { Api } from '../contract/contract.ts';
import type { MachineRow } from '../contract/machine.ts';
import type { ObjectRef } from '../contract/machine-ref.ts';
import { parseLabel, tidyFolder } from '../contract/organise-rules.ts';
import { asProblem } from '../contract/problem.ts';
import { scheduleSchema } from '../contract/snapshot-schedule.ts';
import type { Rhythm, Schedule, ScheduleView } from '../contract/snapshot-schedule.ts';
import { exit, exitText, readOptionsAndNames, UsageError } from './command.ts';
import type { Command } from './command.ts';
import { interruptible, workingHearth } from './working.ts';

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

export const scheduleCommand: Command = {
  usage: `Usage: hearth schedule list [MACHINES]
       hearth schedule set MACHINES (--hours N | --daily HH:MM | --weekly DAY@HH:MM) [--keep N]
       hearth schedule end MACHINES

Snapshots of machines of the current target that are taken by themselves while Hearth runs. MACHINES are names, or all in a
folder or with a label as they are now:

  --folder PATH    machines in this folder and those below it
  --label K[=V]    machines with this label
  --namespace NS   where they are (default: default)

  --hours N        every N hours (1 to 168), counted from now
  --daily HH:MM    each day, by the clock of this computer
  --weekly D@HH:MM each week; D is sun, mon, tue, wed, thu, fri or sat
  --keep N         how many of them stay (1 to 100; default: 7); snapshots taken by hand are never deleted
  --json           JSON on stdout (list)
  --data-dir DIR   where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText} A machine whose last run failed: 1.
`,
  async run([verb = '', ...args]) {
    if (!['list', 'set', 'end'].includes(verb)) throw new UsageError(`"${verb}" is none of list, set, end`);
    const { values, names } = readOptionsAndNames(args, {
      folder: { type: 'string' },
      label: { type: 'string' },
      namespace: { type: 'string', default: 'default' },
      hours: { type: 'string' },
      daily: { type: 'string' },
      weekly: { type: 'string' },
      keep: { type: 'string', default: '7' },
      json: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
    });
    const schedule = verb === 'set' ? scheduleOf(values) : null;
    const named = names.length > 0 || values.folder !== undefined || values.label !== undefined;
    if (verb !== 'list' && !named) throw new UsageError('name machines, or give --folder or --label');
    const { api, close } = await workingHearth(values['data-dir'] ?? defaultDataDir());
    try {
      return await interruptible(async (signal) => {
        for await (const target of api.target.watch({}, { signal })) if (target.state === 'ready') break;
        if (signal.aborted) return exit.interrupted;
        const found = await chosen(api, { ...values, names }, signal);
        return verb === 'list' ? list(api, found, values.json, signal) : change(api, found, schedule);
      }, undefined);
    } finally {
      await close();
    }
  },
};

/** Throws UsageError for anything but one rhythm and a number of snapshots. Pure. */
export function scheduleOf(values: {
  hours?: string | undefined;
  daily?: string | undefined;
  weekly?: string | undefined;
  keep: string;
}): Schedule {
  const given = [values.hours, values.daily, values.weekly].filter((each) => each !== undefined);
  if (given.length !== 1) throw new UsageError('give one of --hours, --daily and --weekly');
  const [day = '', at = ''] = (values.weekly ?? '').split('@');
  const rhythm: Rhythm =
    values.hours !== undefined
      ? { every: 'hours', hours: Number(values.hours) }
      : values.daily !== undefined
        ? { every: 'day', at: values.daily }
        : { every: 'week', day: days.indexOf(day.toLowerCase()), at };
  const read = scheduleSchema.safeParse({ rhythm, keep: Number(values.keep) });
  if (!read.success)
    throw new UsageError(`"${given[0]}", keeping ${values.keep}, is no schedule: see the ranges below`);
  return read.data;
}

async function chosen(
  api: Api,
  by: { names: string[]; namespace: string; folder?: string | undefined; label?: string | undefined },
  signal: AbortSignal,
): Promise<ObjectRef[]> {
  const wanted = by.names.map((name): ObjectRef => ({ namespace: by.namespace, name }));
  if (wanted.length > 0 && by.folder === undefined && by.label === undefined) return wanted;
  for await (const update of api.machines.watch({}, { signal }))
    if (update.type === 'snapshot')
      return [...wanted, ...update.items.filter((row) => row.namespace === by.namespace && fits(row, by)).map(({ namespace, name }) => ({ namespace, name }))]; // prettier-ignore
  return wanted;
}

/** Pure. */
export function fits(
  row: Pick<MachineRow, 'folder' | 'labels'>,
  by: { folder?: string | undefined; label?: string | undefined },
): boolean {
  if (by.folder !== undefined) {
    const folder = tidyFolder(by.folder);
    if (row.folder !== folder && !row.folder?.startsWith(`${folder}/`)) return false;
  }
  if (by.label === undefined) return true;
  const { key, value } = parseLabel(by.label);
  const has = row.labels?.[key];
  return has !== undefined && (!by.label.includes('=') || has === value);
}

async function change(api: Api, machines: readonly ObjectRef[], schedule: Schedule | null): Promise<number> {
  if (machines.length === 0) throw new UsageError('no machine is in that folder or has that label');
  let failed = false;
  for (const ref of machines)
    try {
      await api.snapshots.schedule({ ...ref, schedule });
      process.stderr.write(`${ref.name}: ${schedule ? inWords(schedule) : 'no schedule any more'}\n`);
    } catch (error) {
      failed = true;
      const { title, detail } = asProblem(error);
      process.stderr.write(`${ref.name}: ${title}. ${detail}\n`);
    }
  return failed ? exit.failed : exit.ok;
}

async function list(api: Api, machines: readonly ObjectRef[], json: boolean, signal: AbortSignal): Promise<number> {
  const rows: (ObjectRef & ScheduleView)[] = [];
  for (const ref of machines)
    for await (const { schedule } of api.snapshots.watch(ref, { signal })) {
      if (schedule) rows.push({ ...ref, ...schedule });
      break;
    }
  if (json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else for (const row of rows) process.stdout.write(`${row.name}: ${standing(row)}\n`);
  return rows.some(({ failed, unreadable }) => failed ?? unreadable) ? exit.failed : exit.ok;
}

const inWords = ({ rhythm, keep }: Schedule): string => {
  const when = rhythm.every === 'hours' ? `every ${rhythm.hours} h` : rhythm.every === 'day' ? `each day at ${rhythm.at}` : `each week, ${days[rhythm.day]} at ${rhythm.at}`; // prettier-ignore
  return `${when}, ${keep} stay`;
};

/** Pure. */
export const standing = ({ schedule, next, last, failed, unreadable }: ScheduleView): string =>
  unreadable ??
  [
    ...(schedule ? [inWords(schedule)] : []),
    ...(next === undefined ? [] : [`next ${next}`]),
    ...(last === undefined ? [] : [`last ${last}`]),
    ...(failed ? [`FAILED at ${failed.at}: ${failed.title}: ${failed.detail}`] : []),
  ].join('; ');
