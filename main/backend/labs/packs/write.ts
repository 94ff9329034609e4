import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { LabFile } from '../../../contract/labs/file.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { padded, tarEnd, tarHeader } from '../../transfer/file/tar.ts';
import { labFileName } from '../library/library.ts';
import type { LibraryLab } from '../library/library.ts';
import { fits, imageFile, limits, manifestName, readManifest } from './manifest.ts';
import type { PackFile, PackManifest } from './manifest.ts';

/** Fetches an address into a file. Throws where it cannot. */
export type FetchImage = (url: string, path: string, signal: AbortSignal, told: (bytes: number) => void) => Promise<void>; // prettier-ignore

export interface WriteOptions {
  /** Images of addresses go in, too; those that the lab brings along always do. */
  images: boolean;
  fetch: FetchImage;
  /** Of Hearth. */
  version: string;
}
interface Part extends PackFile {
  /** Where its content is; absent: it is the lab's text. */
  path?: string;
}

/** Writes a lab with all that belongs to it into one file, whole or not at all. Throws Problems. */
export async function writePack({ text, folder, lab }: LibraryLab & { lab: LabFile }, path: string, options: WriteOptions, task: TaskHandle): Promise<void> {
  const fetched = await mkdtemp(`${path}.images-`);
  const part = `${path}.part`;
  try {
    const content = Buffer.from(text);
    task.step('Files');
    const parts: Part[] = [{ name: labFileName, size: content.length, sha256: createHash('sha256').update(content).digest('hex') }];
    for (const name of await filesOf(folder)) parts.push(await partOf(name, join(folder, name), task.signal));
    task.step('Images');
    for (const image of lab.images) parts.push(...(await imageParts(image, { ...options, folder, fetched }, task)));
    const manifest: PackManifest = {
      format: 'hearth-lab',
      version: 1,
      made: new Date().toISOString(),
      by: `Hearth ${options.version}`.slice(0, 100),
      lab: { name: lab.metadata.name, title: lab.metadata.title, version: lab.metadata.version },
      files: parts.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
      images: lab.images.map((image) => ({ name: image.name, ...(image.sha256 !== undefined && { sha256: image.sha256 }), from: image.url ?? image.use ?? 'this pack', ...(parts.some(({ name }) => name === imageFile(image)) && { file: imageFile(image) }) })),
    };
    const told = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
    readManifest(told.toString()); // what nobody could read again is not written
    task.step('Write the file', path);
    // An image of a disk is packed already, or mostly empty: little is to be had, and the empty parts go at any level.
    const level = parts.some(({ name }) => name.startsWith('images/')) ? constants.Z_BEST_SPEED : constants.Z_BEST_COMPRESSION;
    const file = await open(part, 'w', 0o644);
    await pipeline(Readable.from(archive(told, content, parts, task)), createGzip({ level }), file.createWriteStream({ flush: true }), { signal: task.signal });
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
    await rm(fetched, { recursive: true, force: true });
  }
} // prettier-ignore

async function* archive(manifest: Buffer, text: Buffer, parts: readonly Part[], task: TaskHandle): AsyncGenerator<Buffer> {
  const at = new Date();
  const whole = parts.reduce((sum, { size }) => sum + size, 0);
  let written = 0;
  const fill = (size: number): Buffer => Buffer.alloc(padded(size) - size);
  yield tarHeader(manifestName, manifest.length, at);
  yield Buffer.concat([manifest, fill(manifest.length)]);
  for (const { name, size, path } of parts) {
    yield tarHeader(name, size, at);
    let count = 0;
    for await (const chunk of path === undefined ? [text] : (createReadStream(path, { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>)) {
      count += chunk.length;
      yield chunk;
      task.update({ progress: (written += chunk.length) / whole });
    }
    if (count !== size) throw new ProblemError({ code: 'lab-file-changed', title: 'A file changed while it was packed', detail: `${name} has ${count} bytes now, and had ${size}.`, fix: 'Try again when nobody writes it.' });
    yield fill(size);
  }
  yield tarEnd;
} // prettier-ignore

/** What of a lab's folder is given away beside the lab: its README and licence, and everything below `files`. Links are left out. */
async function filesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (below: string): Promise<void> => {
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(none);
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      const wanted =
        below !== '' || name === 'files' || (name !== labFileName && !name.startsWith('images') && fits(name));
      if (!wanted || entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) await walk(name);
      else if (entry.isFile() && !fits(name))
        throw new ProblemError({ code: 'lab-file-name', title: 'A file of the lab cannot be packed', detail: `${name} has a name that not every computer takes.`, fix: 'Use letters, digits, dots, dashes and underscores.' }); // prettier-ignore
      else if (entry.isFile()) found.push(name);
      if (found.length > limits.count) throw new ProblemError({ code: 'lab-pack-too-large', title: 'The lab has too many files', detail: `Beside a lab there may be ${limits.count} files.` }); // prettier-ignore
    }
  };
  await walk('');
  return found;
}
const none = (error: NodeJS.ErrnoException): [] => {
  if (error.code === 'ENOENT') return [];
  throw error;
};

async function partOf(name: string, path: string, signal: AbortSignal): Promise<Part> {
  const { size } = await stat(path);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal })) hash.update(chunk as Buffer);
  return { name, path, size, sha256: hash.digest('hex') };
}

/** The file of an image, where it goes into the pack. Those of the image library stay names: every Hearth has its own. */
async function imageParts(image: LabFile['images'][number], from: WriteOptions & { folder: string; fetched: string }, task: TaskHandle): Promise<Part[]> {
  const name = imageFile(image);
  if (name === undefined || (image.file === undefined && !from.images)) return [];
  let path = join(from.folder, name);
  const there = await lstat(path).then((entry) => entry.isFile(), () => false);
  if (!there && image.url === undefined) throw new ProblemError({ code: 'lab-image-missing', title: 'An image of the lab is missing', detail: `There is no ${name} in ${from.folder}.`, fix: 'Put it there, or give it an address in the lab file.' });
  if (!there) {
    path = join(from.fetched, image.sha256 ?? image.name);
    task.update({ detail: `Image ${image.name}` });
    const { size } = image;
    await from.fetch(image.url ?? '', path, task.signal, (bytes) => task.update({ detail: `Image ${image.name}: ${Math.round(bytes / 2 ** 20)} MiB${size === undefined ? '' : ` of ${Math.round(size / 2 ** 20)}`}` }));
  }
  const part = await partOf(name, path, task.signal);
  if (part.sha256 === image.sha256) return [part];
  throw new ProblemError({ code: 'lab-image-wrong', title: 'An image of the lab is not what its file says', detail: `${image.url ?? name} has the SHA-256 ${part.sha256}, and the lab file says ${image.sha256}.`, fix: 'Mend the lab file, or get the right image.' });
} // prettier-ignore

/** A file may be written there. Throws `bad-path`. */
export async function checkPackPlace(path: string): Promise<void> {
  const refuse = (detail: string): never => {
    throw new ProblemError({ code: 'bad-path', title: 'The lab cannot be saved there', detail, fix: 'Choose another file.', fields: { path: detail } }); // prettier-ignore
  };
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) refuse(`There is no folder ${dirname(path)}.`);
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile()) refuse('That is no file.');
}
