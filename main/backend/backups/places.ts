import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { backupPlaceSchema, backupPlanSchema, backupRunSchema } from '../../contract/backups.ts';
import type { BackupPlace } from '../../contract/backups.ts';
import { ProblemError } from '../../contract/problem.ts';
import { readJson, writeFileAtomic, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { privateFolder } from '../paths.ts';
import { addressOf } from './restic/repository.ts';
import type { Repository } from './restic/repository.ts';

const keptSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  place: backupPlaceSchema,
  /** ISO 8601: when the plan was set; hours are counted from there. */
  since: z.iso.datetime().optional(),
  plan: backupPlanSchema.optional(),
  /** ISO 8601: the time of the plan that was served last. */
  served: z.iso.datetime().optional(),
  last: backupRunSchema.optional(),
});
export type KeptPlace = z.infer<typeof keptSchema>;
const fileSchema = z.object({
  version: z.literal(1),
  /** Names this Hearth at places that others use, too. */
  host: z.string(),
  places: z.array(keptSchema),
});
type File = z.infer<typeof fileSchema>;

/** Places of backups: DATA/backups/places.json, and a file mode 0600 for each password and secret key. */
export interface Places {
  readonly host: string;
  all(): readonly KeptPlace[];
  /** Throws `not-found`. */
  get(id: string): KeptPlace;
  repository(id: string): Promise<Repository>;
  /** A repository that is no place yet: `keep` makes it one, `drop` forgets its secrets. */
  draft(place: BackupPlace, password: string, secretKey?: string): Promise<Draft>;
  change(id: string, fields: Partial<Omit<KeptPlace, 'id'>>): Promise<void>;
  /** Forgets it with its secrets; resolves with how it comes back as it was, at its place in the list. */
  remove(id: string): Promise<() => Promise<void>>;
}
export interface Draft {
  readonly id: string;
  readonly repository: Repository;
  keep(name: string): Promise<void>;
  drop(): Promise<void>;
}

/** `changed` is called after each change. */
export async function openPlaces(folder: string, log: Log, changed: () => void): Promise<Places> {
  await privateFolder(folder);
  const path = join(folder, 'places.json');
  const fresh = (): File => ({
    version: 1,
    host: `${hostname().slice(0, 40)}-${randomUUID().slice(0, 8)}`,
    places: [],
  });
  let file = (await readJson(path, fileSchema, log)) ?? fresh();
  let writing: Promise<unknown> = Promise.resolve();
  const update = (edit: (places: KeptPlace[]) => KeptPlace[]): Promise<void> => {
    const next = writing.then(async () => {
      const made = { ...file, places: edit(file.places) };
      await writeJson(path, made);
      file = made;
      changed();
    });
    writing = next.catch(() => undefined); // whoever asked has the error
    return next;
  };
  const passwordFile = (id: string): string => join(folder, `${id}.password`);
  const secretFile = (id: string): string => join(folder, `${id}.secret`);
  const dropSecrets = async (id: string): Promise<void> => {
    await rm(passwordFile(id), { force: true });
    await rm(secretFile(id), { force: true });
  };
  const repositoryOf = (id: string, place: BackupPlace, secretKey?: string): Repository => ({
    place,
    passwordFile: passwordFile(id),
    cache: join(folder, 'cache'),
    ...(secretKey !== undefined && { secretKey }),
  });
  const get = (id: string): KeptPlace => {
    const found = file.places.find((each) => each.id === id);
    if (!found) throw new ProblemError({ code: 'not-found', title: 'No such place for backups', detail: 'It was forgotten meanwhile.', fix: 'Load the page anew.' }); // prettier-ignore
    return found;
  };
  return {
    get host() {
      return file.host;
    },
    all: () => file.places,
    get,
    async repository(id) {
      const { place } = get(id);
      const secretKey = place.type === 's3' ? await readFile(secretFile(id), 'utf8').catch(noSecret) : undefined;
      return repositoryOf(id, place, secretKey);
    },
    async draft(place, password, secretKey) {
      const id = randomUUID();
      await writeFileAtomic(passwordFile(id), password);
      if (secretKey !== undefined) await writeFileAtomic(secretFile(id), secretKey);
      return {
        id,
        repository: repositoryOf(id, place, secretKey),
        keep: (name) => update((places) => [...places, { id, name, place }]),
        drop: () => dropSecrets(id),
      };
    },
    change: (id, fields) =>
      update((places) =>
        places.map((each) =>
          each.id === id
            ? (Object.fromEntries(Object.entries({ ...each, ...fields }).filter(([, value]) => value !== undefined)) as KeptPlace)
            : each,
        ),
      ), // prettier-ignore
    async remove(id) {
      const kept = get(id);
      const at = file.places.indexOf(kept);
      const secrets = await Promise.all(
        [passwordFile(id), secretFile(id)].map(
          async (path) => [path, await readFile(path, 'utf8').catch(noFile)] as const,
        ),
      );
      await update((places) => places.filter((each) => each.id !== id));
      await dropSecrets(id);
      return async () => {
        const other = file.places.find((each) => addressOf(each.place) === addressOf(kept.place));
        if (other?.id === id) return; // an earlier try put it back
        if (other)
          throw new ProblemError({
            code: 'already-exists',
            title: 'This place is there again',
            detail: `It is called ${other.name}.`,
            fix: 'Use that one, or forget it first.',
            kind: 'denied',
          });
        // The secrets first: a place without its password can do nothing.
        for (const [path, text] of secrets) if (text !== undefined) await writeFileAtomic(path, text);
        await update((places) => places.toSpliced(at, 0, kept));
      };
    },
  };
}

function noFile(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
/** A secret that went missing is told by the server that then lets nobody in. */
function noSecret(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

/** An ended plan as it was: the times that it served stay served, nothing is made up for that was made. Throws `already-exists`. */
export async function planAgain(places: Places, id: string, ended: Pick<KeptPlace, 'plan' | 'since' | 'served'>): Promise<void> {
  if (places.get(id).plan)
    throw new ProblemError({ code: 'already-exists', title: 'It has a plan again', detail: 'Another plan was set since the old one was ended.', fix: 'End that one first, then undo again.', kind: 'denied' });
  await places.change(id, ended);
} // prettier-ignore
