import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { enrolmentSchema } from '../../../contract/box/settings.ts';
import type { Enrolment } from '../../../contract/box/settings.ts';
import { randomIdSchema } from '../../../contract/box/words.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { locked, turns, watchFile } from '../../shared-file.ts';
import type { AppIdentity } from './identity.ts';

const day = 86_400_000;
/** More than anybody writes in a month; the oldest goes first. */
const keep = 100;
const keptSchema = enrolmentSchema
  .pick({ secret: true, expires: true })
  .extend({ installId: randomIdSchema.optional(), madeAt: z.iso.datetime() });
const fileSchema = z.object({ version: z.literal(1), enrolments: z.array(keptSchema) });
/** The one-time secret of one written stick. */
export type KeptEnrolment = z.infer<typeof keptSchema>;

/** Secrets of written sticks that wait for their box. */
export interface Enrolments {
  /** Whether any waits now: written here, or by a command on the same data directory. */
  readonly waiting: boolean;
  /** A new secret for a stick. `days` it is good for; `installId`: the stick's. */
  make(how: { days: number; installId?: string }): Promise<Enrolment>;
  /** Those that are not expired, newest first. */
  good(): Promise<KeptEnrolment[]>;
  /** Forgets one: it was used, or its stick was never written. */
  drop(secret: string): Promise<void>;
  /** Told after each change, made here or by another process. */
  listen(told: () => void): () => void;
  /** What is being written is on disk when it resolves. */
  close(): Promise<void>;
}

/** `file` is 0600: whoever reads it could be believed by a box that starts from such a stick. */
export async function openEnrolments(options: {
  file: string;
  identity: AppIdentity;
  log: Log;
  now?: () => number;
}): Promise<Enrolments> {
  const { file, identity, log, now = Date.now } = options;
  const listeners = new Set<() => void>();
  let kept: KeptEnrolment[] = [];
  let closed = false;
  const inTurn = turns();
  const valid = ({ expires }: KeptEnrolment): boolean => Date.parse(expires) > now();
  const read = async (): Promise<KeptEnrolment[]> => (await readJson(file, fileSchema, log))?.enrolments ?? [];
  function take(next: KeptEnrolment[]): void {
    if (JSON.stringify(next) === JSON.stringify(kept)) return;
    kept = next;
    for (const told of listeners) told();
  }
  const change = (edit: (all: KeptEnrolment[]) => KeptEnrolment[]): Promise<KeptEnrolment[]> =>
    inTurn(() =>
      locked(file, async () => {
        const before = await read();
        const enrolments = edit(before.filter(valid));
        if (JSON.stringify(enrolments) !== JSON.stringify(before)) await writeJson(file, { version: 1, enrolments });
        take(enrolments);
        return enrolments;
      }),
    );
  const reread = (): Promise<void> => inTurn(async () => (closed ? undefined : take(await read())));
  const watcher = watchFile(file, reread, log);
  await reread();
  return {
    get waiting() {
      return kept.some(valid);
    },
    async make({ days, installId }) {
      const made = new Date(now()).toISOString();
      const secret = randomBytes(32).toString('base64url');
      const expires = new Date(now() + days * day).toISOString();
      const one = { secret, expires, madeAt: made, ...(installId !== undefined && { installId }) };
      await change((all) => [one, ...all].slice(0, keep));
      return { secret, expires, app: { name: identity.name, fingerprint: identity.fingerprint } };
    },
    good: () => change((all) => all),
    async drop(secret) {
      await change((all) => all.filter((each) => each.secret !== secret));
    },
    listen(told) {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    async close() {
      closed = true;
      watcher.close();
      listeners.clear();
      await inTurn(async () => undefined);
    },
  };
}
