import { statfsSync } from 'node:fs';
import { readable } from '../../kube/quantity.ts';
import { Unschedulable } from '../capacity.ts';

const everyMs = 5000;

/** Space of the disk that is kept for the computer: machines do not start into it. Those that run are not touched. */
export class KeptDisk {
  readonly #folder: string;
  readonly #keep: number;
  readonly #room: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `keep`: bytes. `room`: called once there is room again for whoever was refused. */
  constructor(folder: string, keep: number, room: () => void) {
    this.#folder = folder;
    this.#keep = keep;
    this.#room = room;
  }

  /** Throws Unschedulable, with the figures. */
  check(): void {
    if (this.#keep === 0) return;
    const free = this.#free();
    if (free >= this.#keep) return;
    this.#wait();
    throw new Unschedulable(
      `0/1 nodes are available: 1 Insufficient ephemeral-storage. ${readable(free)} of the disk are free (${this.#folder}), ${readable(this.#keep)} are kept for the computer. Make room, or keep less in Hearth's settings.`,
    );
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #free(): number {
    const { bavail, bsize } = statfsSync(this.#folder);
    return bavail * bsize;
  }

  /** No file system tells of free space by an event. */
  #wait(): void {
    this.#timer ??= setInterval(() => {
      if (this.#free() < this.#keep) return;
      this.close();
      this.#room();
    }, everyMs).unref();
  }
}
