import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { PairedApp } from '../../contract/box/state.ts';
import { fingerprintSchema } from '../../contract/box/words.ts';
import { ProblemError } from '../../contract/problem.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';

const appSchema = z.object({
  name: z.string(),
  fingerprint: fingerprintSchema,
  pairedAt: z.string(),
  by: z.enum(['secret', 'code']),
  lastSeenAt: z.string().optional(),
});
const fileSchema = z.object({
  version: z.literal(1),
  apps: z.array(appSchema),
  /** Fingerprints of those that were sent away, the newest last. */
  revoked: z.array(fingerprintSchema).default([]),
  /** SHA-256 of enrolment secrets that were used. */
  spent: z.array(z.string()).default([]),
});
type File = z.infer<typeof fileSchema>;

const most = 50;
/** Milliseconds between two notes of when an app was seen. */
const seenPace = 5 * 60_000;

/** The apps that this box trusts, each by its certificate. */
export interface Apps {
  list(): PairedApp[];
  find(fingerprint: string): PairedApp | undefined;
  wasRevoked(fingerprint: string): boolean;
  /** One that was there under this certificate is replaced. `secret`: the stick's, used up in the same write. */
  add(app: { name: string; fingerprint: string; by: 'secret' | 'code' }, secret?: string): Promise<void>;
  isSpent(secret: string): boolean;
  /** `revoked`: by somebody here, so that the app can tell its user. Throws `app-not-paired`. */
  remove(fingerprint: string, revoked: boolean): Promise<void>;
  /** Nobody is trusted any more. */
  clear(): Promise<void>;
  seen(fingerprint: string): void;
  /** Called after each change of who is there. */
  onChange(listener: () => void): void;
}

export async function openApps(path: string, log: Log, now: () => number = Date.now): Promise<Apps> {
  let file: File = (await readJson(path, fileSchema, log)) ?? { version: 1, apps: [], revoked: [], spent: [] };
  const listeners: (() => void)[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  /** On disk before anybody is told: what was paired or sent away stays so after a power cut. */
  const change = (make: (file: File) => Partial<File>): Promise<void> => {
    const next = turn.then(async () => {
      const changed = { ...file, ...make(file) };
      await writeJson(path, changed);
      file = changed;
      for (const listener of listeners) listener();
    });
    turn = next.catch(() => undefined); // whoever asked has the error
    return next;
  };
  const find = (fingerprint: string): PairedApp | undefined =>
    file.apps.find((app) => app.fingerprint === fingerprint) as PairedApp | undefined;
  return {
    list: () => file.apps as PairedApp[],
    find,
    wasRevoked: (fingerprint) => file.revoked.includes(fingerprint),
    async add(app, secret) {
      if (file.apps.length >= most && !find(app.fingerprint)) throw tooMany();
      const entry = { ...app, name: plain(app.name), pairedAt: new Date(now()).toISOString() };
      await change(({ apps, revoked, spent }) => ({
        apps: [...apps.filter(({ fingerprint }) => fingerprint !== app.fingerprint), entry],
        revoked: revoked.filter((fingerprint) => fingerprint !== app.fingerprint),
        spent: secret === undefined ? spent : [...spent, hash(secret)].slice(-most),
      }));
    },
    isSpent: (secret) => file.spent.includes(hash(secret)),
    async remove(fingerprint, revoked) {
      if (!find(fingerprint)) throw notPaired();
      await change((now) => ({
        apps: now.apps.filter((app) => app.fingerprint !== fingerprint),
        ...(revoked && { revoked: [...now.revoked, fingerprint].slice(-most) }),
      }));
    },
    clear: () => change(() => ({ apps: [] })),
    seen(fingerprint) {
      const app = find(fingerprint);
      if (!app || (app.lastSeenAt && now() - Date.parse(app.lastSeenAt) < seenPace)) return;
      const lastSeenAt = new Date(now()).toISOString();
      change(({ apps }) => ({
        apps: apps.map((each) => (each.fingerprint === fingerprint ? { ...each, lastSeenAt } : each)),
      })).catch((error: unknown) => log.warn({ err: error }, 'when an app was seen could not be written'));
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

const hash = (secret: string): string => createHash('sha256').update(`spent ${secret}`).digest('hex');
/** A name that a screen can show. */
const plain = (name: string): string =>
  name.replaceAll(/[\p{C}\s]+/gu, ' ').trim().slice(0, 100) || 'an app without a name'; // prettier-ignore

const notPaired = (): ProblemError =>
  new ProblemError({
    code: 'app-not-paired',
    title: 'This app is not paired',
    detail: 'No app with this fingerprint is on the list of this box.',
    fix: 'Look at the list again.',
  });
const tooMany = (): ProblemError =>
  new ProblemError({
    code: 'too-many-apps',
    title: 'Too many apps are paired',
    detail: `This box trusts ${most} apps already.`,
    fix: 'Revoke those that are not used any more.',
    kind: 'denied',
  });
