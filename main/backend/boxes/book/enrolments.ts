import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { enrolmentSchema } from '../../../contract/box/settings.ts';
import type { Enrolment } from '../../../contract/box/settings.ts';
import { randomIdSchema } from '../../../contract/box/words.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import type { AppIdentity } from './identity.ts';
import { locked, turns } from './locked.ts';

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
  /** A new secret for a stick. `days` it is good for; `installId`: the stick's. */
  make(how: { days: number; installId?: string }): Promise<Enrolment>;
  /** Those that are not expired, newest first. */
  good(): Promise<KeptEnrolment[]>;
  /** Forgets one: it was used, or its stick was never written. */
  drop(secret: string): Promise<void>;
}

/** `file` is 0600: whoever reads it could be believed by a box that starts from such a stick. */
export function openEnrolments(options: {
  file: string;
  identity: AppIdentity;
  log: Log;
  now?: () => number;
}): Enrolments {
  const { file, identity, log, now = Date.now } = options;
  const inTurn = turns();
  const valid = ({ expires }: KeptEnrolment): boolean => Date.parse(expires) > now();
  const change = (edit: (all: KeptEnrolment[]) => KeptEnrolment[]): Promise<KeptEnrolment[]> =>
    inTurn(() =>
      locked(file, async () => {
        const before = (await readJson(file, fileSchema, log))?.enrolments ?? [];
        const enrolments = edit(before.filter(valid));
        if (JSON.stringify(enrolments) !== JSON.stringify(before)) await writeJson(file, { version: 1, enrolments });
        return enrolments;
      }),
    );
  return {
    async make({ days, installId }) {
      const made = new Date(now()).toISOString();
      const secret = randomBytes(32).toString('base64url');
      const expires = new Date(now() + days * day).toISOString();
      const kept = { secret, expires, madeAt: made, ...(installId !== undefined && { installId }) };
      await change((all) => [kept, ...all].slice(0, keep));
      return { secret, expires, app: { name: identity.name, fingerprint: identity.fingerprint } };
    },
    good: () => change((all) => all),
    async drop(secret) {
      await change((all) => all.filter((each) => each.secret !== secret));
    },
  };
}
