import type { RecordedEvent, RecordingMoment } from '../../../../main/contract/recordings.ts';

/** Where a recording is read from. */
export interface Source {
  moment(at: number): Promise<RecordingMoment>;
  events(from: number, to: number): Promise<{ events: RecordedEvent[]; next?: number }>;
}
/** What shows it. */
export interface Sink {
  /** Everything as it was at one moment, instead of what is shown. */
  reset(moment: RecordingMoment): void;
  show(event: RecordedEvent): void;
}
export interface PlayerState {
  /** Milliseconds since the beginning. */
  at: number;
  playing: boolean;
  speed: number;
  /** It waits for the backend. */
  waiting: boolean;
  problem: unknown;
}

/** Milliseconds of a recording that are asked for at once, and how far ahead, at the speed of 1. */
const aheadMs = 10_000;
const lowMs = 4000;

/** Plays a recording of `length` ms. Whoever made it calls `tick` again and again while it plays. */
export class Player {
  readonly length: number;
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #changed: (state: PlayerState) => void;
  readonly #now: () => number;
  #state: PlayerState = { at: 0, playing: false, speed: 1, waiting: true, problem: undefined };
  /** Events that are not shown yet, in order; all before `#loaded` are known. */
  #queue: RecordedEvent[] = [];
  #loaded = 0;
  #fetching = false;
  #seeking = false;
  /** Each seek is another run: answers to an older one are nobody's any more. */
  #run = 0;
  #before: number;

  constructor(parts: { length: number; source: Source; sink: Sink; changed: (state: PlayerState) => void; now: () => number }) {
    this.length = parts.length;
    this.#source = parts.source;
    this.#sink = parts.sink;
    this.#changed = parts.changed;
    this.#now = parts.now;
    this.#before = this.#now();
  } // prettier-ignore

  get state(): PlayerState {
    return this.#state;
  }

  /** Shows the moment `at`, and goes on from there if it played. */
  async seek(at: number): Promise<void> {
    const to = Math.round(Math.min(Math.max(0, at), this.length));
    const run = (this.#run += 1);
    this.#queue = [];
    this.#fetching = false;
    this.#seeking = true;
    this.#set({ at: to, waiting: true, problem: undefined });
    try {
      const moment = await this.#source.moment(to);
      if (run !== this.#run) return;
      this.#sink.reset(moment);
      this.#seeking = false;
      this.#loaded = to + 1;
      this.#before = this.#now();
      this.#set({ waiting: false });
      this.#fetch();
    } catch (problem) {
      if (run !== this.#run) return;
      this.#seeking = false;
      this.#set({ problem, playing: false, waiting: false });
    }
  }

  play(): void {
    if (this.#state.playing) return;
    this.#before = this.#now();
    this.#set({ playing: true });
    // At the end, "play" means once more.
    if (this.#state.at >= this.length) void this.seek(0);
  }
  pause(): void {
    this.tick();
    this.#set({ playing: false });
  }
  setSpeed(speed: number): void {
    this.tick();
    this.#set({ speed });
    this.#fetch();
  }
  /** The page that showed it is gone. */
  end(): void {
    this.#run += 1;
    this.#set({ playing: false });
  }

  /** Moves to where it should be by now. */
  tick(): void {
    const now = this.#now();
    const passed = now - this.#before;
    this.#before = now;
    if (!this.#state.playing || this.#seeking) return;
    // What is not known yet cannot be shown: it waits there.
    const most = this.#known() ? this.length : this.#loaded - 1;
    const wanted = this.#state.at + passed * this.#state.speed;
    const at = Math.min(wanted, most);
    const shown = this.#queue.findIndex(({ t }) => t > at);
    for (const event of this.#queue.splice(0, shown === -1 ? this.#queue.length : shown)) this.#sink.show(event);
    this.#set({ at, waiting: at < wanted && at < this.length, playing: at < this.length });
    this.#fetch();
  }

  #known(): boolean {
    return this.#loaded > this.length;
  }
  #fetch(): void {
    const ahead = this.#loaded - this.#state.at;
    if (this.#fetching || this.#seeking || this.#known() || ahead > lowMs * Math.max(1, this.#state.speed)) return;
    void this.#read(this.#run, this.#loaded, Math.min(this.length + 1, Math.ceil(this.#loaded + aheadMs * Math.max(1, this.#state.speed)))); // prettier-ignore
  }
  async #read(run: number, from: number, to: number): Promise<void> {
    this.#fetching = true;
    try {
      const { events, next } = await this.#source.events(from, to);
      if (run !== this.#run) return;
      this.#queue.push(...events);
      this.#loaded = next ?? to;
      this.#fetching = false;
      if (this.#state.waiting) this.#set({ waiting: false });
      this.#fetch();
    } catch (problem) {
      if (run !== this.#run) return;
      this.#fetching = false;
      this.#set({ problem, playing: false, waiting: false });
    }
  }
  #set(change: Partial<PlayerState>): void {
    const next = { ...this.#state, ...change };
    const same = (Object.keys(next) as (keyof PlayerState)[]).every((key) => next[key] === this.#state[key]);
    if (same) return;
    this.#state = next;
    this.#changed(next);
  }
}
