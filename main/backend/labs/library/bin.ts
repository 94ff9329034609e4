import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { binDays } from '../../../contract/kept-for.ts';
import type { DeletedLab } from '../../../contract/labs/labs.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { notInBin } from '../../bin/restore.ts';
import { timesFrom } from '../../bin/keep.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { exists, privateFolder } from '../../paths.ts';
import { turns } from '../../shared-file.ts';
import { cautiousNow } from '../../steady-clock.ts';
import { createLiveValue } from '../../target/live-value.ts';
import type { Library, LibraryLab } from './library.ts';

const hourMs = 3_600_000;
const entryFile = 'entry.json';
const labFolder = 'lab';
const entrySchema = z.object({
  version: z.literal(1),
  name: z.string(),
  title: z.string(),
  deletedAt: z.iso.datetime(),
  until: z.iso.datetime(),
  by: z.string().optional(),
});

/** Own labs that were deleted, for as long as the bin of a target keeps what it has. */
export interface LabBin {
  watch(signal: AbortSignal): AsyncGenerator<DeletedLab[]>;
  /** Takes a lab out of the library; resolves with its id. */
  take(lab: LibraryLab): Promise<string>;
  /** Resolves with its name. Throws `not-in-bin`, `already-exists`. */
  restore(id: string): Promise<string>;
  /** Throws `not-in-bin`. */
  purge(id: string): Promise<void>;
  close(): void;
}

/** `own`: the folder of own labs. An entry is a folder `.bin/ID` in it: what is known of the lab, and the lab's folder. */
export function openLabBin(own: string, library: Pick<Library, 'refresh'>, log: Log): LabBin {
  const folder = join(own, '.bin');
  const live = createLiveValue<DeletedLab[]>([]);
  const inTurn = turns();
  const placeOf = (id: string): string => join(folder, id);

  const names = (): Promise<string[]> =>
    readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
  async function entryIn(id: string): Promise<DeletedLab | undefined> {
    const kept = await readJson(join(placeOf(id), entryFile), entrySchema, log);
    if (!kept || !(await exists(join(placeOf(id), labFolder)))) return undefined;
    const { version: _version, by, ...rest } = kept;
    return { id, ...rest, ...(by !== undefined && { by }), held: await sizeOf(join(placeOf(id), labFolder)) };
  }
  async function entries(): Promise<DeletedLab[]> {
    const found: DeletedLab[] = [];
    for (const id of await names()) {
      const entry = await entryIn(id);
      if (entry) found.push(entry);
    }
    return found.sort((a, b) => b.deletedAt.localeCompare(a.deletedAt) || a.name.localeCompare(b.name));
  }
  const tell = async (): Promise<void> => live.set(await entries());
  const entryOf = async (id: string): Promise<DeletedLab> => {
    const found = (await entries()).find((each) => each.id === id);
    if (!found) throw notInBin(id);
    return found;
  };
  /** Purges what is due, and what has held no lab for long. */
  const sweep = (): Promise<void> =>
    inTurn(async () => {
      const now = cautiousNow();
      for (const id of await names()) {
        const found = await entryIn(id);
        // Without a lab it was broken off, or another Hearth is just about to put it in; one of which nothing is known stays as long.
        const limit = (await exists(join(placeOf(id), labFolder))) ? binDays * 24 * hourMs : hourMs;
        const due = found ? Date.parse(found.until) : (await stat(placeOf(id))).mtimeMs + limit;
        if (due <= now) await rm(placeOf(id), { recursive: true, force: true });
      }
      await tell();
    });
  const sweeping = (): void =>
    void sweep().catch((error: unknown) => log.warn({ err: error }, 'the bin of labs could not be swept'));
  sweeping();
  const timer = setInterval(sweeping, hourMs).unref();

  return {
    async *watch(signal) {
      await inTurn(tell);
      yield* live.watch(signal);
    },
    take: (lab) =>
      inTurn(async () => {
        const id = randomUUID();
        const { at, until, by } = timesFrom(new Date());
        await privateFolder(folder);
        await privateFolder(placeOf(id));
        const name = basename(lab.folder);
        await writeJson(join(placeOf(id), entryFile), { version: 1, name, title: lab.lab?.metadata.title ?? name, deletedAt: at, until, by }); // prettier-ignore
        await rename(lab.folder, join(placeOf(id), labFolder));
        await library.refresh();
        await tell();
        return id;
      }),
    restore: (id) =>
      inTurn(async () => {
        const { name } = await entryOf(id);
        const place = join(own, name);
        if (await exists(place))
          throw new ProblemError({
            code: 'already-exists',
            title: 'There is a lab of that name already',
            detail: `The library has a lab ${name} of your own by now.`,
            fix: 'Delete that one first, then restore this one.',
            kind: 'denied',
          });
        await rename(join(placeOf(id), labFolder), place);
        await rm(placeOf(id), { recursive: true, force: true });
        await library.refresh();
        await tell();
        return name;
      }),
    purge: (id) =>
      inTurn(async () => {
        await entryOf(id);
        await rm(placeOf(id), { recursive: true, force: true });
        await tell();
      }),
    close: () => clearInterval(timer),
  };
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { withFileTypes: true, recursive: true });
  const sizes = files.filter((each) => each.isFile()).map(async (each) => (await stat(join(each.parentPath, each.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
} // prettier-ignore
