import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { network, plainAddress } from '../carrier/limits.ts';
import type { Session, Sessions } from '../carrier/sessions.ts';
import { createLane } from './lane.ts';
import { busy, tooOften, wrongCode, wrongSignIn } from './problems.ts';
import { createThrottle } from './throttle.ts';
import type { Pace } from './throttle.ts';
import { nameKey } from './users.ts';
import type { User, Users } from './users.ts';
import { steadyNow } from '../steady-clock.ts';

const minute = 60_000;
/** By address: whoever guesses from one machine soon waits a quarter of an hour. */
const ofAddress: Pace = { free: 5, first: 1000, most: 15 * minute };
/** By network, of which one machine may have any number of addresses (IPv6). At most a minute: a whole home shares one. */
const ofNetwork: Pace = { free: 20, first: 1000, most: minute };
/** By name, from browsers that never signed in as it: at most a minute, since others must not be able to lock anybody out. */
const ofName: Pace = { free: 10, first: 1000, most: minute };
/** By browser that signed in as this user before: strangers do not make it wait. */
const ofDevice: Pace = { free: 5, first: 1000, most: 15 * minute };
/** All tries of setup codes together: it has 80 bits. */
const ofCode: Pace = { free: 20, first: 500, most: minute };
/** Milliseconds that a setup code is good. */
const codeLifeMs = 60 * minute;
const codeLetters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const placesOf = (address: string): { key: string; pace: Pace }[] => {
  const [one, all] = [plainAddress(address), network(address)];
  return [{ key: `address ${one}`, pace: ofAddress }, ...(all === one ? [] : [{ key: `network ${all}`, pace: ofNetwork }])]; // prettier-ignore
};

export interface SignedIn {
  user: User;
  session: string;
  /** For the cookie by which this browser is known again. */
  device: string;
}
export interface Attempt {
  address: string;
  /** What the browser says by which it is known. */
  device?: string | undefined;
  /** Secret of the session that it has now: it ends. */
  session?: string | undefined;
}
/** How people get in over the network. All throw Problems. */
export interface SignInDoor {
  /** Nobody has a password yet: only a code leads to the first one. */
  open(): boolean;
  /** A new setup code; the former ones go on until they are an hour old. */
  issue(): string;
  setUp(given: { code: string; name: string; password: string }, attempt: Attempt): Promise<SignedIn>;
  enter(given: { name: string; password: string }, attempt: Attempt): Promise<SignedIn>;
  /** The user of a living session, with it. `use`: counts as using it. */
  who(secret: string | undefined, use: boolean): { user: User; session: Session } | undefined;
}

export function createSignInDoor(parts: {
  users: Users;
  sessions: Sessions;
  /** 32 bytes that this Hearth keeps: what a browser is known by is signed with them. */
  key: Buffer;
  /** Somebody got in, or did not. */
  tell: (what: 'setup' | 'in' | 'wrong', name: string, address: string) => void;
  now?: (() => number) | undefined;
}): SignInDoor {
  const { users, sessions, key, tell, now = steadyNow } = parts;
  const throttle = createThrottle(now);
  // A flood of strangers fills their lane, and the browsers that are known have another one.
  const lanes = { known: createLane(20), stranger: createLane(20) };
  const codes = new Map<string, number>();

  const sign = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  const deviceOf = ({ id, stamp }: User): string => {
    const nonce = randomBytes(12).toString('base64url');
    return `${nonce}.${sign(`${id} ${stamp} ${nonce}`)}`;
  };
  /** What names the browser among the tries, where it is known as this user's. */
  const known = (user: User | undefined, device = ''): string | undefined => {
    const [nonce = '', given = ''] = device.split('.');
    if (!user || nonce === '') return undefined;
    const right = Buffer.from(sign(`${user.id} ${user.stamp} ${nonce}`));
    const bytes = Buffer.from(given);
    return bytes.length === right.length && timingSafeEqual(bytes, right) ? nonce : undefined;
  };
  const begin = (keys: { key: string; pace: Pace }[]): { right(): void } => {
    const begun = throttle.begin(keys);
    if ('wait' in begun) throw tooOften(Math.ceil(begun.wait / 1000));
    return begun;
  };
  const admit = async (user: User, { session }: Attempt): Promise<SignedIn> => {
    // Whatever was in the cookie before is good for nothing from now on.
    if (session) await sessions.end(session);
    // When it was is good to know; a full disk keeps nobody out.
    await users.signedIn(user.id).catch(() => undefined);
    return { user, session: await sessions.open({ user: user.id, stamp: user.stamp }), device: deviceOf(user) };
  };

  return {
    open: () => users.list().length === 0,
    issue() {
      const code = Array.from(randomBytes(16), (byte) => codeLetters.charAt(byte % 32)).join('');
      for (const [each, until] of codes) if (until < now()) codes.delete(each);
      codes.set(code, now() + codeLifeMs);
      return code.match(/.{4}/g)?.join('-') ?? code;
    },
    async setUp({ code, name, password }, attempt) {
      const turn = begin([...placesOf(attempt.address), { key: 'code', pace: ofCode }]);
      const typed = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
      const until = codes.get(typed);
      if (until === undefined || until < now()) {
        tell('wrong', 'the setup code', attempt.address);
        throw wrongCode();
      }
      turn.right();
      const user = await users.first({ name, password });
      codes.clear();
      const admitted = await admit(user, attempt);
      tell('setup', user.name, attempt.address);
      return admitted;
    },
    async enter({ name, password }, attempt) {
      const device = known(users.byName(name), attempt.device);
      const turn = begin(
        device === undefined
          ? [...placesOf(attempt.address), { key: `name ${nameKey(name)}`, pace: ofName }]
          : [{ key: `device ${device}`, pace: ofDevice }],
      );
      const lane = device === undefined ? lanes.stranger : lanes.known;
      const done = await lane(async () => ({ user: await users.check(name, password) }));
      if (!done) {
        turn.right();
        throw busy();
      }
      if (!done.user) {
        tell('wrong', name, attempt.address);
        throw wrongSignIn();
      }
      turn.right();
      const admitted = await admit(done.user, attempt);
      tell('in', done.user.name, attempt.address);
      return admitted;
    },
    who(secret, use) {
      const session = use ? sessions.find(secret) : sessions.look(secret);
      const user = users.byId(session?.user);
      return session && user && session.stamp === user.stamp ? { user, session } : undefined;
    },
  };
}
