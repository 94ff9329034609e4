import { setTimeout as wait } from 'node:timers/promises';
import { isUnreachable, KubeError } from '../../target/kube-error.ts';
import { monotonic } from '../../../contract/monotonic.ts';

/** How long and how often something is tried. Milliseconds. */
export interface Pace {
  /** Pause after the first failure; doubled after each further one. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** All tries together. */
  readonly limitMs: number;
  /** Between two looks at a thing that is waited for. */
  readonly lookMs: number;
}
export const usualPace: Pace = { firstMs: 500, mostMs: 5_000, limitMs: 180_000, lookMs: 2_000 };

/** Rejects with an AbortError as soon as the signal fires. */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  try {
    await wait(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
};

/** Does it until it succeeds, the error is not worth another try, or the limit is over; then throws the last error. */
export async function persist<T>(
  work: () => Promise<T>,
  worthIt: (error: unknown) => boolean,
  pace: Pace,
  signal: AbortSignal,
): Promise<T> {
  const end = monotonic() + pace.limitMs;
  for (let next = pace.firstMs; ; next = Math.min(next * 2, pace.mostMs)) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!worthIt(error) || monotonic() + next > end) throw error;
    }
    await pause(next, signal);
  }
}

/**
 * Failures of a moment: no connection (k3s starts again while it settles), another writer at the same time, a server that
 * is busy or not ready, a webhook whose pod is not up yet.
 */
export function passing(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  if (isUnreachable(error)) return error.problem.code !== 'target-untrusted';
  return [409, 429, 500, 502, 503, 504].includes(error.code) && error.reason !== 'AlreadyExists';
}
