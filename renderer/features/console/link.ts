import { asProblem, ProblemError } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { t } from './text.ts';

export type LinkState =
  | { is: 'off' }
  | { is: 'connecting'; attempt: number }
  | { is: 'open'; pipe: BytePipe }
  /** Lost; tries again at `retryAt` (ms since 1970). */
  | { is: 'waiting'; attempt: number; retryAt: number; problem: Problem }
  /** Not tried again by itself: someone else took the console, or it is not allowed. */
  | { is: 'ended'; problem: Problem };

/** Problems that trying again would not cure, or that would only start a fight over the console. */
const finalCodes = /(taken|unsupported|no-graphics|no-serial|ssh-ended|shell-ended|log-ended|log-no-previous|host-key)/;

/**
 * Milliseconds before try number `attempt` (1, 2, …): a quarter of a second, doubling, at most 1.5 s. A try costs one
 * small request, and a console that is there again must be seen within two seconds.
 */
export const backoff = (attempt: number): number => Math.min(1500, 250 * 2 ** (attempt - 1));

/** Keeps one console pipe open: connects, notices the end, waits, connects again. */
export class ConsoleLink {
  readonly #open: (take: boolean) => Promise<BytePipe>;
  readonly #listeners = new Set<() => void>();
  #state: LinkState = { is: 'off' };
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Goes up whenever an older attempt must not report any more. */
  #turn = 0;
  #attempt = 0;

  /** `open` is told whether the console may be taken from somebody else: only when a person asked for it. */
  constructor(open: (take: boolean) => Promise<BytePipe>) {
    this.#open = open;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): LinkState => this.#state;

  start(): void {
    if (this.#state.is === 'off') this.retry();
  }

  /** Tries at once, whatever the state. */
  retry(take = false): void {
    this.#quit();
    this.#attempt = 0;
    void this.#connect(take);
  }

  /** There is reason to think that it works now: does not wait for the next try. */
  hope(): void {
    if (this.#state.is !== 'waiting') return;
    clearTimeout(this.#timer);
    void this.#connect();
  }

  stop(): void {
    this.#quit();
    this.#set({ is: 'off' });
  }

  /** The first bytes came: the next loss starts again with a short wait. */
  alive(): void {
    this.#attempt = 0;
  }

  /** The view saw the end of this pipe. */
  lost(pipe: BytePipe, error: unknown): void {
    if (this.#state.is === 'open' && this.#state.pipe === pipe) this.#fail(error);
  }

  async #connect(take = false): Promise<void> {
    const turn = ++this.#turn;
    this.#set({ is: 'connecting', attempt: this.#attempt });
    try {
      const pipe = await this.#open(take);
      if (turn === this.#turn) this.#set({ is: 'open', pipe });
      else pipe.close();
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const problem = asProblem(error ?? closed);
    if (problem.kind === 'denied' || finalCodes.test(problem.code)) {
      this.#set({ is: 'ended', problem });
      return;
    }
    this.#attempt += 1;
    const wait = backoff(this.#attempt);
    this.#timer = setTimeout(() => void this.#connect(), wait);
    this.#set({ is: 'waiting', attempt: this.#attempt, retryAt: Date.now() + wait, problem });
  }

  #quit(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    if (this.#state.is === 'open') this.#state.pipe.close();
  }

  #set(state: LinkState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

const closed = new ProblemError({
  code: 'console-closed',
  title: t('closed.title'),
  detail: t('closed.detail'),
});
