import { readFile, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Download } from '../../../../provisioning/plan.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { findDigest } from '../../images/checksum.ts';
import { takeLock } from '../../lock.ts';
import type { BundleIndex } from './bundle.ts';
import { extract } from './bundle.ts';
import type { Fetched, FetchOptions } from './fetcher.ts';
import { pullImage } from './image.ts';
import type { Route } from './route.ts';
import type { Store } from './store.ts';
import { digestOf, transfer, TransferError } from './transfer.ts';

export interface FetchOne {
  store: Store;
  route: Route;
  options: FetchOptions;
  bundle: { path: string; index: BundleIndex } | undefined;
  onBytes: (length: number) => void;
}

/** One file: found here, else out of the bundle, else from its address. Checked before it counts. Throws a Problem. */
export async function fetchOne(download: Download, at: FetchOne): Promise<Fetched> {
  const { store, options } = at;
  const lock = await soleLock(store.lock(download.name), download.name, options);
  try {
    const here = await store.use(download);
    if (here) return here;
    const packed = at.bundle?.index.files.get(download.name);
    if (at.bundle && packed) return await fromBundle(download, { ...at, bundle: at.bundle }, packed);
    return download.image ? await fromRegistry(download, at) : await fromAddress(download, at);
  } catch (error) {
    options.signal.throwIfAborted();
    throw asProblem(download, error, options);
  } finally {
    await lock.release();
  }
}

/** Two Hearths on one cache must not write into one part file: the second waits. */
async function soleLock(path: string, name: string, options: FetchOptions): Promise<{ release(): Promise<void> }> {
  for (let told = false; ; told = true) {
    try {
      return await takeLock(path, name);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.code !== 'data-dir-in-use') throw error;
      if (!told) options.onNote?.(`Another Hearth is fetching ${name}; waiting for it.`);
      await pause(250, undefined, { signal: options.signal });
    }
  }
}

async function fromAddress(download: Download, { store, route, options, onBytes }: FetchOne): Promise<Fetched> {
  const { name, url } = download;
  const part = store.part(name);
  const expected = download.sha256 ?? (await published(download, { store, route, options }));
  // What an earlier run left may be torn or of another address, and where no digest is known nothing would tell.
  if (expected === undefined) await rm(part, { force: true });
  const onRetry = (why: string): void => options.onNote?.(`${name}: ${why}; trying again.`);
  let is = await transfer(route, url, part, { signal: options.signal, onBytes, onRetry });
  if (expected !== undefined && is !== expected) {
    // The beginning may be of an earlier try that went wrong; once more, from the start.
    await rm(part, { force: true });
    options.onNote?.(`${name} is not what its checksum says; fetching it anew.`);
    is = await transfer(route, url, part, { signal: options.signal, onBytes, onRetry });
  }
  if (expected !== undefined && is !== expected) {
    await rm(part, { force: true });
    throw mismatch(name, expected, is, url);
  }
  try {
    if (download.sha256 === undefined) await store.remember(url, is, expected === undefined ? 'first use' : 'release');
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  if (expected === undefined) options.onNote?.(`${name}: no checksum is published; ${is} is recorded on first use.`);
  return store.keep(name, part, { from: url, sha256: is, pinned: download.sha256 !== undefined });
}

/** The release's own checksum of a file; must be what it was on first use. */
async function published(
  { name, url, checksums }: Download,
  { store, route, options }: Pick<FetchOne, 'store' | 'route' | 'options'>,
): Promise<string | undefined> {
  if (!checksums) return undefined;
  const list = store.part(`${name}.checksums`);
  await rm(list, { force: true });
  await transfer(route, checksums.url, list, { signal: options.signal });
  const digest = findDigest(await readFile(list, 'utf8'), checksums.file, 'sha256');
  await rm(list, { force: true });
  if (!digest)
    throw new ProblemError({
      code: 'checksum-not-stated',
      title: 'The release does not state a checksum for a file',
      detail: `${checksums.url} does not name ${checksums.file}.`,
      fix: 'Choose another version, or use an offline bundle.',
    });
  await store.remember(url, digest, 'release');
  options.onNote?.(`${name}: checked against ${new URL(checksums.url).pathname.split('/').at(-1)} of the release.`);
  return digest;
}

async function fromRegistry(download: Download, { store, route, options, onBytes }: FetchOne): Promise<Fetched> {
  const { name, image } = download;
  if (!image) throw new Error(`${name} is no image`);
  const part = store.part(name);
  await pullImage(route, image, part, {
    work: store.work(name),
    signal: options.signal,
    onBytes,
    onRetry: (why) => options.onNote?.(`${name}: ${why}; trying again.`),
  });
  return store.keep(name, part, { from: download.url, sha256: await digestOf(part), pinned: true });
}

async function fromBundle(
  download: Download,
  { store, options, bundle, onBytes }: FetchOne & { bundle: NonNullable<FetchOne['bundle']> },
  packed: { sha256: string; size: number; offset: number; pinned: boolean },
): Promise<Fetched> {
  const { name } = download;
  const part = store.part(name);
  await rm(part, { force: true });
  await extract(bundle.path, packed, part, options.signal);
  const is = await digestOf(part);
  const expected = download.sha256 ?? packed.sha256;
  if (is !== expected || is !== packed.sha256) {
    await rm(part, { force: true });
    throw mismatch(name, expected, is, bundle.path);
  }
  if (!download.image && download.sha256 === undefined) await store.remember(download.url, is, 'bundle');
  onBytes(packed.size);
  options.onNote?.(`${name}: taken from the bundle.`);
  return store.keep(name, part, {
    from: bundle.path,
    sha256: is,
    pinned: download.sha256 !== undefined || packed.pinned,
  });
}

const mismatch = (name: string, expected: string, is: string, from: string): ProblemError =>
  new ProblemError({
    code: 'checksum-mismatch',
    title: 'A file is not what its checksum says',
    detail: `${name} from ${from} has the SHA-256 ${is}; expected was ${expected}.`,
    cause: 'It was damaged on the way, or replaced.',
    fix: 'Try again; if it stays, use another line, another mirror or an offline bundle. It was not installed.',
  });

function asProblem(download: Download, error: unknown, options: FetchOptions): unknown {
  if (error instanceof ProblemError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new ProblemError(
      { code: 'disk-full', title: 'The disk is full', detail: `${download.title} did not fit (${download.name}).` },
      { cause: error },
    );
  if (!(error instanceof TransferError)) return error;
  return new ProblemError(
    {
      code: error.status === 404 ? 'file-not-there' : 'download-failed',
      title: `${download.title} could not be fetched`,
      detail: `${download.name}: ${error.message}.`,
      ...(error.status === 404 && {
        cause: options.mirror ? 'The mirror does not have it.' : 'There is no such release file.',
      }),
      fix: options.bundle
        ? `The bundle ${options.bundle} does not hold ${download.name}. Make it anew on a connected computer.`
        : 'Check the connection (and proxy), then try again: it goes on where it stopped. Without the internet, use an offline bundle.',
      command: download.url,
    },
    { cause: error },
  );
}
