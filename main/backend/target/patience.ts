import { setTimeout as wait } from 'node:timers/promises';
import { KubeError } from './kube-error.ts';

const tries = 4;
/** Nobody waits longer than this for a server that asks for patience. */
const longestMs = 15_000;

/** Milliseconds to wait before the same request goes out again; undefined when it must not. Pure. */
export function patienceMs(error: unknown, attempt: number, changes: boolean): number | undefined {
  if (!(error instanceof KubeError) || attempt >= tries) return undefined;
  const backoff = 250 * 2 ** attempt;
  // Shed before anything was done (API priority and fairness); the server says how long.
  if (error.code === 429) {
    const asked = error.retryAfter === undefined ? backoff : error.retryAfter * 1000;
    return asked <= longestMs ? asked : undefined;
  }
  // A kept connection that the server closed just then, or a server that starts anew: reading it again changes nothing.
  if (error.code === 0) return !changes && /^(ECONNRESET|EPIPE)$/.test(error.reason) ? backoff : undefined;
  // Webhooks come before the write, and these ones were never reached: virt-api restarts. Nothing was done.
  const unreached = /failed calling webhook.*(connection refused|no endpoints available|no route to host)/s;
  return changes && error.code === 500 && unreached.test(error.problem.detail) ? backoff : undefined;
}

/** Sends it, and again where the target only asked for a moment. Rejects with AbortError when the wait is called off. */
export async function patiently<T>(
  send: () => Promise<T>,
  options: { changes: boolean; signal?: AbortSignal | undefined },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await send();
    } catch (error) {
      const pause = patienceMs(error, attempt, options.changes);
      if (pause === undefined) throw error;
      await wait(pause, undefined, options.signal ? { signal: options.signal } : {});
    }
}
