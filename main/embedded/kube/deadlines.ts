import { monotonic } from './monotonic.ts';

/** Keys that are remembered at once: more deadlines than that do not run side by side. */
const most = 1000;

/**
 * What is left until a date of an object, in milliseconds, by the clock that does not jump: the computer's clock is asked once,
 * when a deadline is first seen. Whoever sets the clock neither ends a wait early nor makes one longer.
 */
export class Deadlines {
  readonly #known = new Map<string, { date: number; ends: number }>();
  readonly #wall: () => number;
  readonly #steady: () => number;
  constructor(wall: () => number = Date.now, steady: () => number = monotonic) {
    this.#wall = wall;
    this.#steady = steady;
  }
  /** `key` names the object; `date` in milliseconds since 1970; `longest`: what may be left of it at most. */
  left(key: string, date: number, longest = Infinity): number {
    let known = this.#known.get(key);
    if (known?.date !== date) {
      known = { date, ends: this.#steady() + Math.min(Math.max(0, date - this.#wall()), longest) };
      this.#known.delete(key);
      this.#known.set(key, known);
      for (const oldest of this.#known.keys()) {
        if (this.#known.size <= most) break;
        this.#known.delete(oldest);
      }
    }
    return known.ends - this.#steady();
  }
  forget(key: string): void {
    this.#known.delete(key);
  }
}
