import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../../contract/problem.ts';

/** How long a connection may stay silent. */
const silence = 30_000;

const unreachable = (url: string, error: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'mirror-unreachable',
      title: 'The package mirror cannot be reached',
      detail: `${url}: ${error instanceof Error ? reason(error) : String(error)}`,
      cause: 'No internet connection, a proxy in between, or the mirror is down.',
      fix: 'Check the connection, or choose another Debian mirror in Settings, then try again. What is already downloaded is kept.',
    },
    { cause: error },
  );

const reason = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);

/** A small text or index file. `notFound` gives undefined instead of failing. */
export async function fetchWhole(url: string, signal?: AbortSignal): Promise<Buffer> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([AbortSignal.timeout(120_000), ...(signal ? [signal] : [])]),
    });
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable(url, error);
  }
}

/**
 * A file by its SHA-256, from the cache folder or the mirror. A broken download goes on where it stopped, the finished
 * file is compared with the digest before it counts, and several processes may do the same at once.
 */
export async function fetchVerified(
  url: string,
  sha256: string,
  cache: string,
  options: { signal?: AbortSignal; onBytes?: (count: number) => void } = {},
): Promise<Buffer> {
  const path = join(cache, sha256);
  const cached = await readIfThere(path);
  if (cached && digest(cached) === sha256) return cached;
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const part = `${path}.${process.pid}.part`;
  await adoptPart(path, part);
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await fetchInto(url, part, options);
        break;
      } catch (error) {
        if (options.signal?.aborted || attempt === 3) throw error;
      }
    }
    const data = await readFile(part);
    if (digest(data) !== sha256) {
      await rm(part, { force: true });
      throw new ProblemError({
        code: 'package-checksum',
        title: 'A downloaded package is not what Debian published',
        detail: `${url} has another SHA-256 than the package index says.`,
        cause: 'The mirror is being updated right now, or something between here and the mirror changes files.',
        fix: 'Try again in a few minutes, or choose another Debian mirror in Settings.',
      });
    }
    await rename(part, path);
    return data;
  } catch (error) {
    // A half file is kept for the next try under a name that any process finds.
    await rename(part, `${path}.part`).catch(() => undefined);
    if (options.signal?.aborted || error instanceof ProblemError) throw error;
    throw unreachable(url, error);
  }
}

async function fetchInto(
  url: string,
  part: string,
  options: { signal?: AbortSignal; onBytes?: (count: number) => void },
): Promise<void> {
  const have = (await stat(part).catch(() => undefined))?.size ?? 0;
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(new Error('no data for 30 s')), silence);
  const signal = AbortSignal.any([stalled.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    const response = await fetch(url, { signal, headers: have ? { range: `bytes=${have}-` } : {} });
    if (response.status === 416) return;
    if (!response.ok || !response.body)
      throw new Error(`the server answered ${response.status} ${response.statusText}`);
    const resumed = response.status === 206;
    if (resumed) options.onBytes?.(have);
    const file = await open(part, resumed ? 'a' : 'w', 0o600);
    try {
      for await (const chunk of response.body) {
        timer.refresh();
        await file.writeFile(chunk);
        options.onBytes?.(chunk.length);
      }
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

async function adoptPart(path: string, part: string): Promise<void> {
  await rename(`${path}.part`, part).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

const readIfThere = (path: string): Promise<Buffer | undefined> =>
  readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

/** SHA-256 of a file, streamed. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
