import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { runProcess } from '../../process.ts';
import { resticProblem, silent } from './problems.ts';
import { environmentOf, tagArguments } from './repository.ts';
import type { Repository } from './repository.ts';

const snapshotSchema = z.object({
  id: z.string(),
  time: z.string(),
  hostname: z.string(),
  paths: z.array(z.string()),
  tags: z.array(z.string()).nullish(),
});
export type ResticSnapshot = z.infer<typeof snapshotSchema>;
const groupsSchema = z.array(z.object({ remove: z.array(snapshotSchema).nullish() }));
const summarySchema = z.object({ message_type: z.literal('summary'), data_added: z.number() });

/** Seconds until a place has to have answered a small question; restic itself tries S3 servers for a quarter of an hour. */
const answerSeconds = 45;
/** Seconds without a byte taken or given, after which the place is taken for gone. */
const stallSeconds = 300;
/** Pruning and checking read and write as much as there is. */
const longMs = 24 * 3600_000;

interface RunOptions {
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
}

/** Runs one command of restic to its end; what it printed. Throws the Problem that its words mean, AbortError. */
async function run(repository: Repository, argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { timeoutMs = answerSeconds * 1000, signal, onLine } = options;
  const { code, stdout, stderr, timedOut } = await runProcess(['restic', '--quiet', ...argv], {
    env: environmentOf(repository),
    timeoutMs,
    limit: 64 * 1024 * 1024,
    ...(signal && { signal }),
    ...(onLine && { onLine }),
  });
  const doing = argv[0] ?? '';
  if (timedOut) throw silent(repository.place, doing, timeoutMs / 1000);
  if (code !== 0) throw resticProblem(repository.place, doing, stderr, code);
  return stdout;
}

/** Opens a repository: throws `backup-place-empty` where there is none, `backup-wrong-password`. */
export const openRepository = async (repository: Repository, signal?: AbortSignal): Promise<void> =>
  void (await run(repository, ['cat', 'config', '--no-lock'], { signal }));

export const initRepository = async (repository: Repository): Promise<void> => void (await run(repository, ['init']));

/** Takes away locks whose program is gone; `all`: every one. */
export const unlock = async (repository: Repository, all = false): Promise<void> =>
  void (await run(repository, ['unlock', ...(all ? ['--remove-all'] : [])]));

export async function listSnapshots(repository: Repository, signal?: AbortSignal): Promise<ResticSnapshot[]> {
  const text = await run(repository, ['snapshots', '--json', '--no-lock'], { signal, timeoutMs: 120_000 });
  return z.array(snapshotSchema).nullable().parse(JSON.parse(text)) ?? [];
}

export interface Keep {
  last: number;
  daily: number;
  weekly: number;
  monthly: number;
}

/** What restic's policy would remove of one host's snapshots with all of these tags, counted for each path apart. */
export async function removable(
  repository: Repository,
  which: { host: string; tags: readonly string[] },
  keep: Keep,
): Promise<ResticSnapshot[]> {
  const rules = Object.entries(keep).flatMap(([name, count]) => (Number(count) > 0 ? [`--keep-${name}`, String(count)] : [])); // prettier-ignore
  const argv = ['forget', '--json', '--dry-run', '--group-by', 'host,paths', '--host', which.host, '--tag', which.tags.join(','), ...rules]; // prettier-ignore
  const text = await run(repository, argv, { timeoutMs: 120_000 });
  const groups = groupsSchema.nullable().parse(text.trim() === '' ? [] : JSON.parse(text)) ?? [];
  return groups.flatMap(({ remove }) => remove ?? []);
}

/** Forgets snapshots; their data goes with the next `prune`. */
export async function forget(repository: Repository, ids: readonly string[], signal?: AbortSignal): Promise<void> {
  for (let at = 0; at < ids.length; at += 500)
    await run(repository, ['forget', ...ids.slice(at, at + 500)], { signal, timeoutMs: 600_000 });
}

export const prune = async (repository: Repository, signal?: AbortSignal): Promise<void> =>
  void (await run(repository, ['prune'], { signal, timeoutMs: longMs }));

/** Looks at the structure, and reads a share of all data. Throws `backup-damaged`. */
export const check = async (repository: Repository, percent: number, signal?: AbortSignal): Promise<void> =>
  void (await run(repository, ['check', percent === 100 ? '--read-data' : `--read-data-subset=${percent}%`], { signal, timeoutMs: longMs })); // prettier-ignore

export interface NewSnapshot {
  /** Absolute, as it is to be listed. */
  path: string;
  tags: readonly string[];
  host: string;
  at: Date;
}

/**
 * Keeps a stream as a snapshot of one file; resolves with the bytes that were new. Where the stream fails or `signal` comes,
 * restic is ended before it can take the end of its input for the end of the file.
 */
export async function keepStream(
  repository: Repository,
  { path, tags, host, at }: NewSnapshot,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  let failure: unknown;
  let added: number | undefined;
  let stalled: NodeJS.Timeout | undefined;
  const alive = (): void => {
    clearTimeout(stalled);
    stalled = setTimeout(() => {
      failure ??= silent(repository.place, 'backup', stallSeconds);
      over.abort();
    }, stallSeconds * 1000);
  };
  const time = at.toISOString().slice(0, 19).replace('T', ' ');
  const argv = ['restic', '--json', 'backup', '--stdin', '--stdin-filename', path, '--host', host, '--time', time, ...tagArguments(tags)]; // prettier-ignore
  alive();
  try {
    const { code, stderr } = await runProcess(argv, {
      // Times of restic are local ones.
      env: { ...environmentOf(repository), TZ: 'UTC' },
      timeoutMs: longMs,
      signal: both,
      graceMs: 3000,
      onLine(line) {
        alive();
        added = addedBy(line) ?? added;
      },
      feed(stdin) {
        void (async () => {
          for await (const chunk of source) {
            if (both.aborted) return;
            alive();
            if (!stdin.write(chunk) && !stdin.destroyed) await drained(stdin);
            if (stdin.destroyed) return; // it ended: its exit code tells why
          }
          stdin.end();
        })().catch((error: unknown) => {
          failure ??= error;
          over.abort();
        });
      },
    });
    if (code !== 0) throw resticProblem(repository.place, 'backup', stderr, code);
    if (added === undefined) throw resticProblem(repository.place, 'backup', stderr, code);
    return added;
  } catch (error) {
    throw signal.aborted ? error : (failure ?? error);
  } finally {
    clearTimeout(stalled);
  }
}

/** Until it takes more, or is closed. */
const drained = (stdin: Writable): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      stdin.off('drain', end).off('close', end);
      resolve();
    };
    stdin.on('drain', end).on('close', end);
  });

/** Pure. */
export function addedBy(line: string): number | undefined {
  if (!line.includes('"summary"')) return undefined;
  try {
    return summarySchema.safeParse(JSON.parse(line)).data?.data_added;
  } catch {
    return undefined; // a line that was cut
  }
}

/**
 * A kept file as a stream, from its first byte. It fails with the Problem that restic's words mean; destroying it ends restic.
 * While it is read nobody may remove what it is made of; a place that cannot be written to is read without a lock.
 */
export function readKept(repository: Repository, snapshot: string, path: string, signal: AbortSignal): Readable {
  const out = new PassThrough({ highWaterMark: 1024 * 1024 });
  void lockArguments(repository).then((how) => {
    if (!out.destroyed) dump(repository, ['--quiet', 'dump', ...how, snapshot, path], out, signal);
  });
  return out;
}

async function lockArguments({ place }: Repository): Promise<string[]> {
  if (place.type !== 'folder') return [];
  return access(join(place.path, 'locks'), constants.W_OK).then(
    () => [],
    () => ['--no-lock'],
  );
}

function dump(repository: Repository, argv: readonly string[], out: PassThrough, signal: AbortSignal): void {
  const child = spawn('restic', argv, {
    env: environmentOf(repository),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  // Asked nicely first, so that its lock goes with it.
  let killer: NodeJS.Timeout | undefined;
  const end = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGINT');
    killer ??= setTimeout(() => child.kill('SIGKILL'), 3000);
  };
  let stalled: NodeJS.Timeout | undefined;
  const alive = (): void => {
    clearTimeout(stalled);
    stalled = setTimeout(() => out.destroy(silent(repository.place, 'dump', stallSeconds)), stallSeconds * 1000);
  };
  alive();
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-16_000)));
  child.stdout.on('data', alive);
  child.stdout.pipe(out, { end: false });
  child.once('error', (error) => out.destroy(error));
  child.once('close', (code) => {
    clearTimeout(killer);
    if (code === 0) out.end();
    else out.destroy(resticProblem(repository.place, 'dump', stderr, code));
  });
  signal.addEventListener('abort', end, { once: true });
  out.once('close', () => {
    clearTimeout(stalled);
    signal.removeEventListener('abort', end);
    child.stdout.destroy();
    end();
  });
}

/** A small kept file. Throws `backup-damaged` where it is larger than `limit` bytes. */
export async function readSmall(
  repository: Repository,
  snapshot: string,
  path: string,
  limit: number,
  signal = AbortSignal.timeout(120_000),
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const source = readKept(repository, snapshot, path, signal);
  for await (const chunk of source) {
    size += (chunk as Buffer).length;
    if (size > limit) {
      source.destroy();
      throw resticProblem(repository.place, 'dump', 'Fatal: invalid data: the file is larger than it can be', null);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
