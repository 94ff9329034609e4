import { randomUUID } from 'node:crypto';
import { link, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { recordingEnding, recordingNameSchema } from '../../contract/recordings.ts';
import type { RecordingRow } from '../../contract/recordings.ts';
import type { Log } from '../log.ts';
import { steadyNow } from '../steady-clock.ts';
import { damaged, packSegment } from './format.ts';
import type { Header } from './format.ts';
import { openReader, readIndex } from './reader.ts';
import type { Reader } from './reader.ts';
import { exists } from '../paths.ts';

/** What is written now; it becomes a recording when it is whole. */
const partEnding = `${recordingEnding}.part`;
const incomingEnding = `${recordingEnding}.incoming`;
/** What was deleted and can still be had back: NAME.UNDO and this. */
const deletedEnding = `${recordingEnding}.deleted`;

/** The folder of recordings: one file each, known by its name. */
export interface Shelf {
  pathOf(name: string): string;
  /** Where one that goes on is written. */
  partOf(name: string): string;
  incomingOf(name: string): string;
  /** Names of those that are whole. */
  names(): Promise<string[]>;
  row(name: string): Promise<RecordingRow>;
  /** Throws `recording-not-found`. */
  reader(name: string): Promise<Reader>;
  /** Gives a finished file its name, or the next one that is free; resolves with it. */
  place(path: string, name: string): Promise<string>;
  /** Puts it aside; resolves with what `restore` has it back by. */
  remove(name: string): Promise<string>;
  /** Resolves with its name. Throws `recording-not-found`. */
  restore(undo: string): Promise<string>;
  /** Deletes for good what was put aside longer than so many milliseconds ago. */
  sweep(ms: number): Promise<void>;
  rename(name: string, to: string): Promise<void>;
  /** Makes whole what a killed Hearth left, up to its last whole segment; resolves with the names. */
  recover(): Promise<string[]>;
}

export function openShelf(folder: string, log: Log): Shelf {
  /** When each was put aside, by its file. */
  const putAside = new Map<string, number>();
  const pathOf = (name: string): string => join(folder, `${name}${recordingEnding}`);
  const partOf = (name: string): string => join(folder, `${name}${partEnding}`);
  const names = async (ending: string): Promise<string[]> => {
    const all = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return all
      .filter((each) => each.endsWith(ending))
      .map((each) => each.slice(0, -ending.length))
      .filter((each) => recordingNameSchema.safeParse(each).success);
  };
  async function place(path: string, name: string): Promise<string> {
    for (let n = 1; ; n += 1) {
      const wanted = n === 1 ? name : `${name.slice(0, 60 - ` (${n})`.length)} (${n})`;
      try {
        await link(path, pathOf(wanted)); // never over another one
        await unlink(path);
        return wanted;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EEXIST') continue;
        // A file system without links: whoever looked a moment ago saw that the name is free.
        if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
        if (await exists(pathOf(wanted))) continue;
        await rename(path, pathOf(wanted));
        return wanted;
      }
    }
  }
  async function recoverOne(name: string): Promise<string | undefined> {
    const path = partOf(name);
    const file = await open(path, 'r+');
    try {
      const { end, segments, length, wholeBytes } = await readIndex(file);
      if (segments.length === 0) throw damaged('Nothing was recorded yet.');
      if (!end) {
        await file.truncate(wholeBytes);
        const bytes = await packSegment('end', [{ kind: 'end', t: length, cut: 'Hearth was ended while it recorded.' }]); // prettier-ignore
        await file.write(bytes, 0, bytes.length, wholeBytes);
        await file.sync();
      }
    } catch (error) {
      log.warn({ err: error, path }, 'what was left of a recording could not be made whole; it goes');
      await rm(path, { force: true });
      return undefined;
    } finally {
      await file.close();
    }
    return place(path, name);
  }
  return {
    pathOf,
    partOf,
    incomingOf: (name) => join(folder, `${name}${incomingEnding}`),
    names: () => names(recordingEnding),
    async row(name) {
      const { size, mtime } = await stat(pathOf(name));
      try {
        const { index } = await openReader(pathOf(name));
        return rowOf(name, index.header, {
          state: index.end ? 'whole' : 'damaged',
          seconds: index.length / 1000,
          size,
          ...(index.end?.cut !== undefined && { cut: index.end.cut }),
          ...(!index.end && { problem: damaged('Its end is missing.').problem }),
        });
      } catch (error) {
        return { name, state: 'damaged', startedAt: mtime.toISOString(), seconds: 0, size, machines: [], problem: asProblem(error) }; // prettier-ignore
      }
    },
    async reader(name) {
      try {
        return await openReader(pathOf(name));
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? notFound(name) : error;
      }
    },
    place,
    async remove(name) {
      try {
        const undo = randomUUID();
        const aside = `${name}.${undo}${deletedEnding}`;
        await rename(pathOf(name), join(folder, aside));
        putAside.set(aside, steadyNow());
        return undo;
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? notFound(name) : error;
      }
    },
    async restore(undo) {
      const ending = `.${undo}${deletedEnding}`;
      const file = (await readdir(folder)).find((each) => each.endsWith(ending));
      if (file === undefined) throw notThere();
      return place(join(folder, file), file.slice(0, -ending.length));
    },
    async sweep(ms) {
      for (const file of await readdir(folder)) {
        if (!file.endsWith(deletedEnding)) continue;
        const at = putAside.get(file);
        // What an earlier Hearth left is nobody's to have back.
        if (ms > 0 && at !== undefined && at > steadyNow() - ms) continue;
        putAside.delete(file);
        await rm(join(folder, file), { force: true });
      }
    },
    async rename(name, to) {
      if (name === to) return;
      if (!(await exists(pathOf(name)))) throw notFound(name);
      if (await exists(pathOf(to))) throw taken(to);
      await rename(pathOf(name), pathOf(to));
    },
    async recover() {
      for (const name of await names(incomingEnding)) await rm(join(folder, `${name}${incomingEnding}`), { force: true }); // prettier-ignore
      const found: string[] = [];
      for (const name of await names(partEnding)) {
        const placed = await recoverOne(name);
        if (placed !== undefined) found.push(placed);
      }
      return found;
    },
  };
}

export const rowOf = (
  name: string,
  { startedAt, machines, lab }: Header,
  more: Pick<RecordingRow, 'state' | 'seconds' | 'size' | 'cut' | 'problem'>,
): RecordingRow => ({ name, startedAt, machines, ...(lab !== undefined && { lab }), ...more });

const notThere = (): ProblemError =>
  new ProblemError({
    code: 'recording-not-found',
    title: 'It cannot be had back any more',
    detail: 'A deleted recording is kept for an hour, as long as Hearth runs and the disk has room.',
    fix: 'Import its file, if it was saved before.',
    kind: 'denied',
  });
export const notFound = (name: string): ProblemError =>
  new ProblemError({ code: 'recording-not-found', title: 'There is no such recording', detail: `There is no recording "${name}" (any more).`, fix: 'Go back to the list.' }); // prettier-ignore
export const taken = (name: string): ProblemError =>
  new ProblemError({ code: 'recording-name-taken', title: 'The name is taken', detail: `There is a recording "${name}" already.`, fix: 'Choose another name.', kind: 'denied' }); // prettier-ignore
