import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { allowed } from '../../../main/backend/access/allowed.ts';
import { openOwners } from '../../../main/backend/access/owners.ts';
import type { Owners } from '../../../main/backend/access/owners.ts';
import { acting } from '../../../main/backend/target/acting.ts';
import type { Role } from '../../../main/contract/roles.ts';
import { contract } from '../../../main/contract/contract.ts';
import type { ContractHandlers } from '../../../main/contract/contract.ts';
import { permissions } from '../../../main/contract/permission-rows.ts';
import type { PermissionId } from '../../../main/contract/permission-rows.ts';
import { mayAtAll, ownOnly } from '../../../main/contract/permissions.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Router } from '../../../main/contract/procedure.ts';
import { silentLog } from '../../support/boxes/silent-log.ts';

const folder = await mkdtemp(join(tmpdir(), 'hearth-allowed-'));
afterAll(() => rm(folder, { recursive: true }));

let done: string[] = [];
/** Labs that run. */
const running = new Set<string>();
/** Answers of calls, where a test needs one. */
let answers: Record<string, unknown> = {};
/** Handlers that only say that they were reached. */
function stand(router: Router, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(router).map(([name, node]) => {
      const path = prefix + name;
      const { type } = node as { type?: unknown };
      if (typeof type !== 'string') return [name, stand(node as Router, `${path}.`)];
      if (type === 'stream')
        return [name, async function* (input: { lab?: string }) {
          done.push(path);
          if (path === 'recordings.watch') yield { type: 'snapshot', items: [{ name: 'mine' }, { name: 'theirs' }] };
          else if (path === 'hardware.watch') for (let n = 0; n < 3; n += 1) yield n;
          else if (path === 'labs.run') yield running.has(input.lab ?? '') ? {} : undefined;
          else yield path;
        }]; // prettier-ignore
      return [
        name,
        async (input: { objects?: object[] } | undefined) => {
          acting.getStore()?.review?.((input?.objects ?? []) as never);
          done.push(path);
          return answers[path];
        },
      ];
    }),
  );
}
const all = Object.keys(permissions).filter((id) => !id.includes(':')) as PermissionId[];
let owners: Owners;
let target = 'quick';
let files = 0;
const as = (role: Role | undefined, id = 'me') =>
  allowed(stand(contract) as unknown as ContractHandlers, {
    actor: () => (role === undefined ? undefined : { id, name: id, role }),
    owners,
    target: () => target,
    admission: () => ({}),
  });
const context = { signal: new AbortController().signal };
/** What came of a call: the code of the refusal, or `done`. */
async function ask(handlers: ContractHandlers, path: string, input: unknown = {}): Promise<string> {
  done = [];
  const [domain = '', name = ''] = path.split('.');
  const handler = (handlers as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>)[domain]?.[
    name
  ];
  try {
    const result = handler?.(input, context);
    if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result)
      for await (const _ of result as AsyncIterable<unknown>) break;
    else await result;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    // Nothing of it was begun.
    return done.includes(path) ? `done, and ${error.problem.code}` : error.problem.code;
  }
  return done.includes(path) ? 'done' : 'nothing';
}
beforeEach(async () => {
  files += 1;
  owners = await openOwners(join(folder, `owners-${files}.json`), silentLog);
  running.clear();
  answers = {};
  target = 'quick';
});

describe.each(['admin', 'operator', 'student'] as const)('%s', (role) => {
  test('reaches what the permissions say, and nothing else, procedure by procedure', async () => {
    const handlers = as(role);
    // A machine, a lab, a recording and a task of somebody else.
    await owners.set('lab quick/other', 'other');
    await owners.set('recording theirs', 'other');
    running.add('other');
    const input = { namespace: 'lab-other', lab: 'other', name: 'theirs', id: 't', machines: [{ namespace: 'lab-other', name: 'm' }], cure: { type: 'eject' }, image: { namespace: 'hearth-images' }, network: 'pod', source: {} }; // prettier-ignore
    const wrong: string[] = [];
    for (const path of all) {
      const expected = ownOnly(role, path) && path !== 'recordings.watch' ? 'not-your-own' : mayAtAll(role, path) ? 'done' : 'role-refused'; // prettier-ignore
      const got = await ask(handlers, path, input);
      if (got !== expected) wrong.push(`${path}: ${got} instead of ${expected}`);
    }
    expect(wrong).toEqual([]);
  });
});

test('whoever sits at the computer may everything', async () => {
  const handlers = as(undefined);
  for (const path of all) expect([path, await ask(handlers, path)]).toEqual([path, 'done']);
});

describe('a student', () => {
  test('starts a lab that nobody has, and it is theirs until it ends', async () => {
    const [ada, bob] = [as('student', 'ada'), as('student', 'bob')];
    expect(await ask(ada, 'labs.next', { lab: 'first' })).toBe('not-your-own');
    expect(await ask(ada, 'labs.start', { lab: 'first' })).toBe('done');
    running.add('first');
    for (const [path, input] of [
      ['labs.next', { lab: 'first' }],
      ['labs.rewind', { lab: 'first' }],
      ['consoles.serial', { namespace: 'lab-first', name: 'web' }],
      ['consoles.pictures', { machines: [{ namespace: 'lab-first', name: 'web' }] }],
      ['machines.act', { namespace: 'lab-first', name: 'web', action: 'stop' }],
      ['machines.detail', { namespace: 'lab-first', name: 'web' }],
      ['snapshots.take', { namespace: 'lab-first', name: 'web' }],
      ['recordings.start', { machines: [{ namespace: 'lab-first', name: 'web' }] }],
    ] as const) {
      expect([path, await ask(ada, path, input)]).toEqual([path, 'done']);
      expect([path, await ask(bob, path, input)]).toEqual([path, 'not-your-own']);
    }
    expect(await ask(bob, 'labs.start', { lab: 'first' })).toBe('not-your-own');
    expect(await ask(bob, 'labs.end', { lab: 'first' })).toBe('not-your-own');
    // Another target has other machines under the same names.
    target = 'cluster';
    expect(await ask(ada, 'consoles.serial', { namespace: 'lab-first', name: 'web' })).toBe('not-your-own');
    target = 'quick';
    expect(await ask(ada, 'labs.end', { lab: 'first' })).toBe('done');
    running.clear();
    expect(await ask(ada, 'consoles.serial', { namespace: 'lab-first', name: 'web' })).toBe('not-your-own');
    expect(await ask(bob, 'labs.start', { lab: 'first' })).toBe('done');
  });

  test('cannot take a lab over that runs, and can one that was taken away behind Hearth’s back', async () => {
    expect(await ask(as('operator', 'op'), 'labs.start', { lab: 'a' })).toBe('done');
    running.add('a');
    expect(await ask(as('student', 'ada'), 'labs.start', { lab: 'a' })).toBe('not-your-own');
    running.clear();
    expect(await ask(as('student', 'ada'), 'labs.start', { lab: 'a' })).toBe('done');
    // An operator who goes on with it does not take it away.
    running.add('a');
    expect(await ask(as('operator', 'op'), 'labs.start', { lab: 'a' })).toBe('done');
    expect(owners.of('lab quick/a')).toBe('ada');
  });

  test('of two who start the same lab at once one has it', async () => {
    const results = await Promise.all(['ada', 'bob', 'cyd'].map(async (id) => {
      try {
        await as('student', id).labs.start({ lab: 'race' }, context);
        return 'done';
      } catch (error) {
        return (error as ProblemError).problem.code;
      }
    })); // prettier-ignore
    expect(results).toEqual(['done', 'not-your-own', 'not-your-own']);
    expect(owners.of('lab quick/race')).toBe('ada');
    // What runs and nobody is remembered for is not theirs who start it once more.
    running.add('old');
    expect(await ask(as('student', 'ada'), 'labs.start', { lab: 'old' })).toBe('not-your-own');
    expect(await ask(as('operator', 'op'), 'labs.start', { lab: 'old' })).toBe('done');
    expect(owners.of('lab quick/old')).toBeUndefined();
  });

  test('sees, plays and deletes recordings of one’s own only', async () => {
    const ada = as('student', 'ada');
    await owners.set('lab quick/first', 'ada');
    answers = { 'recordings.start': { name: 'mine' } };
    expect(await ask(ada, 'recordings.start', { machines: [{ namespace: 'lab-first', name: 'm' }] })).toBe('done');
    expect(await ask(ada, 'recordings.start', { machines: [{ namespace: 'lab-first', name: 'm' }, { namespace: 'default', name: 'm' }] })).toBe('not-your-own'); // prettier-ignore
    for await (const update of ada.recordings.watch({}, context)) {
      expect(update).toEqual({ type: 'snapshot', items: [{ name: 'mine' }] });
      break;
    }
    expect(await ask(ada, 'recordings.look', { name: 'theirs' })).toBe('not-your-own');
    expect(await ask(as('operator', 'op'), 'recordings.rename', { name: 'mine', to: 'renamed' })).toBe('done');
    expect(await ask(ada, 'recordings.remove', { name: 'renamed' })).toBe('done');
    expect(owners.by('ada')).toEqual(['lab quick/first']);
  });

  test('stops tasks that one began', async () => {
    await owners.set('lab quick/first', 'ada');
    answers = { 'snapshots.take': { taskId: 'task-1' } };
    expect(await ask(as('student', 'ada'), 'snapshots.take', { namespace: 'lab-first', name: 'm' })).toBe('done');
    expect(await ask(as('student', 'bob'), 'tasks.cancel', { id: 'task-1' })).toBe('not-your-own');
    expect(await ask(as('student', 'ada'), 'tasks.cancel', { id: 'task-1' })).toBe('done');
  });
});

test('a stream of one’s own ends as soon as it is somebody else’s', async () => {
  await owners.set('lab quick/first', 'ada');
  const seen: unknown[] = [];
  for await (const item of as('student', 'ada').hardware.watch({ namespace: 'lab-first', name: 'm' }, context)) {
    seen.push(item);
    // Ended, and begun by somebody else.
    if (seen.length === 2) await owners.set('lab quick/first', 'bob');
  }
  expect(seen).toEqual([0, 1]);
});

test('a template whose objects reach the computer once filled in is refused to operators before anything is made', async () => {
  const objects = [{ kind: 'DaemonSet', metadata: { name: 'd' } }];
  expect(await ask(as('operator'), 'templates.create', { objects })).toBe('role-refused');
  expect(await ask(as('admin'), 'templates.create', { objects })).toBe('done');
  expect(await ask(as('operator'), 'templates.create', { objects: [{ kind: 'VirtualMachine', metadata: { name: 'v' } }] })).toBe('done'); // prettier-ignore
});

test('a new role counts from the next call on, and a session that is over ends all', async () => {
  let role: Role | undefined = 'admin';
  const handlers = allowed(stand(contract) as unknown as ContractHandlers, {
    actor: () => {
      if (!role) throw new ProblemError({ code: 'signed-out', title: 'out', detail: 'out' });
      return { id: 'x', name: 'x', role };
    },
    owners,
    target: () => target,
    admission: () => ({}),
  });
  expect(await ask(handlers, 'settings.update')).toBe('done');
  role = 'student';
  expect(await ask(handlers, 'settings.update')).toBe('role-refused');
  role = undefined;
  for (const path of all) expect([path, await ask(handlers, path)]).toEqual([path, 'signed-out']);
});
