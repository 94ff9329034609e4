import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineContext, EnginePaths } from '../kube/context.ts';
import { virtualMachineSnapshotContents } from '../kube/resources.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import type { StateNeeds } from './state-key.ts';

interface StateRecord extends StateNeeds {
  bytes: number;
}
const folderOf = (paths: EnginePaths, content: string): string => join(paths.root, 'states', content);
const fileOf = (paths: EnginePaths, content: string): string => join(folderOf(paths, content), 'memory');

/**
 * Writes a stopped guest's memory and devices, over a socket of ours: QEMU's sandbox starts no programs, and this version
 * migrates to no file by itself. Resolves with its bytes. Throws what QEMU says; nothing is left then.
 */
export async function saveMemory(
  context: EngineContext,
  machine: Machine,
  content: string,
  needs: StateNeeds,
): Promise<number> {
  const folder = folderOf(context.paths, content);
  const temporary = `${folder}.new`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  const socket = machine.files.qmp.replace(/qmp$/, 'mem');
  rmSync(socket, { force: true });
  const server = createServer();
  try {
    const bytes = await receive(machine, server, socket, join(temporary, 'memory'));
    writeFileSync(join(temporary, 'state.json'), JSON.stringify({ ...needs, bytes } satisfies StateRecord), { mode: 0o600, flush: true }); // prettier-ignore
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    return bytes;
  } finally {
    server.close();
    rmSync(socket, { force: true });
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function receive(
  { qmp }: Machine,
  server: ReturnType<typeof createServer>,
  socket: string,
  file: string,
): Promise<number> {
  const received = Promise.withResolvers<number>();
  received.promise.catch(() => undefined);
  server.once('connection', (connection) => {
    let bytes = 0;
    connection.on('data', (chunk: Buffer) => (bytes += chunk.length));
    pipeline(connection, createWriteStream(file, { mode: 0o600, flush: true })).then(
      () => received.resolve(bytes),
      received.reject,
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  // The default of 128 MiB/s is for networks.
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 });
  await qmp.execute('migrate', { uri: `unix:${socket}` });
  for (;;) {
    const { status, 'error-desc': why } = await qmp.execute<{ status?: string; 'error-desc'?: string }>(
      'query-migrate',
    );
    if (status === 'completed') return received.promise;
    if (status === 'failed' || status === 'cancelled')
      throw new Error(`QEMU could not save the memory: ${why ?? status}`);
    await delay(20);
  }
}

/** Bytes of a saved state; undefined where there is none. */
export function savedState(paths: EnginePaths, content: string): StateRecord | undefined {
  try {
    const state = JSON.parse(readFileSync(join(folderOf(paths, content), 'state.json'), 'utf8')) as StateRecord;
    // One of an earlier version does not say what its devices were.
    return (state.shape as unknown) ? state : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The file that QEMU reads a state from. */
export const stateFile = fileOf;

export function removeState(paths: EnginePaths, content: string): void {
  rmSync(folderOf(paths, content), { recursive: true, force: true });
}

/** Removes states of snapshots that are gone, and half ones. */
export function removeStrayStates(context: EngineContext): void {
  const folder = join(context.paths.root, 'states');
  if (!existsSync(folder)) return;
  const known = new Set(context.store.list(virtualMachineSnapshotContents).map(({ metadata }) => metadata.uid));
  for (const name of readdirSync(folder))
    if (!known.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
}
