/**
 * Answers that a terminal gives by itself (cursor position, device attributes, modes, colours) rather than keys a person
 * pressed. Questions in a replayed scrollback were answered long ago: a second answer would be typed into the guest.
 */
// oxlint-disable-next-line no-control-regex -- escape sequences begin with one
export const isReport = (text: string): boolean => /^\x1b(\[[?>=]?[\d;]*(R|n|c|\$y|t)|\]|P)/.test(text);

/** True from the beginning until what came was shown and nothing more came for `ms`. */
export class Replay {
  #on = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ms: number;

  constructor(ms = 150) {
    this.#ms = ms;
  }

  get on(): boolean {
    return this.#on;
  }

  /** More came. */
  came(): void {
    clearTimeout(this.#timer);
  }

  /** All that came is shown. */
  shown(): void {
    if (!this.#on) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#on = false), this.#ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
