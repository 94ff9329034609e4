import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { programBeside } from '../../process/program.ts';
import type { FromWriter } from './protocol.ts';

export interface MemoryWriter {
  /** Bytes of the file, once all of them are on disk. Rejects with why not: all that came was taken nevertheless. */
  readonly written: Promise<number>;
  /** Nobody will write: it ends. Where QEMU writes already it goes on to its end. */
  cancel(): void;
}

/** Milliseconds until the program listens. */
const patience = 60_000;

/** Starts the program that takes memory at `socket` and writes it to `file`; resolves when it listens. Throws when it cannot. */
export async function startWriter(socket: string, file: string): Promise<MemoryWriter> {
  // It outlives us, as the machines do; small, for it only passes things on.
  const child = spawn(process.execPath, ['--max-old-space-size=96', programBeside(import.meta, 'main.ts', 'memory-writer.js'), socket, file], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '' },
  }); // prettier-ignore
  const listens = Promise.withResolvers<void>();
  const written = Promise.withResolvers<number>();
  written.promise.catch(() => undefined); // whoever waits for it is told
  const failed = (error: Error): void => {
    listens.reject(error);
    written.reject(error);
  };
  const late = setTimeout(() => {
    child.kill('SIGKILL');
    failed(new Error('The writer of the memory did not start'));
  }, patience);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as FromWriter;
    if ('listens' in message) listens.resolve();
    else if ('bytes' in message) written.resolve(message.bytes);
    else failed(Object.assign(new Error(message.why), { code: message.code }));
  });
  child.once('error', failed);
  child.once('close', (code) => failed(new Error(`The writer of the memory ended (${code ?? 'killed'})`)));
  try {
    await listens.promise;
  } finally {
    clearTimeout(late);
  }
  return { written: written.promise, cancel: () => void child.kill('SIGTERM') };
}
