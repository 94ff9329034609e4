import { timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import type { CodeShare, PairedByCode, PairedBySecret, confirmCodeSchema, pairByCodeSchema, pairBySecretSchema } from '../../contract/box/doors.ts'; // prettier-ignore
import { enrolmentSchema } from '../../contract/box/settings.ts';
import type { Enrolment } from '../../contract/box/settings.ts';
import type { PairedApp } from '../../contract/box/state.ts';
import { ProblemError } from '../../contract/problem.ts';
import { nonceLength, provesSecret, secretProof } from '../boxes/pairing/secret-pairing.ts';
import type { Caller } from '../carrier/box-doors.ts';
import type { Log } from '../log.ts';
import type { AgentClient } from './agent-client.ts';
import type { Apps } from './apps.ts';
import type { CodeDoor } from './code.ts';
import { createLimit } from '../carrier/limits.ts';
import type { Limit } from '../carrier/limits.ts';

const minute = 60_000;
/** Milliseconds the app that used a secret may hear the answer again: it may have been lost on its way. */
const grace = 5 * minute;
export interface PairingOptions {
  /** Of the box's certificate. */
  fingerprint: string;
  apps: Apps;
  code: CodeDoor;
  agent: AgentClient;
  who: () => { boxId: string; name: string };
  log: Log;
  now?: () => number;
  /** Of tries to pair; tests have others. */
  limit?: Limit;
}

/** How an app becomes trusted: by the secret of the stick, or by the code on the screen. */
export function createPairing(options: PairingOptions) {
  const { fingerprint: box, apps, code, agent, who, log, now = Date.now } = options;
  const limit = options.limit ?? createLimit({ windowMs: minute, each: 20, overall: 100, now });
  const looking = createLimit({ windowMs: minute, each: 300, overall: 3000, now });
  const take = ({ address }: Caller, which = limit): void => {
    if (!which.take(address)) throw tooOften();
  };
  /** Its certificate, without which nothing could be pinned. */
  const certificateOf = (caller: Caller): string => {
    if (caller.fingerprint === undefined) throw noCertificate();
    return caller.fingerprint;
  };
  /** One at a time: a secret is good once, also when two come together. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work);
    turn = next.catch(() => undefined); // whoever asked has the error
    return next;
  };

  /** The last secret that was used, and by whom; in memory only. */
  let lately: { secret: string; app: string; until: number } | undefined;

  async function enrolment(): Promise<Enrolment> {
    const found = enrolmentSchema.nullable().safeParse(await agent.ask({ do: 'enrolment' }));
    if (!found.success || found.data === null) throw noSecret();
    if (apps.isSpent(found.data.secret)) {
      spend();
      throw spent();
    }
    return found.data;
  }
  /** On the list it is void already; the agent erases it from the stick. */
  function spend(): void {
    agent
      .ask({ do: 'enrolment-spent' })
      .catch((error: unknown) => log.warn({ err: error }, 'the used secret could not be erased from the stick yet'));
  }

  return {
    hello: (caller: Caller): void => take(caller, looking),
    pairBySecret: (caller: Caller, { app: name, nonce, proof }: z.infer<typeof pairBySecretSchema>): Promise<PairedBySecret> =>
      inTurn(async () => {
        take(caller);
        const app = certificateOf(caller);
        const random = Buffer.from(nonce, 'base64url');
        if (random.length !== nonceLength) throw wrongSecret();
        const fingerprints = { box, app };
        const answer = (of: string) => ({ ...who(), proof: secretProof('box', of, random, fingerprints).toString('base64url') });
        // The same key and the same secret: nobody new comes in, and nothing is changed.
        if (lately?.app === app && now() < lately.until && apps.find(app) && provesSecret(proof, 'app', lately.secret, random, fingerprints))
          return answer(lately.secret);
        const { secret, expires, app: writer } = await enrolment();
        if (!provesSecret(proof, 'app', secret, random, fingerprints)) throw wrongSecret();
        if (Date.parse(expires) <= now()) throw expired(expires);
        if (!same(writer.fingerprint, app)) throw otherApp(writer.name);
        await apps.add({ name, fingerprint: app, by: 'secret' }, secret);
        log.info({ app: name }, 'an app was paired by the secret of its stick');
        lately = { secret, app, until: now() + grace };
        spend();
        return answer(secret);
      }), // prettier-ignore
    async pairByCode(caller: Caller, { app: name, share }: z.infer<typeof pairByCodeSchema>): Promise<CodeShare> {
      take(caller);
      const answer = await code.begin({ name, fingerprint: certificateOf(caller), share: Buffer.from(share, 'base64url') }); // prettier-ignore
      return { attempt: answer.attempt, share: answer.share.toString('base64url'), confirm: answer.confirm.toString('base64url') }; // prettier-ignore
    },
    async confirmCode(caller: Caller, { attempt, confirm }: z.infer<typeof confirmCodeSchema>): Promise<PairedByCode> {
      take(caller);
      const fingerprint = certificateOf(caller);
      const { name } = code.finish(attempt, fingerprint, Buffer.from(confirm, 'base64url'));
      await apps.add({ name, fingerprint, by: 'code' });
      log.info({ app: name }, 'an app was paired by the code');
      return who();
    },
    trusted(caller: Caller): PairedApp {
      const app = caller.fingerprint === undefined ? undefined : apps.find(caller.fingerprint);
      if (app) {
        apps.seen(app.fingerprint);
        return app;
      }
      take(caller, looking);
      throw caller.fingerprint !== undefined && apps.wasRevoked(caller.fingerprint) ? revoked() : notPaired();
    },
  };
}
export type Pairing = ReturnType<typeof createPairing>;

const same = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

const denied = (code: string, title: string, detail: string, fix: string): ProblemError =>
  new ProblemError({ code, title, detail, fix, kind: 'denied' });
const typeCode = 'Pair by the eight digits that the screen of the box shows.';
export const tooOften = (): ProblemError =>
  denied('too-often', 'Too many tries', 'The box was asked too often within a minute.', 'Wait a minute, then try again.'); // prettier-ignore
const noCertificate = (): ProblemError =>
  denied('certificate-missing', 'The app showed no certificate', 'Without one the box could not know it again.', 'Update the app, then try again.'); // prettier-ignore
const noSecret = (): ProblemError =>
  denied('enrolment-none', 'The box has no secret to pair by', 'It was started without one, or it was used or expired.', typeCode); // prettier-ignore
const spent = (): ProblemError =>
  denied('enrolment-spent', 'This secret was used already', 'The secret of a stick is good once.', typeCode);
const wrongSecret = (): ProblemError =>
  denied('enrolment-wrong', 'The secret does not fit', 'It is the one of another stick, or somebody stands between.', typeCode); // prettier-ignore
const expired = (at: string): ProblemError =>
  denied('enrolment-expired', 'The secret of the stick has expired', `It was good until ${at}.`, `${typeCode} Or write the stick anew.`); // prettier-ignore
const otherApp = (name: string): ProblemError =>
  denied('enrolment-other-app', 'The stick was written by another app', `Its secret is good for ${name} only.`, typeCode); // prettier-ignore
const notPaired = (): ProblemError =>
  denied('not-paired', 'This box does not know the app', 'Its certificate is not on the list of paired apps.', 'Pair with the box first.'); // prettier-ignore
const revoked = (): ProblemError =>
  denied('box-revoked', 'This box does not trust the app any more', 'Somebody took it off the list of paired apps.', 'Ask the owner of the box for a new code and pair again.'); // prettier-ignore
