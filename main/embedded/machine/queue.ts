import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../kube/context.ts';
import { monotonic } from '../kube/monotonic.ts';

/**
 * Work by key: one run of a key at a time, keys side by side, and a key added while it runs is run once more.
 * A run that throws is tried again after 1 s, 2 s, 4 s … up to a minute.
 */
export class WorkQueue {
  readonly #run: (key: string) => Promise<void>;
  readonly #log: Log;
  readonly #dirty = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #later = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  readonly #turns = new Map<string, { since: number; count: number }>();
  #open = false;
  #closed = false;

  constructor(run: (key: string) => Promise<void>, log: Log) {
    this.#run = run;
    this.#log = log;
  }

  /** Keys added before are kept until then. */
  start(): void {
    this.#open = true;
    for (const key of this.#dirty) this.#next(key);
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#dirty.add(key);
    this.#next(key);
  }

  /** Runs the key after this many milliseconds, or sooner where it was to be run sooner. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const at = monotonic() + ms;
    const planned = this.#later.get(key);
    if (planned && planned.at <= at) return;
    clearTimeout(planned?.timer);
    const timer = setTimeout(() => {
      this.#later.delete(key);
      this.add(key);
    }, ms);
    timer.unref();
    this.#later.set(key, { at, timer });
  }

  /** No key starts any more; resolves when the running ones are done, or after `patience` ms. */
  async close(patience = 5000): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#later.values()) clearTimeout(timer);
    this.#later.clear();
    this.#dirty.clear();
    await Promise.race([Promise.all(this.#running.values()), delay(patience, undefined, { ref: false })]);
  }

  #next(key: string): void {
    if (!this.#open || this.#closed || this.#running.has(key) || !this.#dirty.has(key)) return;
    this.#dirty.delete(key);
    this.#running.set(
      key,
      this.#attempt(key).finally(() => {
        this.#running.delete(key);
        this.#next(key);
      }),
    );
  }

  /** Work that wakes itself by its own writes must not take the whole engine: after 100 runs in a second it slows down. */
  #spins(key: string): boolean {
    const now = monotonic();
    const turns = this.#turns.get(key);
    if (!turns || now - turns.since > 1000) {
      this.#turns.set(key, { since: now, count: 1 });
      // Names come and go; what was counted of those that are quiet by now is of no use.
      if (this.#turns.size > 1000)
        for (const [each, { since }] of this.#turns) if (now - since > 1000) this.#turns.delete(each);
      return false;
    }
    turns.count += 1;
    if (turns.count === 100) this.#log.warn({ key }, 'work wakes itself again and again');
    return turns.count >= 100;
  }

  async #attempt(key: string): Promise<void> {
    // The caller's stack (a store listener) ends before the work begins.
    await (this.#spins(key) ? delay(1000, undefined, { ref: false }) : Promise.resolve());
    if (this.#closed) return;
    try {
      await this.#run(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      this.#log.error({ key, failures, err: error }, 'work failed, will be tried again');
      this.addAfter(key, Math.min(60_000, 500 * 2 ** failures));
    }
  }
}
