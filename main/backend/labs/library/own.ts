import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabImport } from '../../../contract/labs/labs.ts';
import { labFileLimit } from '../../../contract/labs/file.ts';
import type { LabFile } from '../../../contract/labs/file.ts';
import type { LabPreview } from '../../../contract/labs/run.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { checkLocalFile } from '../../images/local-file.ts';
import { writeFileAtomic } from '../../json-file.ts';
import { privateFolder } from '../../paths.ts';
import { turns } from '../../shared-file.ts';
import { readLab } from '../file/read.ts';
import { compareLab } from '../packs/manifest.ts';
import type { PackManifest } from '../packs/manifest.ts';
import { readPack } from '../packs/read.ts';
import type { PackSource } from '../packs/read.ts';
import type { Log } from '../../log.ts';
import { openLabBin } from './bin.ts';
import type { LabBin } from './bin.ts';
import { hidden } from './mend.ts';
import { findingText, labFileName, labFileProblem } from './library.ts';
import type { Library, LibraryLab } from './library.ts';
import { monotonic } from '../../../contract/monotonic.ts';

/** Milliseconds after which what was looked at and not kept is forgotten, and how many are remembered. */
const forgetMs = 3_600_000;
const most = 20;

/** A lab from somebody else as it was looked at. */
interface Looked {
  name: string;
  title: string;
  text: string;
  /** Of a pack: where it is, and what it held then. */
  pack?: { source: PackSource; manifest: PackManifest };
  until: number;
}
/** What is told while a pack is kept. */
export interface Keeping {
  signal: AbortSignal;
  onProgress: (share: number) => void;
}

/** A file, the text of one, or the bytes of a pack (base64). */
export type LabSource = { path: string } | { text: string } | { pack: string };

/** Labs from somebody else: looked at first, kept when a person says so. */
export interface OwnLabs {
  look(
    from: LabSource,
    preview: (entry: LibraryLab & { lab: LabFile }) => Promise<LabPreview>,
    signal: AbortSignal,
  ): Promise<LabImport>;
  /** What was looked at. Throws `lab-import-forgotten`. */
  looked(token: string): Looked;
  /** Keeps it, whole or not at all. Throws Problems. */
  keep(token: string, options: Keeping): Promise<void>;
  /** Into the bin; resolves with its id there. Throws `lab-not-own`. */
  remove(name: string): Promise<string>;
  readonly bin: LabBin;
}

/** `folder`: of own labs. */
export function createOwnLabs(folder: string, library: Library, log: Log): OwnLabs {
  const known = new Map<string, Looked>();
  const inTurn = turns();
  const bin = openLabBin(folder, library, log);
  const looked = (token: string): Looked => {
    const found = known.get(token);
    if (found && found.until >= monotonic()) return found;
    throw new ProblemError({ code: 'lab-import-forgotten', title: 'This lab was looked at too long ago', detail: 'What was shown is not remembered any more.', fix: 'Open the file again.' });
  };
  return {
    async look(from, preview, signal) {
      const { text, pack } = await opened(from, signal);
      const { lab, findings } = await readLab(text);
      if (!lab) {
        const errors = findings.filter(({ severity }) => severity === 'error');
        throw new ProblemError(labFileProblem(errors.map(findingText), errors[0]));
      }
      if (pack) compareLab(lab, pack.manifest);
      const alone = lab.images.find(({ file }) => file !== undefined && !pack);
      if (alone) throw new ProblemError({ code: 'lab-image-missing', title: 'An image of the lab is missing', detail: `The lab brings ${alone.file} along, and this file is not its pack.`, fix: 'Import the pack of the lab (.hearthlab).' });
      const { name, title } = lab.metadata;
      const before = (await library.all()).find((each) => each.name === name);
      const entry: LibraryLab & { lab: LabFile } = { name, origin: 'own', folder: join(folder, name), text, findings, lab };
      const shown = await preview(entry);
      const now = monotonic();
      for (const [token, { until }] of known) if (until < now || known.size >= most) known.delete(token);
      const token = randomUUID();
      known.set(token, { name, title, text, ...(pack && { pack }), until: now + forgetMs });
      return { token, preview: shown, findings, ...(before && { replaces: { version: before.lab?.metadata.version ?? '', origin: before.origin } }) };
    },
    looked,
    keep: (token, options) =>
      inTurn(async () => {
        const { name, text, pack } = looked(token);
        await privateFolder(folder);
        const fresh = join(folder, hidden(name, 'new'));
        try {
          await privateFolder(fresh);
          if (pack) await unpack(pack, text, fresh, options);
          else await writeFileAtomic(join(fresh, labFileName), text);
          options.signal.throwIfAborted();
          await exchange(folder, name, fresh);
        } finally {
          await rm(fresh, { recursive: true, force: true });
        }
        known.delete(token);
        await library.refresh();
      }),
    async remove(name) {
      const entry = await library.get(name);
      if (entry.origin !== 'own') throw new ProblemError({ code: 'lab-not-own', title: 'This lab is not yours to remove', detail: entry.origin === 'shipped' ? `${name} comes with Hearth.` : `${name} lies in ${entry.folder}: remove it there.`, kind: 'denied' });
      return inTurn(() => bin.take(entry));
    },
    bin,
  };
} // prettier-ignore

/** A lab file, or a pack: its first bytes tell. */
async function opened(from: LabSource, signal: AbortSignal): Promise<Pick<Looked, 'text'> & { pack: Looked['pack'] }> {
  if ('text' in from) return { text: from.text, pack: undefined };
  if ('pack' in from) return packIn(Buffer.from(from.pack, 'base64'), signal);
  const { path, size } = await checkLocalFile(from.path);
  if (await isPacked(path)) return packIn(path, signal);
  if (size > labFileLimit) throw new ProblemError(labFileProblem([`The file has ${size} bytes; a lab file may have ${labFileLimit}.`])); // prettier-ignore
  return { text: await readFile(path, 'utf8'), pack: undefined };
}
async function packIn(source: PackSource, signal: AbortSignal): ReturnType<typeof opened> {
  const { text, manifest } = await readPack(source, { signal });
  return { text, pack: { source, manifest } };
}
async function isPacked(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(2);
    await file.read(head, 0, 2, 0);
    return head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** The second reading writes; it has to hold what the first one found. */
async function unpack({ source, manifest }: NonNullable<Looked['pack']>, text: string, into: string, { signal, onProgress }: Keeping): Promise<void> {
  const wanted = manifest.files.reduce((sum, { size }) => sum + size, 0);
  const { bavail, bsize } = await statfs(into);
  if (wanted > bavail * bsize) throw new ProblemError({ code: 'lab-disk', title: 'There is not enough disk space', detail: `The lab has ${mib(wanted)} MiB, and ${mib(bavail * bsize)} MiB are free.`, fix: 'Delete what nobody needs.', kind: 'denied' });
  const again = await readPack(source, { signal, onProgress, into });
  if (again.text !== text || JSON.stringify(again.manifest) !== JSON.stringify(manifest)) throw new ProblemError({ code: 'lab-file-changed', title: 'The file is another one now', detail: 'It changed since it was looked at.', fix: 'Open it again.' });
} // prettier-ignore
const mib = (bytes: number): number => Math.ceil(bytes / 2 ** 20);

/** The new folder takes the old one's place. Cut off between the two, `mendFolder` brings the old one back. */
async function exchange(folder: string, name: string, fresh: string): Promise<void> {
  const place = join(folder, name);
  const old = join(folder, hidden(name, 'old'));
  try {
    await rename(place, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await rename(fresh, place);
  await rm(old, { recursive: true, force: true });
}
