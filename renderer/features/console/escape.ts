/**
 * The way out of a console that takes every key: Control and Alt pressed together, and nothing else, then released.
 * Feed it every keydown and keyup; true means: let the keyboard go.
 */
export class EscapeChord {
  #control = false;
  #alt = false;
  #spoiled = false;

  key(type: 'keydown' | 'keyup', key: string): boolean {
    if (type === 'keydown') {
      if (key === 'Control') this.#control = true;
      else if (key === 'Alt') this.#alt = true;
      else this.#spoiled = true;
      return false;
    }
    const both = this.#control && this.#alt && !this.#spoiled;
    if (key === 'Control') this.#control = false;
    if (key === 'Alt') this.#alt = false;
    const fired = both && (key === 'Control' || key === 'Alt');
    if (!this.#control && !this.#alt) this.#spoiled = false;
    if (fired) this.reset();
    return fired;
  }

  /** Focus went elsewhere: releases may be missed. */
  reset(): void {
    this.#control = false;
    this.#alt = false;
    this.#spoiled = false;
  }
}
