import en from '../../assets/locales/en/client.json' with { type: 'json' };
import type { Api } from '../../main/contract/contract.ts';
import { ProblemError } from '../../main/contract/problem.ts';
import { shape } from './shape.ts';
import { texts } from './text.ts';

const t = texts('client', en);

/** One open way to the backend. */
export interface Link {
  readonly api: Api;
  /** Resolves when the link is gone, by either side. */
  readonly closed: Promise<unknown>;
  close(): void;
}
export type Dial = () => Promise<Link>;

export interface ConnectionState {
  /** connecting: not yet answered since the page opened; open; lost: answered before, does not now. */
  readonly state: 'connecting' | 'open' | 'lost';
  /** ISO 8601 since when. */
  readonly since: string;
  /** Failed tries since the link was last open. */
  readonly attempt: number;
}

const firstDelay = 300;
const longestDelay = 1_500;

/**
 * The page's one client. It dials, dials again with growing pauses, and gives an `api` that outlives every link: a call
 * waits for an open link, a stream is subscribed again after a loss (each begins with a snapshot, so that is safe).
 */
export class ApiClient {
  readonly api: Api;
  #dial: Dial;
  #link: Link | undefined;
  #state: ConnectionState = { state: 'connecting', since: new Date().toISOString(), attempt: 0 };
  #listeners = new Set<() => void>();
  #waiting = new Set<(link: Link) => void>();
  #retry: { timer: ReturnType<typeof setTimeout>; now: () => void } | undefined;
  #stopped = false;

  constructor(dial: Dial) {
    this.#dial = dial;
    this.api = this.#build(shape, []) as unknown as Api;
    void this.#run();
  }

  readonly connection = (): ConnectionState => this.#state;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  /** Skips the pause before the next try. */
  readonly retryNow = (): void => this.#retry?.now();
  readonly stop = (): void => {
    this.#stopped = true;
    this.#link?.close();
    this.retryNow();
  };

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const link = await this.#dial();
        this.#link = link;
        this.#set('open', 0);
        for (const wake of this.#waiting) wake(link);
        this.#waiting.clear();
        await link.closed;
      } catch {
        // A failed dial is the normal case while the backend restarts; the connection state tells it.
      }
      this.#link = undefined;
      if (this.#stopped) return;
      this.#set(this.#state.state === 'connecting' ? 'connecting' : 'lost', this.#state.attempt + 1);
      await this.#pause(Math.min(longestDelay, firstDelay * 2 ** Math.min(this.#state.attempt - 1, 8)));
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const now = (): void => {
        clearTimeout(timer);
        this.#retry = undefined;
        resolve();
      };
      const timer = setTimeout(now, ms);
      this.#retry = { timer, now };
    });
  }

  #set(state: ConnectionState['state'], attempt: number): void {
    const since = state === this.#state.state ? this.#state.since : new Date().toISOString();
    this.#state = { state, since, attempt };
    for (const listener of this.#listeners) listener();
  }

  #open(signal?: AbortSignal): Promise<Link> {
    if (this.#link) return Promise.resolve(this.#link);
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      signal?.addEventListener('abort', () => {
        this.#waiting.delete(resolve);
        reject(
          new ProblemError({
            code: 'cancelled',
            title: t('cancelled'),
            detail: t('cancelled.text'),
            kind: 'cancelled',
          }),
        );
      });
    });
  }

  async *#stream(path: string[], input: unknown, signal?: AbortSignal): AsyncGenerator {
    for (;;) {
      if (signal?.aborted) return;
      const link = await this.#open(signal);
      try {
        yield* procedureOf(link.api, path)(input, { signal }) as AsyncIterable<unknown>;
        return;
      } catch (error) {
        const lost = error instanceof ProblemError && error.problem.code === 'connection-lost';
        if (!lost) throw error;
        await link.closed;
      }
    }
  }

  #build(node: Node, path: string[]): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(node).map(([name, child]) => {
        const here = [...path, name];
        if (typeof child.type !== 'string') return [name, this.#build(child as Node, here)];
        if (child.type === 'stream')
          return [name, (input: unknown, o?: { signal?: AbortSignal }) => this.#stream(here, input, o?.signal)];
        const once = async (input: unknown, o?: { signal?: AbortSignal }): Promise<unknown> =>
          procedureOf((await this.#open(o?.signal)).api, here)(input, o);
        return [name, once];
      }),
    );
  }
}

interface Node {
  [name: string]: Node | { type: string };
}
type Procedure = (input: unknown, options?: object) => unknown;

function procedureOf(api: Api, path: string[]): Procedure {
  let found: unknown = api;
  for (const name of path) found = (found as Record<string, unknown>)[name];
  return found as Procedure;
}
