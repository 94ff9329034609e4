import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineContext } from '../kube/context.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { QmpError } from '../machine/qemu/qmp.ts';
import type { Qmp } from '../machine/qemu/qmp.ts';
import { stateFolder } from './memory.ts';
import type { StateRecord } from './memory.ts';
import type { StateNeeds } from './state-key.ts';
import { startWriter } from './writer/start.ts';
import type { MemoryWriter } from './writer/start.ts';
import { monotonic } from '../kube/monotonic.ts';

/** Memory that is being written. */
export interface Saving {
  /** Its bytes, once all of it is on disk. Rejects with what QEMU says; nothing is left then. */
  readonly written: Promise<number>;
}

/** A place for memory, and who writes it there. */
export interface MemoryPlace {
  readonly folder: string;
  readonly temporary: string;
  readonly socket: string;
  readonly writer: MemoryWriter;
}

/** Makes ready what takes time, while the guest still runs. Throws when it cannot; nothing is left then. */
export async function openPlace(context: EngineContext, machine: Machine, content: string): Promise<MemoryPlace> {
  const folder = stateFolder(context.paths, content);
  const temporary = `${folder}.new`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  const socket = machine.files.qmp.replace(/qmp$/, 'mem');
  rmSync(socket, { force: true });
  try {
    return { folder, temporary, socket, writer: await startWriter(socket, join(temporary, 'memory')) };
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}
/** It came to no writing. */
export function closePlace({ temporary, socket, writer }: MemoryPlace): void {
  writer.cancel();
  rmSync(socket, { force: true });
  rmSync(temporary, { recursive: true, force: true });
}

/**
 * Writes a stopped guest's memory and devices, over a socket: QEMU's sandbox starts no programs, and this version migrates to
 * no file by itself. Resolves when the guest may go on. `goesOn`: it ran before. Where the kernel lets QEMU do it (write
 * protection by userfaultfd: Linux 5.7, root or vm.unprivileged_userfaultfd), that is after a few milliseconds: QEMU then lets
 * it run and keeps each page before the guest changes it. Else the guest waits for the end of the writing.
 */
export async function saveMemory(
  place: MemoryPlace,
  machine: Machine,
  needs: StateNeeds,
  goesOn: boolean,
): Promise<Saving> {
  const { folder, temporary } = place;
  const runs = Promise.withResolvers<void>();
  const work = async (): Promise<number> => {
    try {
      const bytes = await write(machine.qmp, place, goesOn, runs.resolve);
      writeFileSync(join(temporary, 'state.json'), JSON.stringify({ ...needs, bytes } satisfies StateRecord), { mode: 0o600, flush: true }); // prettier-ignore
      rmSync(folder, { recursive: true, force: true });
      renameSync(temporary, folder);
      return bytes;
    } finally {
      closePlace(place);
    }
  };
  const written = work();
  await Promise.race([runs.promise, written]);
  return { written };
}

async function write(qmp: Qmp, { socket, writer }: MemoryPlace, goesOn: boolean, runs: () => void): Promise<number> {
  const background = await inBackground(qmp, goesOn);
  // The default of 128 MiB/s is for networks.
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 });
  await qmp.execute('migrate', { uri: `unix:${socket}` });
  for (let running = !background; ;) {
    const { status, 'error-desc': why } = await migration(qmp);
    if (status === 'completed') {
      // What QEMU has given away may not be on disk yet; the guest need not wait for that.
      runs();
      return writer.written;
    }
    if (status === 'failed' || status === 'cancelled')
      throw new Error(`QEMU could not save the memory: ${why ?? status}`);
    if (!running && (await qmp.execute<{ running: boolean }>('query-status')).running) {
      running = true;
      runs();
    }
    await delay(running ? 20 : 4);
  }
}

const migration = (qmp: Qmp): Promise<{ status?: string; 'error-desc'?: string }> => qmp.execute('query-migrate');

/** Milliseconds for what an earlier engine began to come to its end. */
const endsWithin = 60_000;

/** Waits until QEMU writes no memory any more, which an earlier engine may have asked it to do. To break it off is the last resort. */
export async function writingOver(qmp: Qmp): Promise<void> {
  for (const end = monotonic() + endsWithin; monotonic() < end; await delay(50)) {
    const { status = 'none' } = await migration(qmp);
    if (['none', 'completed', 'failed', 'cancelled'].includes(status)) return;
  }
  await qmp.execute('migrate_cancel');
}

/** Whether QEMU lets the guest go on while it writes. It refuses where the kernel, or the guest's kind of memory, has no part in it. */
async function inBackground(qmp: Qmp, wanted: boolean): Promise<boolean> {
  const set = (state: boolean): Promise<unknown> =>
    qmp.execute('migrate-set-capabilities', { capabilities: [{ capability: 'background-snapshot', state }] });
  try {
    await set(wanted);
    return wanted;
  } catch (error) {
    // QEMU before 6.0 does not know it.
    if (!(error instanceof QmpError)) throw error;
    if (wanted) await set(false).catch(() => undefined);
    return false;
  }
}
