import { join } from 'node:path';
import { openUsersAlone } from '../backend/access/alone.ts';
import { noSuchUser } from '../backend/access/problems.ts';
import { createLog } from '../backend/log.ts';
import { dataPaths, defaultDataDir, privateFolder } from '../backend/paths.ts';
import { accessProcedures } from '../contract/access.ts';
import { roles } from '../contract/roles.ts';
import type { UserRow } from '../contract/access.ts';
import type { Role } from '../contract/roles.ts';
import { connect } from '../contract/connect.ts';
import type { Client } from '../contract/procedure.ts';
import { serve } from '../contract/serve.ts';
import { firstLine, secret } from './appliance/ask.ts';
import { exit, exitText, readOptions, UsageError } from './command.ts';
import type { Command } from './command.ts';
import { portPair, runningHearth } from './working.ts';

export const userCommand: Command = {
  usage: `Usage: hearth user list [--json]
       hearth user add NAME [--role ROLE]
       hearth user password NAME
       hearth user role NAME ROLE
       hearth user remove NAME

The people who sign in over the network (\`hearth serve --lan\`). A Hearth that runs notices the change: another password, another
role and a removed user count at once.

  ROLE             admin: everything; operator: machines, images, networks and labs; student (default): looks, and works in labs
  --json           JSON on stdout
  --data-dir DIR   where Hearth keeps its things (default: $HEARTH_DATA_DIR, else the XDG data folder)

The password is typed at the terminal, without being shown; without a terminal it is the first line of stdin. It is never an
argument: other people of the computer could read it.

${exitText}
`,
  async run(args) {
    const options = args.findIndex((arg) => arg.startsWith('-'));
    const words = options < 0 ? args : args.slice(0, options);
    const values = readOptions(args.slice(words.length), {
      role: { type: 'string' },
      json: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
    });
    const [verb = '', ...names] = words;
    const wanted: Record<string, number> = { list: 0, add: 1, password: 1, role: 2, remove: 1 };
    if (!Object.hasOwn(wanted, verb)) throw new UsageError(`"${verb}" is none of ${Object.keys(wanted).join(', ')}`);
    if (names.length !== wanted[verb]) throw new UsageError(`${verb} takes ${wanted[verb]} word(s)`);
    if (values.role !== undefined && verb !== 'add') throw new UsageError('--role is for add only');
    const [name = '', role = values.role ?? 'student'] = names;
    if (!isRole(role)) throw new UsageError(`"${role}" is none of the roles ${roles.join(', ')}`);
    return withUsers(values['data-dir'] ?? defaultDataDir(), async (api, signal) => {
      if (verb === 'list') {
        list(await rowsOf(api, signal), values.json);
        return exit.ok;
      }
      if (verb === 'add') await api.add({ name, role, password: await newPassword(name) });
      else {
        const row = (await rowsOf(api, signal)).find((each) => same(each.name, name));
        if (!row) throw noSuchUser(name);
        const { id } = row;
        if (verb === 'role') await api.setRole({ id, role });
        else if (verb === 'remove') await api.remove({ id });
        else await api.setPassword({ id, password: await newPassword(row.name) });
      }
      return exit.ok;
    });
  },
};

type UsersApi = Client<typeof accessProcedures>;
const isRole = (text: string): text is Role => (roles as readonly string[]).includes(text);
const same = (one: string, other: string): boolean => one.toLowerCase() === other.trim().toLowerCase();

/** The Hearth that runs on this data directory does it, and writes it into its history; else the files are changed here. */
async function withUsers(
  dataDir: string,
  work: (api: UsersApi, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const over = new AbortController();
  const there = await runningHearth(dataDir);
  if (there)
    try {
      return await work(there.api.access, over.signal);
    } finally {
      over.abort();
      there.close();
    }
  process.umask(0o077);
  const paths = dataPaths(dataDir);
  for (const folder of [paths.root, paths.logs]) await privateFolder(folder);
  const log = createLog({ path: join(paths.logs, 'hearth-cli.log'), quiet: true });
  const users = await openUsersAlone(paths, log);
  const part = { access: accessProcedures };
  const [served, calling] = portPair();
  serve(part, { access: users.handlers }, served);
  const link = connect(part, calling);
  try {
    return await work(link.api.access, over.signal);
  } finally {
    over.abort();
    link.close();
    users.close();
    log.close();
  }
}

async function rowsOf(api: UsersApi, signal: AbortSignal): Promise<UserRow[]> {
  for await (const update of api.users({}, { signal })) if (update.type === 'snapshot') return update.items;
  return [];
}

async function newPassword(name: string): Promise<string> {
  if (!process.stdin.isTTY) return firstLine(`the password of ${name}`);
  const typed = await secret(`New password of ${name}: `);
  if ((await secret('The same again: ')) !== typed) throw new UsageError('the two passwords are different');
  return typed;
}

function list(rows: readonly UserRow[], json: boolean): void {
  const plain = rows.map(({ name, role, createdAt, signedInAt, sessions }) => ({ name, role, createdAt, signedInAt: signedInAt ?? null, sessions })); // prettier-ignore
  process.stdout.write(
    json
      ? `${JSON.stringify(plain)}\n`
      : plain.map((row) => `${row.name}  ${row.role}  ${row.signedInAt ? `signed in ${row.signedInAt}` : 'never signed in'}\n`).join(''),
  ); // prettier-ignore
}
