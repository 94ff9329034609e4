import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { labFileLimit } from '../../../contract/labs/file.ts';
import type { LabFile } from '../../../contract/labs/file.ts';
import type { LabRow } from '../../../contract/labs/run.ts';
import type { YamlFinding } from '../../../contract/machine.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import type { Log } from '../../log.ts';
import { turns } from '../../shared-file.ts';
import { mendFolder } from './mend.ts';
import { readLab } from '../file/read.ts';

/** Name of the file in a lab's folder. */
export const labFileName = 'lab.yaml';

/** One lab of the library, right or not. */
export interface LibraryLab {
  /** As its file says; of its folder where the file does not say it. */
  name: string;
  origin: LabRow['origin'];
  folder: string;
  text: string;
  findings: YamlFinding[];
  /** Only where nothing is wrong with the file. */
  lab?: LabFile;
  problem?: Problem;
}
export interface Library {
  /** Every lab once: a development one takes the place of an own one, and that of a shipped one. */
  all(): Promise<readonly LibraryLab[]>;
  /** Throws `lab-not-found`. */
  get(name: string): Promise<LibraryLab>;
  /** Told after something may have changed. Returns how to stop. */
  listen(told: () => void): () => void;
  /** Reads everything again now. */
  refresh(): Promise<void>;
  close(): void;
}

/** Labs of a development folder that are looked at, and folders that are watched. */
const most = 200;
/** An editor writes a file in several steps. */
const settleMs = 120;

export const labNotFound = (name: string): ProblemError =>
  new ProblemError({
    code: 'lab-not-found',
    title: 'There is no such lab',
    detail: `The library has no lab "${name}" (any more).`,
  });

/** Labs of three places, read when somebody asks and again when a file changed. `development`: the folder that its author has open, if any. */
export function openLibrary(places: { shipped: string; own: string; development: () => string | undefined; log: Log }): Library {
  const listeners = new Set<() => void>();
  const inTurn = turns();
  let known: Promise<LibraryLab[]> | undefined;
  let watchers: FSWatcher[] = [];
  let settling: NodeJS.Timeout | undefined;
  let closed = false;
  let mended: Promise<void> | undefined;

  const read = (): Promise<LibraryLab[]> =>
    inTurn(async () => {
      await (mended ??= mendFolder(places.own));
      const development = places.development();
      const found = new Map<string, LibraryLab>();
      const folders: [LabRow['origin'], string[]][] = [
        ['shipped', await foldersOf(places.shipped)],
        ['own', await foldersOf(places.own)],
        ['development', development === undefined ? [] : [development, ...(await foldersOf(development))]],
      ];
      for (const [origin, all] of folders)
        for (const folder of all) {
          const lab = await readFolder(folder, origin);
          if (lab) found.set(lab.name, lab);
        }
      follow([places.own, ...folders.slice(1).flatMap(([, all]) => all)]);
      return [...found.values()];
    });
  function changed(): void {
    clearTimeout(settling);
    settling = setTimeout(() => {
      known = undefined;
      for (const told of listeners) told();
    }, settleMs);
    settling.unref();
  }
  /** Folders of own labs and of the development folder. One that cannot be watched is read again when somebody asks. */
  function follow(folders: readonly string[]): void {
    for (const watcher of watchers.splice(0)) watcher.close();
    if (closed) return;
    for (const folder of folders.slice(0, most))
      try {
        const watcher = watch(folder, { persistent: false }, changed);
        watcher.on('error', () => watcher.close());
        watchers.push(watcher);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') places.log.warn({ err: error, folder }, 'changes of labs are not seen'); // prettier-ignore
      }
  }
  const all = (): Promise<LibraryLab[]> => {
    known ??= read();
    known.catch(() => (known = undefined)); // whoever asked has the error
    return known;
  };
  return {
    all,
    async get(name) {
      const found = (await all()).find((each) => each.name === name);
      if (!found) throw labNotFound(name);
      return found;
    },
    listen(told) {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    async refresh() {
      known = undefined;
      await all();
      for (const told of listeners) told();
    },
    close() {
      closed = true;
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
      watchers = [];
    },
  };
} // prettier-ignore

/** Real folders inside of one, by name; none where it is not there. */
async function foldersOf(place: string): Promise<string[]> {
  try {
    const entries = await readdir(place, { withFileTypes: true });
    return entries.filter((each) => each.isDirectory() && !each.name.startsWith('.')).map(({ name }) => join(place, name)).sort().slice(0, most); // prettier-ignore
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** The lab of a folder; undefined where it has none. */
export async function readFolder(folder: string, origin: LabRow['origin']): Promise<LibraryLab | undefined> {
  const file = join(folder, labFileName);
  const base = { name: basename(folder), origin, folder };
  try {
    const { size } = await stat(file);
    if (size > labFileLimit) {
      const message = `The file has ${size} bytes; a lab file may have ${labFileLimit}.`;
      return wrong({ ...base, text: '', findings: [{ severity: 'error', message, line: 1, column: 1 }] });
    }
    const text = await readFile(file, 'utf8');
    const { lab, findings } = await readLab(text, { own: origin === 'development' });
    return lab ? { ...base, name: lab.metadata.name, text, findings, lab } : wrong({ ...base, text, findings });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    return wrong({ ...base, text: '', findings: [{ severity: 'error', message: `The file cannot be read: ${(error as Error).message}`, line: 1, column: 1 }] }); // prettier-ignore
  }
}

/** One finding as people read it in a terminal. Pure. */
export const findingText = ({ line, column, message, path }: YamlFinding): string =>
  `line ${line}, column ${column}${path ? ` (${path})` : ''}: ${message}`;

function wrong(lab: Omit<LibraryLab, 'problem' | 'lab'>): LibraryLab {
  const errors = lab.findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  return { ...lab, problem: labFileProblem(errors.map(findingText), first) };
}
/** A lab file that cannot be used. */
export const labFileProblem = (errors: readonly string[], first?: YamlFinding): Problem => ({
  code: 'lab-file-wrong',
  title: 'The lab file is not right',
  detail: first ? `Line ${first.line}: ${first.message}` : 'It cannot be read.',
  fix: '`hearth lab validate` tells everything that is wrong with it.',
  output: errors.slice(0, 20),
  kind: 'failed',
});
