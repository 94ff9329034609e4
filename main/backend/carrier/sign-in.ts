import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';

/** A sign-in address works once, for a quarter of an hour. */
const codeLifeMs = 15 * 60_000;
/** A session nobody used for 30 days is over. */
const sessionLifeMs = 30 * 24 * 3600_000;
/** Wrong codes all callers together may try in a minute. */
const wrongPerMinute = 20;

const fileSchema = z.object({
  version: z.literal(1),
  sessions: z.array(z.object({ hash: z.string(), createdAt: z.number(), usedAt: z.number() })),
});

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

const hash = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Codes live in memory; sessions on disk, as hashes, so that a page stays signed in when Hearth restarts. */
export async function createSignIn(options: { file: string; log: Log; now?: () => number }): Promise<SignIn> {
  const now = options.now ?? Date.now;
  const codes = new Map<string, number>();
  const stored = await readJson(options.file, fileSchema, options.log);
  const sessions = new Map((stored?.sessions ?? []).map((session) => [session.hash, session]));
  let wrong: number[] = [];
  let saving: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    for (const [key, session] of sessions) if (now() - session.usedAt > sessionLifeMs) sessions.delete(key);
    saving = saving
      .then(() => writeJson(options.file, { version: 1, sessions: [...sessions.values()] }))
      .catch((error: unknown) => options.log.warn({ err: error }, 'sessions could not be written'));
    return saving;
  };
  const grant = async (): Promise<string> => {
    const session = randomBytes(32).toString('base64url');
    sessions.set(hash(session), { hash: hash(session), createdAt: now(), usedAt: now() });
    await save();
    return session;
  };
  return {
    issue() {
      const code = randomBytes(24).toString('base64url');
      for (const [key, until] of codes) if (until < now()) codes.delete(key);
      codes.set(hash(code), now() + codeLifeMs);
      return code;
    },
    async redeem(code) {
      wrong = wrong.filter((at) => at > now() - 60_000);
      if (wrong.length >= wrongPerMinute) return 'slow-down';
      const key = hash(code);
      const until = codes.get(key);
      codes.delete(key);
      if (until === undefined || until < now()) {
        wrong.push(now());
        return 'wrong';
      }
      return { session: await grant() };
    },
    check(secret) {
      // Looked up by hash: how long it takes tells nothing about a secret.
      const session = secret === undefined ? undefined : sessions.get(hash(secret));
      if (!session || now() - session.usedAt > sessionLifeMs) return false;
      if (now() - session.usedAt > 3600_000) {
        session.usedAt = now();
        void save();
      }
      return true;
    },
    async end(secret) {
      if (sessions.delete(hash(secret))) await save();
    },
    grant,
    async endAll(except) {
      for (const key of sessions.keys()) if (except === undefined || key !== hash(except)) sessions.delete(key);
      await save();
    },
  };
}
