import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { enrolmentSchema } from '../../../contract/box/settings.ts';
import type { Enrolment } from '../../../contract/box/settings.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import type { AgentPlaces } from './places.ts';

const spentSchema = z.array(z.string().regex(/^[0-9a-f]{64}$/));
/** Hashes that are kept; older ones fall out. */
const mostSpent = 200;

/** The one-time secret of a stick: at hand until it is used or its day has passed. */
export interface EnrolmentKeeper {
  /** Null when there is none, it is used up, or has expired. */
  get(now?: Date): Enrolment | null;
  /** Forgets it in memory and on the disk, remembers its hash, and erases it from the stick. */
  spend(): Promise<void>;
}

/**
 * `given`: from the stick's settings; else what the installer left on the disk. A secret that was used before is refused,
 * also when the stick still carries it. `erase`: takes it out of the stick's settings.
 */
export async function openEnrolment(options: {
  places: AgentPlaces;
  given: Enrolment | undefined;
  erase: () => Promise<void>;
  log: Log;
}): Promise<EnrolmentKeeper> {
  const { places, erase, log } = options;
  const given = options.given ?? (await readJson(places.enrolment, enrolmentSchema, log));
  const spent = (await readJson(places.spent, spentSchema, log)) ?? [];
  let kept = given && !spent.includes(hash(given.secret)) ? given : undefined;
  if (given && !kept) {
    log.warn({}, 'the enrolment secret was used before and is refused');
    await erase().catch((error: unknown) => log.warn({ err: error }, 'the used secret could not be erased'));
  }
  return {
    get(now = new Date()) {
      return kept && Date.parse(kept.expires) > now.getTime() ? kept : null;
    },
    async spend() {
      const used = kept;
      if (!used) return;
      kept = undefined;
      spent.push(hash(used.secret));
      await mkdir(dirname(places.spent), { recursive: true, mode: 0o700 });
      // First the hash: from here on the secret is void, whatever happens to the places where it stands.
      await writeJson(places.spent, spent.slice(-mostSpent));
      await rm(places.enrolment, { force: true });
      if (options.given) await erase();
    },
  };
}

const hash = (secret: string): string => createHash('sha256').update(secret).digest('hex');
