import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { transferText } from '../images/follow.ts';
import { isUnreachable, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { claimOf, describeMachine } from './describe.ts';
import { indexName, indexText, manifestName, manifestText, readManifest } from './file/manifest.ts';
import { padded, tarEnd, tarHeader } from './file/tar.ts';
import { withIdentity } from './identity.ts';
import { linkOf, openLink } from './link.ts';
import type { Link } from './link.ts';
import type { ExportRecord, Keeper } from './records.ts';
import { closeExport, openExport } from './source.ts';
import { exportedState } from './state.ts';
import { ProblemError } from '../../contract/problem.ts';
import { monotonic } from '../../contract/monotonic.ts';

const attempts = 4;
export const partOf = (file: string): string => `${file}.part`;

/**
 * Writes a machine file, or goes on with one: `<file>.part` grows, the record says up to where it counts, the rename at the
 * end makes it a file. A disk that was cut goes on at its byte where the target takes ranges, else at its beginning.
 */
export async function writeMachineFile(
  target: OpenTarget,
  records: Keeper,
  record: ExportRecord,
  task: TaskHandle,
  version: string,
): Promise<void> {
  const { input } = record;
  task.step('Prepare the disks');
  const vm = await target.client.get(kinds.virtualMachines, input.namespace, input.name, task.signal);
  const about = await describeMachine(target, vm, input);
  const made = about.disks.length > 0 ? await openExport(target, record.id, input, task) : undefined;
  const firmware = await exportedState(target, made?.object);
  withIdentity(about, made?.object);
  const links = new Map<string, Link>();
  for (const disk of about.disks) {
    const names = [disk.volume, claimOf(volumeOf(vm, disk.volume)) ?? ''];
    const link = made && linkOf(made.object, names);
    if (!link) throw new ProblemError({ code: 'export-incomplete', title: 'The target does not hand out every disk', detail: `There is no link for ${disk.volume}.`, fix: 'Look at the VirtualMachineExport on the target.' }); // prettier-ignore
    links.set(disk.volume, link);
    if (link.format === 'gzip') Object.assign(disk, { format: 'gzip', file: `disks/${disk.volume}.img.gz` });
  }
  task.step('Write the file', record.file);
  const mtime = new Date(record.at);
  const file = await openPart(record);
  try {
    const text = (record.manifest ??= manifestText({
      ...about,
      ...(firmware && { firmware }),
      made: record.at,
      by: `Hearth ${version}`,
    }));
    const manifest = readManifest(text);
    let at = await writeEntry(file, 0, manifestName, Buffer.from(text), mtime);
    await records.put(record);
    for (const [index, disk] of manifest.disks.entries()) {
      const link = links.get(disk.volume);
      if (!link || !made) throw new Error(`no link of ${disk.volume}`);
      const known = (record.disks[index] ??= { file: disk.file, at });
      if (known.sha256 === undefined || known.size === undefined) {
        const share = { from: 0.6 + (0.4 * index) / manifest.disks.length, part: 0.4 / manifest.disks.length };
        const headers = { 'x-kubevirt-export-token': made.token };
        const got = await fetchDisk({
          target,
          link,
          headers,
          file,
          at: at + 512,
          task,
          share,
          known,
          keep: () => records.put(record),
        });
        Object.assign(known, got);
        await file.write(tarHeader(disk.file, got.size, mtime), 0, 512, at);
        await file.sync();
        await records.put(record);
      }
      at += 512 + padded(known.size ?? 0);
    }
    const sums = record.disks.map(({ file: name, size = 0, sha256 = '' }) => ({ name, size, sha256 }));
    const first = {
      name: manifestName,
      size: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
    };
    at = await writeEntry(file, at, indexName, Buffer.from(indexText({ files: [first, ...sums] })), mtime);
    await file.write(tarEnd, 0, tarEnd.length, at);
    await file.truncate(at + tarEnd.length);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partOf(record.file), record.file);
  await settleFolder(dirname(record.file));
  if (made) await closeExport(target, input.namespace, record.id);
  await records.remove(record.id);
}

/** When a machine was last written to a file, ISO 8601; stands at the machine. */
export const exportedAnnotation = 'hearth.dev/exported';
export async function noteExport({ client }: OpenTarget, { namespace, name }: ExportRecord['input']): Promise<void> {
  try {
    await client.patch(kinds.virtualMachines, { namespace, name }, { metadata: { annotations: { [exportedAnnotation]: new Date().toISOString() } } }); // prettier-ignore
  } catch (error) {
    // The file is whole: a machine that went meanwhile, or that this user may only read, is not noted.
    if (!(error instanceof KubeError)) throw error;
  }
}

/** What was written so far; begins anew where that is gone. */
async function openPart(record: ExportRecord): Promise<FileHandle> {
  if (record.manifest !== undefined)
    try {
      return await open(partOf(record.file), 'r+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  delete record.manifest;
  record.disks = [];
  return open(partOf(record.file), 'w+', 0o600);
}

const volumeOf = (vm: object, name: string): unknown =>
  (vm as { spec: { template: { spec: { volumes: { name: string }[] } } } }).spec.template.spec.volumes.find((each) => each.name === name); // prettier-ignore

async function writeEntry(file: FileHandle, at: number, name: string, data: Buffer, mtime: Date): Promise<number> {
  await file.write(tarHeader(name, data.length, mtime), 0, 512, at);
  const body = Buffer.alloc(padded(data.length));
  data.copy(body);
  await file.write(body, 0, body.length, at + 512);
  return at + 512 + body.length;
}

async function settleFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be synced there
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface Fetching {
  target: OpenTarget;
  link: Link;
  headers: Record<string, string>;
  file: FileHandle;
  /** Where the disk's bytes begin in the file. */
  at: number;
  task: TaskHandle;
  share: { from: number; part: number };
  known: ExportRecord['disks'][number];
  keep: () => Promise<void>;
}

/** One disk into the file. What a broken connection left is gone on from, a few times by itself. */
async function fetchDisk(fetching: Fetching): Promise<{ size: number; sha256: string }> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await fetchOnce(fetching);
    } catch (error) {
      const passing =
        (error instanceof KubeError && isUnreachable(error)) || (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      if (fetching.task.signal.aborted || !passing || attempt === attempts) throw error;
      await wait(500 * attempt, undefined, { signal: fetching.task.signal });
    }
}

async function fetchOnce({
  target,
  link,
  headers,
  file,
  at,
  task,
  share,
  known,
  keep,
}: Fetching): Promise<{ size: number; sha256: string }> {
  // prettier-ignore
  const there = Math.max(0, (await file.stat()).size - at);
  const goOn = link.format === 'qcow2' && known.etag !== undefined && there > 0;
  const range = goOn ? { range: `bytes=${there}-`, 'if-range': known.etag ?? '' } : {};
  const answer = await openLink(target, link, { ...headers, ...range }, task.signal);
  const resumed = answer.statusCode === 206;
  let hash: Hash = createHash('sha256');
  let done = resumed ? there : 0;
  try {
    if (resumed) hash = await hashOf(file, at, there);
    else {
      await file.truncate(at);
      const { etag } = answer.headers;
      if (etag !== undefined) {
        known.etag = etag;
        await keep();
      }
    }
    const length = Number(answer.headers['content-length'] ?? Number.NaN);
    const total = Number.isFinite(length) ? done + length : undefined;
    const began = { at: monotonic(), done };
    let told = 0;
    for await (const piece of answer) {
      const chunk = piece as Buffer;
      await file.write(chunk, 0, chunk.length, at + done);
      hash.update(chunk);
      done += chunk.length;
      if (monotonic() - told < 250) continue;
      told = monotonic();
      const rate = ((done - began.done) / Math.max(1, told - began.at)) * 1000;
      task.update({
        ...(total ? { progress: share.from + share.part * (done / total) } : {}),
        ...transferText(done, total, rate),
      });
    }
    if (total !== undefined && done !== total)
      throw Object.assign(new Error('the download ended early'), { code: 'ECONNRESET' });
  } catch (error) {
    // A node stream's own word for a connection that was cut.
    if (/^(ECONNRESET|ERR_STREAM_PREMATURE_CLOSE)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw Object.assign(new Error('the download ended early', { cause: error }), { code: 'ECONNRESET' }); // prettier-ignore
    throw error;
  } finally {
    answer.destroy();
  }
  return { size: done, sha256: hash.digest('hex') };
}

async function hashOf(file: FileHandle, at: number, size: number): Promise<Hash> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1024 * 1024);
  for (let done = 0; done < size;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - done), at + done);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
  return hash;
}

/** Takes an unfinished export away, here and on the target (where that still answers). */
export async function discardExport(
  target: OpenTarget | undefined,
  records: Keeper,
  record: ExportRecord,
): Promise<void> {
  if (target) await closeExport(target, record.input.namespace, record.id);
  await rm(partOf(record.file), { force: true });
  await records.remove(record.id);
}
