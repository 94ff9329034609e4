import { rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { monotonic } from '../kube/monotonic.ts';

/** How long a starting engine waits for the one before it to end, in milliseconds. */
const patience = 15_000;

/**
 * One engine a data folder: holds a listening socket in the run folder, which the kernel frees however this process
 * ends. Where another engine holds it, waits for that one to end; throws when it does not.
 */
export const lockEngine = async (run: string): Promise<() => void> => {
  const path =
    process.platform === 'win32' ? `\\\\.\\pipe\\${run.replaceAll(/[:\\/]/g, '-')}-engine` : join(run, 'engine.sock');
  const deadline = monotonic() + patience;
  for (;;) {
    const server = await listen(path);
    if (server) return () => void server.close();
    const state = await otherEnded(path, Math.max(0, deadline - monotonic()));
    if (state === 'stays') throw new Error(`another engine is running on this data folder (${path})`);
    if (state === 'dead') rmSync(path, { force: true });
  }
};

const listen = (path: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    // Those who wait for this engine's end stay connected; nothing is said.
    const server = createServer((socket) => socket.on('error', () => socket.destroy()).unref());
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });

const otherEnded = (path: string, timeout: number): Promise<'ended' | 'dead' | 'stays'> =>
  new Promise((resolve) => {
    const socket = connect(path);
    let connected = false;
    const timer = setTimeout(() => {
      resolve('stays');
      socket.destroy();
    }, timeout);
    socket.once('connect', () => (connected = true));
    socket.resume();
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(connected ? 'ended' : 'dead');
    });
  });
