import { randomBytes } from 'node:crypto';
import type { Log } from '../log.ts';
import { hashOf, openSessions } from './sessions.ts';
import { steadyNow } from '../steady-clock.ts';

/** A sign-in address works once, for a quarter of an hour. */
const codeLifeMs = 15 * 60_000;
/** A session nobody used for 30 days is over. */
const sessionLifeMs = 30 * 24 * 3600_000;
/** Wrong codes all callers together may try in a minute. */
const wrongPerMinute = 20;

export interface SignIn {
  /** A fresh one-time code. */
  issue(): string;
  /** The new session's secret; `wrong` for a code that is unknown, used or too old; `slow-down` after too many wrong ones. */
  redeem(code: string): Promise<{ session: string } | 'wrong' | 'slow-down'>;
  /** Whether this secret is of a living session. */
  check(session: string | undefined): boolean;
  end(session: string): Promise<void>;
  /** A new session for somebody who proved otherwise who they are; its secret. */
  grant(): Promise<string>;
  /** Ends all sessions but that one. */
  endAll(except?: string): Promise<void>;
}

/** Codes live in memory; sessions on disk. */
export async function createSignIn(options: { file: string; log: Log; now?: () => number }): Promise<SignIn> {
  const now = options.now ?? steadyNow;
  const codes = new Map<string, number>();
  const sessions = await openSessions({ ...options, idleMs: sessionLifeMs });
  let wrong: number[] = [];
  return {
    issue() {
      const code = randomBytes(24).toString('base64url');
      for (const [key, until] of codes) if (until < now()) codes.delete(key);
      codes.set(hashOf(code), now() + codeLifeMs);
      return code;
    },
    async redeem(code) {
      wrong = wrong.filter((at) => at > now() - 60_000);
      if (wrong.length >= wrongPerMinute) return 'slow-down';
      const key = hashOf(code);
      const until = codes.get(key);
      codes.delete(key);
      if (until === undefined || until < now()) {
        wrong.push(now());
        return 'wrong';
      }
      return { session: await sessions.open() };
    },
    check: (secret) => sessions.find(secret) !== undefined,
    end: (secret) => sessions.end(secret),
    grant: () => sessions.open(),
    endAll: (except) => sessions.endAll(({ hash }) => except === undefined || hash !== hashOf(except)),
  };
}
