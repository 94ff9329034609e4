import { statfs } from 'node:fs/promises';
import type { Log } from '../../kube/context.ts';
import type { Machine } from '../qemu/machine.ts';

/** A guest goes on when so many bytes are free; less would only pause it again at once. */
const enough = 32 * 2 ** 20;

/**
 * While a machine is paused for want of space: looks every few seconds (no file system tells of free space by an
 * event) and lets it go on. A machine that stops again soon waits twice as long each time. With each look its state is
 * told again: on a full disk it may not have been possible to write it down.
 */
export class SpaceWatch {
  readonly #log: Log;
  readonly #tell: (machine: Machine) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #pause = new Map<string, number>();

  constructor(log: Log, tell: (machine: Machine) => void) {
    this.#log = log;
    this.#tell = tell;
  }

  watch(machine: Machine): void {
    const { uid } = machine.record;
    if (machine.paused !== 'PausedIOError') return this.forget(uid);
    if (this.#timers.has(uid)) return;
    const wait = this.#pause.get(uid) ?? 2000;
    this.#pause.set(uid, Math.min(60_000, wait * 2));
    const timer = setTimeout(() => {
      this.#timers.delete(uid);
      void this.#look(machine);
    }, wait);
    timer.unref();
    this.#timers.set(uid, timer);
  }

  forget(uid: string): void {
    clearTimeout(this.#timers.get(uid));
    this.#timers.delete(uid);
  }

  close(): void {
    for (const uid of this.#timers.keys()) this.forget(uid);
  }

  async #look(machine: Machine): Promise<void> {
    if (machine.outcome || machine.paused !== 'PausedIOError') return;
    this.#tell(machine);
    try {
      const { bavail, bsize } = await statfs(machine.record.diskFolder);
      if (bavail * bsize >= enough) {
        await machine.resume();
        return;
      }
      // Nothing was tried, so the next look need not wait longer.
      this.#pause.set(machine.record.uid, 2000);
    } catch (error) {
      this.#log.warn({ err: error, vmi: machine.record.name }, 'a machine that waits for space could not be resumed');
    }
    this.watch(machine);
  }
}
