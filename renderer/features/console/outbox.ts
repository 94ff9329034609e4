import type { BytePipe } from '../../../main/contract/procedure.ts';

const chunkSize = 16 * 1024;

/**
 * Writes to a pipe in order, one write at a time: what is pushed meanwhile travels together with the next one,
 * so key presses stay few messages and a slow pipe is never flooded.
 */
export class Outbox {
  readonly #pipe: BytePipe;
  readonly #failed: (error: unknown) => void;
  #waiting: Uint8Array[] = [];
  #running = false;
  #ended = false;
  #idle: (() => void)[] = [];

  constructor(pipe: BytePipe, failed: (error: unknown) => void) {
    this.#pipe = pipe;
    this.#failed = failed;
  }

  /** Takes a copy: noVNC reuses its buffer as soon as this returns. */
  push(bytes: Uint8Array): void {
    if (this.#ended || bytes.length === 0) return;
    this.#waiting.push(bytes.slice());
    if (!this.#running) void this.#drain();
  }

  /** Drops what is not written yet. */
  end(): void {
    this.#ended = true;
    this.#waiting = [];
    this.#rest();
  }

  /** Resolves when the other side took all that was pushed, or nothing will be written any more. */
  sent(): Promise<void> {
    if (!this.#running || this.#ended) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #rest(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #drain(): Promise<void> {
    this.#running = true;
    try {
      while (this.#waiting.length > 0) {
        const all = join(this.#waiting);
        this.#waiting = [];
        for (let at = 0; at < all.length && !this.#ended; at += chunkSize)
          await this.#pipe.write(all.subarray(at, at + chunkSize));
      }
    } catch (error) {
      const first = !this.#ended;
      this.end();
      if (first) this.#failed(error);
    } finally {
      this.#running = false;
      this.#rest();
    }
  }
}

function join(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0]) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
