import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { steadyNow } from '../steady-clock.ts';

const sessionSchema = z.object({
  /** SHA-256 of the secret. */
  hash: z.string(),
  createdAt: z.number(),
  usedAt: z.number(),
  /** Id of its user, where there are users; `stamp`: the user's at sign-in, another one ends the session. */
  user: z.string().optional(),
  stamp: z.string().optional(),
});
const fileSchema = z.object({ version: z.literal(1), sessions: z.array(sessionSchema) });
export type Session = z.infer<typeof sessionSchema>;

/** Sessions of browsers, on disk as hashes, so that a page stays signed in when Hearth restarts. */
export interface Sessions {
  /** A new one; its secret. */
  open(of?: Pick<Session, 'user' | 'stamp'>): Promise<string>;
  /** The living session of this secret; looking counts as use. */
  find(secret: string | undefined): Session | undefined;
  /** The same, without counting. */
  look(secret: string | undefined): Session | undefined;
  /** This one goes on with another stamp. */
  keep(secret: string | undefined, stamp: string): void;
  end(secret: string): Promise<void>;
  endAll(which: (session: Session) => boolean): Promise<void>;
  list(): Session[];
}

export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** `idleMs`: ends one that nobody used for so long; `lifeMs`: ends one that is so old, used or not. Milliseconds. */
export async function openSessions(options: {
  file: string;
  idleMs: number;
  lifeMs?: number;
  log: Log;
  now?: (() => number) | undefined;
}): Promise<Sessions> {
  const { idleMs, lifeMs = Infinity, now = steadyNow } = options;
  // How exactly its last use is known on disk: not every request is worth a write.
  const grain = Math.min(3_600_000, idleMs / 20);
  const stored = await readJson(options.file, fileSchema, options.log);
  const began = now();
  // Written by a clock that was ahead: they would never grow old.
  const aged = (stored?.sessions ?? []).map((session) => ({
    ...session,
    createdAt: Math.min(session.createdAt, began),
    usedAt: Math.min(session.usedAt, began),
  }));
  const sessions = new Map(aged.map((session) => [session.hash, session]));
  let saving: Promise<void> = Promise.resolve();
  const over = (session: Session): boolean => now() - session.usedAt > idleMs || now() - session.createdAt > lifeMs;
  const save = (): Promise<void> => {
    for (const [key, session] of sessions) if (over(session)) sessions.delete(key);
    saving = saving
      .then(() => writeJson(options.file, { version: 1, sessions: [...sessions.values()] }))
      .catch((error: unknown) => options.log.warn({ err: error }, 'sessions could not be written'));
    return saving;
  };
  // Looked up by hash: how long it takes tells nothing about a secret.
  const look = (secret: string | undefined): Session | undefined => {
    const session = secret === undefined ? undefined : sessions.get(hashOf(secret));
    return session && !over(session) ? session : undefined;
  };
  return {
    async open(of = {}) {
      const secret = randomBytes(32).toString('base64url');
      const hash = hashOf(secret);
      sessions.set(hash, { hash, createdAt: now(), usedAt: now(), ...of });
      await save();
      return secret;
    },
    look,
    find(secret) {
      const session = look(secret);
      if (!session) return undefined;
      if (now() - session.usedAt > grain) {
        session.usedAt = now();
        void save();
      }
      return session;
    },
    keep(secret, stamp) {
      const session = look(secret);
      if (session) session.stamp = stamp;
      void save();
    },
    async end(secret) {
      if (sessions.delete(hashOf(secret))) await save();
    },
    async endAll(which) {
      const before = sessions.size;
      for (const [key, session] of sessions) if (which(session)) sessions.delete(key);
      if (sessions.size !== before) await save();
    },
    list: () => [...sessions.values()].filter((session) => !over(session)),
  };
}
