import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import { defaultDataDir } from '../../backend/paths.ts';
import type { BackupPlaceRow } from '../../contract/backups.ts';
import type { Api } from '../../contract/contract.ts';
import { secret } from '../appliance/ask.ts';
import { exit, exitText, readOptionsAndNames, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { followTask, interruptible, workingHearth } from '../working.ts';
import { checkedPassword, keepOf, placeLine, placeNamed, placeOf, pointLine, pointNamed, rhythmOf } from './words.ts';

const options = {
  'key-id': { type: 'string' },
  existing: { type: 'boolean', default: false },
  hours: { type: 'string' },
  daily: { type: 'string' },
  weekly: { type: 'string' },
  'keep-last': { type: 'string' },
  'keep-daily': { type: 'string' },
  'keep-weekly': { type: 'string' },
  'keep-monthly': { type: 'string' },
  as: { type: 'string' },
  at: { type: 'string' },
  new: { type: 'boolean', default: false },
  start: { type: 'boolean', default: false },
  percent: { type: 'string', default: '10' },
  namespace: { type: 'string', default: 'default' },
  json: { type: 'boolean', default: false },
  'data-dir': { type: 'string' },
} as const;
type Values = ReturnType<typeof readOptionsAndNames<typeof options>>['values'];

export const backupsCommand: Command = {
  usage: `Usage: hearth backups places
       hearth backups add NAME WHERE [--key-id ID] [--existing]
       hearth backups run NAME [MACHINES]
       hearth backups plan NAME (--hours N | --daily HH:MM | --weekly DAY@HH:MM) [--keep-... N] [MACHINES]
       hearth backups no-plan NAME
       hearth backups list NAME
       hearth backups restore NAME MACHINE|POINT [--as NEW] [--at TIME] [--new] [--start]
       hearth backups restore-settings NAME POINT
       hearth backups remove NAME POINTS
       hearth backups verify NAME [--percent N]
       hearth backups unlock NAME
       hearth backups forget NAME

Machines with their disks, encrypted, at a place outside of this computer; only what is new is sent. (\`hearth backup\` keeps an
appliance's datastore instead.) NAME is a place's. WHERE is a folder (a NAS where it is mounted, a disk) or
s3:https://SERVER/BUCKET[/FOLDER]. Without MACHINES: those of the plan, else all of the current target.

  --key-id ID         of an S3 server
  --existing          only where backups are already: nothing is made
  --hours N, --daily HH:MM, --weekly D@HH:MM   when it runs by itself, while Hearth does; D is sun, mon, tue, wed, thu, fri or sat
  --keep-last N, --keep-daily N, --keep-weekly N, --keep-monthly N
                      points of each machine that stay (default: 7 days, 4 weeks, 6 months); those made by hand stay
  --as NEW            another name
  --at TIME           the latest at or before it, as 2026-03-01T04:00:00Z
  --new               a machine of its own beside the old one: other MAC addresses, other identity
  --start             start it
  --percent N         how much of the data is read and checked (default: 10)
  --namespace NS      the machines' namespace (default: default)
  --json              JSON on stdout (places, list)
  --data-dir DIR      where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

The password of a place, and an S3 server's secret key, are typed at the terminal, without being shown; without a terminal they
are the first and the second line of stdin. They are never options. Nobody reads the backups without the password: keep it
where this computer is not.

${exitText} A place whose last run failed: 1.
`,
  async run([verb = '', ...args]) {
    const found = verbs[verb];
    if (!found) throw new UsageError(`"${verb}" is none of ${Object.keys(verbs).join(', ')}`);
    const { values, names } = readOptionsAndNames(args, options);
    const [least, most] = found.names;
    if (names.length < least || names.length > most) throw new UsageError(`${verb} takes ${least === most ? least : `at least ${least}`} name(s)`); // prettier-ignore
    const { api, running, close } = await workingHearth(values['data-dir'] ?? defaultDataDir());
    try {
      return await interruptible(
        async (signal) => {
          for await (const target of api.target.watch({}, { signal })) if (target.state === 'ready') break;
          if (signal.aborted) return exit.interrupted;
          return found.run({ api, values, names, signal });
        },
        running ? 'It goes on in Hearth; stop it there.' : undefined,
      );
    } finally {
      await close();
    }
  },
};

interface Asked {
  api: Api;
  values: Values;
  names: string[];
  signal: AbortSignal;
}
interface Verb {
  /** At least and at most so many. */
  names: readonly [number, number];
  run(asked: Asked): Promise<number>;
}

async function placesOf({ api, signal }: Asked): Promise<BackupPlaceRow[]> {
  for await (const { places } of api.backups.watch({}, { signal })) return places;
  return [];
}
const placeIn = async (asked: Asked): Promise<BackupPlaceRow> =>
  placeNamed(await placesOf(asked), asked.names[0] ?? '');
const machinesIn = ({ names, values }: Asked) => names.slice(1).map((name) => ({ namespace: values.namespace, name }));
const follow = ({ api, signal }: Asked, { taskId }: { taskId: string }): Promise<number> =>
  followTask(api, taskId, signal, { detail: 'What was whole stays.', fix: 'Give the same command again.' });

const verbs: Record<string, Verb> = {
  places: {
    names: [0, 0],
    async run(asked) {
      const places = await placesOf(asked);
      if (asked.values.json) process.stdout.write(`${JSON.stringify(places)}\n`);
      else for (const place of places) process.stdout.write(`${placeLine(place)}\n`);
      return places.some(({ last }) => (last?.failed.length ?? 0) > 0) ? exit.failed : exit.ok;
    },
  },
  add: {
    names: [2, 2],
    async run({ api, values, names }) {
      const [name = '', where = ''] = names;
      const place = placeOf(where.startsWith('s3:') ? where : resolve(where), values['key-id']);
      const { password, secretKey } = await secrets(name, place.type === 's3', values.existing);
      const { made } = await api.backups.addPlace({ name, place, password, create: !values.existing, ...(secretKey !== undefined && { secretKey }) }); // prettier-ignore
      process.stderr.write(made ? `${name} is made. Keep its password where this computer is not.\n` : `${name} holds backups already: they can be restored.\n`); // prettier-ignore
      return exit.ok;
    },
  },
  run: {
    names: [1, 500],
    async run(asked) {
      const { id } = await placeIn(asked);
      const machines = machinesIn(asked);
      return follow(asked, await asked.api.backups.run({ placeId: id, ...(machines.length > 0 && { machines }) }));
    },
  },
  plan: {
    names: [1, 500],
    async run(asked) {
      const { api, values, signal } = asked;
      const { id } = await placeIn(asked);
      const machines = machinesIn(asked);
      let target = '';
      for await (const now of api.target.watch({}, { signal })) {
        target = now.id;
        break;
      }
      const keep = keepOf({ last: values['keep-last'], daily: values['keep-daily'], weekly: values['keep-weekly'], monthly: values['keep-monthly'] }); // prettier-ignore
      await api.backups.setPlan({ placeId: id, plan: { rhythm: rhythmOf(values), keep, target, machines: machines.length > 0 ? machines : 'all' } }); // prettier-ignore
      process.stderr.write(`${placeLine(await placeIn(asked))}\n`);
      return exit.ok;
    },
  },
  'no-plan': {
    names: [1, 1],
    async run(asked) {
      await asked.api.backups.setPlan({ placeId: (await placeIn(asked)).id, plan: null });
      return exit.ok;
    },
  },
  list: {
    names: [1, 1],
    async run(asked) {
      const points = await asked.api.backups.getPoints({ placeId: (await placeIn(asked)).id });
      if (asked.values.json) process.stdout.write(`${JSON.stringify(points)}\n`);
      else for (const point of points) process.stdout.write(`${pointLine(point)}\n`);
      return exit.ok;
    },
  },
  restore: {
    names: [2, 2],
    async run(asked) {
      const { api, values, names } = asked;
      const { id: placeId } = await placeIn(asked);
      const point = pointNamed(await api.backups.getPoints({ placeId }), names[1] ?? '', values.namespace, values.at);
      if (point.kind === 'settings') throw new UsageError('that is no machine: use restore-settings');
      const { namespace } = point;
      return follow(asked, await api.backups.restore({ placeId, point: point.id, namespace, name: values.as ?? point.name, identity: values.new ? 'new' : 'same', start: values.start })); // prettier-ignore
    },
  },
  'restore-settings': {
    names: [2, 2],
    async run(asked) {
      const { id: placeId } = await placeIn(asked);
      const points = await asked.api.backups.getPoints({ placeId });
      const point = pointNamed(points, asked.names[1] ?? '', asked.values.namespace, undefined);
      const { done } = await asked.api.backups.restoreSettings({ placeId, point: point.id });
      process.stderr.write(`${done.join('\n')}\n`);
      return exit.ok;
    },
  },
  remove: {
    names: [2, 500],
    async run(asked) {
      const { id: placeId } = await placeIn(asked);
      const all = await asked.api.backups.getPoints({ placeId });
      const points = asked.names.slice(1).map((name) => {
        const found = all.filter(({ id }) => name.length >= 6 && id.startsWith(name));
        if (found.length !== 1) throw new UsageError(`there is no point ${name}`);
        return found[0]?.id ?? '';
      });
      return follow(asked, await asked.api.backups.removePoints({ placeId, points }));
    },
  },
  verify: {
    names: [1, 1],
    async run(asked) {
      const percent = Number(asked.values.percent);
      if (!Number.isInteger(percent) || percent < 1 || percent > 100) throw new UsageError('--percent is 1 to 100');
      return follow(asked, await asked.api.backups.verify({ placeId: (await placeIn(asked)).id, percent }));
    },
  },
  unlock: {
    names: [1, 1],
    async run(asked) {
      await asked.api.backups.unlock({ placeId: (await placeIn(asked)).id });
      return exit.ok;
    },
  },
  forget: {
    names: [1, 1],
    async run(asked) {
      await asked.api.backups.removePlace({ placeId: (await placeIn(asked)).id });
      process.stderr.write('Hearth forgot it; what lies there stays.\n');
      return exit.ok;
    },
  },
};

/** From the terminal, or the first lines of stdin. Throws UsageError. */
async function secrets(name: string, withKey: boolean, existing: boolean): Promise<{ password: string; secretKey?: string }> {
  if (process.stdin.isTTY) {
    const password = checkedPassword(await secret(`Password of ${name}: `));
    if (!existing && (await secret('The same again: ')) !== password) throw new UsageError('the two passwords are different');
    return { password, ...(withKey && { secretKey: await secret('Secret key of the S3 server: ') }) };
  }
  const given: string[] = [];
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) if (given.push(line) === (withKey ? 2 : 1)) break;
  lines.close();
  const [password = '', secretKey] = given;
  if (withKey && !secretKey) throw new UsageError('stdin has to give the password, and the secret key in its second line');
  return { password: checkedPassword(password), ...(withKey && secretKey !== undefined && { secretKey }) };
} // prettier-ignore
