import { expect, test } from 'vitest';
import { createSignInDoor } from '../../../main/backend/access/sign-in.ts';
import type { User, Users } from '../../../main/backend/access/users.ts';
import type { Sessions } from '../../../main/backend/carrier/sessions.ts';
import { ProblemError } from '../../../main/contract/problem.ts';

const ada = { id: 'ada-1', name: 'ada', role: 'admin', stamp: 's' } as User;
let now = 0;
const door = () =>
  createSignInDoor({
    users: { byName: (name: string) => (name === 'ada' ? ada : undefined), check: async (name: string, password: string) => (name === 'ada' && password === 'right' ? ada : undefined), signedIn: async () => undefined } as unknown as Users,
    sessions: { open: async () => 'secret' } as unknown as Sessions,
    key: Buffer.alloc(32, 7),
    tell: () => undefined,
    now: () => now,
  }); // prettier-ignore
/** `in`, `wrong`, or how long to wait. */
async function enter(
  at: ReturnType<typeof door>,
  address: string,
  name = 'ada',
  password = 'guess',
): Promise<string | number> {
  try {
    await at.enter({ name, password }, { address });
    return 'in';
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.problem.code !== 'too-often') return 'wrong';
    return Number(/(\d+) seconds/.exec(error.problem.detail)?.[1] ?? 1);
  }
}

test('one who has an IPv6 network to guess from is slowed down, and the others of that network wait a minute at most', async () => {
  now = 0;
  const at = door();
  const results: (string | number)[] = [];
  // Each time another address, and another name.
  for (let n = 0; n < 200; n += 1) results.push(await enter(at, `fd00::${(n + 2).toString(16)}`, `name ${n}`));
  expect(results.filter((each) => each === 'wrong').length).toBe(21);
  for (let round = 0; round < 20; round += 1) {
    now += 60_000;
    for (let n = 0; n < 5; n += 1) await enter(at, `fd00::9${round}${n}`, `other ${round}${n}`);
  }
  const wait = await enter(at, 'fd00::1', 'ada', 'right');
  expect(wait).toBe(60);
  now += 60_000;
  expect(await enter(at, 'fd00::1', 'ada', 'right')).toBe('in');
  // The next network, and IPv4, have counts of their own.
  expect(await enter(at, 'fd00:0:0:1::1', 'ada', 'right')).toBe('in');
  expect(await enter(at, '192.168.1.9', 'ada', 'right')).toBe('in');
});

test('one address waits up to a quarter of an hour; an IPv4 address is the same one inside IPv6', async () => {
  now = 0;
  const at = door();
  for (let n = 0; n < 30; n += 1) {
    now += 900_000;
    // Often enough for none to be forgotten.
    await enter(at, n % 2 === 0 ? '192.168.1.9' : '::ffff:192.168.1.9', `name ${n}`);
  }
  expect(await enter(at, '192.168.1.9', 'ada', 'right')).toBe(900);
  expect(await enter(at, '192.168.1.10', 'ada', 'right')).toBe('in');
});
