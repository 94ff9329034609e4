/** So many a second, with a rest that grows while nobody takes (a token bucket). Without a timer: it counts when asked. */
export class Allowance {
  readonly #perMs: number;
  readonly #most: number;
  #left: number;
  #asked: number | undefined;

  /** `most`: how many may come at once. */
  constructor(perSecond: number, most: number) {
    this.#perMs = perSecond / 1000;
    this.#most = most;
    this.#left = most;
  }

  /** Whether one more is allowed at `now` (ms of a clock that never goes back). */
  take(now: number): boolean {
    this.spend(0, now);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Takes `count` whether or not they are there; answers for how long to wait until nothing is owed any more (ms). */
  spend(count: number, now: number): number {
    this.#left = Math.min(this.#most, this.#left + (now - (this.#asked ?? now)) * this.#perMs) - count;
    this.#asked = now;
    return this.#left >= 0 ? 0 : Math.ceil(-this.#left / this.#perMs);
  }
}
