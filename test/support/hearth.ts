import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { allocator } from '../../main/contract/allocator.ts';
import { connect } from '../../main/contract/connect.ts';
import { contract } from '../../main/contract/contract.ts';
import type { Api, Contract } from '../../main/contract/contract.ts';
import type { ListUpdate } from '../../main/contract/machine.ts';
import { websocketPort } from '../../main/contract/websocket-port.ts';

const root = join(import.meta.dirname, '../..');

/** A whole Hearth as a user runs it: `hearth serve` in a process of its own, on a data directory of its own. */
export interface Hearth {
  readonly dataDir: string;
  readonly url: string;
  readonly origin: string;
  readonly kubeconfig: string;
  /** All that its one line said. */
  readonly ready: Readonly<Record<string, unknown>>;
  readonly process: ChildProcess;
  /** Milliseconds from spawn to the ready line. */
  readonly readyMs: number;
  /** Signs in once and opens a contract connection; each call is one more page. */
  page(): Promise<Page>;
  /** SIGTERM, then waits; machines keep running unless it was started with `--stop-vms`. Resolves with the exit code. */
  stop(): Promise<number | null>;
  stderr(): string;
}
export interface Page {
  readonly api: Api;
  readonly cookie: string;
  close(): void;
}

/** A data directory that goes with the test. */
export function temporaryDataDir(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'hearth-data-'));
  // The engine of a Hearth that was killed for being slow ends a moment after it, and writes to its last.
  const remove = (): void => {
    for (let left = 40; ; left -= 1)
      try {
        rmSync(path, { recursive: true, force: true });
        return;
      } catch (error) {
        if (left === 0 || (error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
      }
  };
  return { path, remove };
}

/** Starts `hearth serve`: the built programs where they are there, else the sources. `under`: a program that starts it. */
export async function startHearth(
  dataDir: string,
  options: { args?: string[]; env?: Record<string, string>; under?: readonly string[] } = {},
): Promise<Hearth> {
  const built = join(root, 'out/main/cli.js');
  const entry = existsSync(built) && process.env['HEARTH_TEST_SOURCES'] !== '1' ? built : join(root, 'main/cli.ts');
  const started = performance.now();
  const [starter, ...how] = options.under ?? [];
  const before = starter === undefined ? [] : [...how, process.execPath];
  const child = spawn(
    starter ?? process.execPath,
    [...before, entry, 'serve', '--data-dir', dataDir, ...(options.args ?? [])],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      // As whatever starts it for a user does.
      env: { ...process.env, ...allocator, ...options.env },
    },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-200_000)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    void ended.then((code) =>
      reject(new Error(`hearth serve ended with ${code} before it was ready:\n${errors.slice(-4000)}`)),
    );
  });
  const readyMs = performance.now() - started;
  const ready = JSON.parse(line) as { url: string; kubeconfig: string };
  const origin = new URL(ready.url).origin;
  let cookie: string | undefined;
  return {
    dataDir,
    url: ready.url,
    origin,
    kubeconfig: ready.kubeconfig,
    ready,
    process: child,
    readyMs,
    stderr: () => errors,
    async page() {
      cookie ??= await signIn(ready.url);
      return openPage(origin, cookie);
    },
    async stop() {
      child.kill('SIGTERM');
      const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
      const code = await ended;
      clearTimeout(limit);
      return code;
    },
  };
}

/** Uses the one-time address up and returns the session's cookie. */
export async function signIn(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: 'manual' });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (!cookie) throw new Error(`No session from ${url}: HTTP ${answer.status} ${await answer.text()}`);
  return cookie;
}

/** One page's connection: the contract over a WebSocket, as the browser opens it; `via` another port that leads there. */
export async function openPage(origin: string, cookie: string, via?: number): Promise<Page> {
  const { host } = new URL(origin);
  const address = via === undefined ? host : `127.0.0.1:${via}`;
  const socket = new WebSocket(`${origin.startsWith('https') ? 'wss' : 'ws'}://${address}/rpc`, {
    headers: { cookie, origin, host },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const connection = connect<Contract>(contract, websocketPort(socket as never));
  return { api: connection.api, cookie, close: () => connection.close() };
}

/** Follows a living list until `done` says so; returns the rows by key. Throws after `limitMs`. */
export async function until<T>(
  list: AsyncIterable<ListUpdate<T>>,
  key: (item: T) => string,
  done: (rows: ReadonlyMap<string, T>) => boolean,
  limitMs = 60_000,
): Promise<ReadonlyMap<string, T>> {
  const rows = new Map<string, T>();
  const iterator = list[Symbol.asyncIterator]();
  const limit = new Promise<never>((_resolve, reject) => {
    setTimeout(
      () =>
        reject(new Error(`Not seen within ${limitMs} ms; rows: ${JSON.stringify([...rows.values()]).slice(0, 2000)}`)),
      limitMs,
    ).unref();
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), limit]);
      if (next.done) throw new Error('The list ended before.');
      apply(rows, next.value, key);
      if (done(rows)) return rows;
    }
  } finally {
    void iterator.return?.();
  }
}

function apply<T>(rows: Map<string, T>, update: ListUpdate<T>, key: (item: T) => string): void {
  if (update.type === 'snapshot') {
    rows.clear();
    for (const item of update.items) rows.set(key(item), item);
  } else if (update.type === 'delta') {
    for (const item of update.upserted) rows.set(key(item), item);
    for (const gone of update.removed) rows.delete(gone);
  } else if (update.type === 'reset') rows.clear();
}
