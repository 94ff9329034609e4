import type { LabCheck } from '../../../contract/labs/checks.ts';
import type { LabCheckState } from '../../../contract/labs/run.ts';
import { asProblem } from '../../../contract/problem.ts';
import { durationMs } from '../../../contract/labs/words.ts';
import { pause } from '../../target/live-list.ts';
import { trouble } from './look-types.ts';
import type { Look } from './look-types.ts';

/** Looks under way at once: each may be a login in a guest. */
const parallel = 4;
/** Shortest time between two looks at one check, whatever the lab says. */
const shortestMs = 250;

export interface CheckWatch {
  /** All as they are now, in their order. */
  readonly states: readonly LabCheckState[];
  /** Looks at all of them now; resolves when each was looked at once more. */
  now(): Promise<void>;
}

/**
 * Looks at checks again and again, each after its `every`, until called off. One check is never looked at twice at once. `tell`
 * gets all states whenever one of them is another than before: passed, failed, what was found. A passed one is looked at on.
 */
export function watchChecks(
  checks: readonly LabCheck[],
  options: {
    look: (check: LabCheck, signal: AbortSignal) => Promise<Look>;
    /** Called with what is new; must not throw. */
    tell: (states: readonly LabCheckState[]) => void;
    signal: AbortSignal;
  },
): CheckWatch {
  const { look, tell, signal } = options;
  let states: readonly LabCheckState[] = checks.map(({ id, title, message }) => ({
    id,
    title,
    message,
    state: 'waiting',
  }));
  const slots = createSlots(parallel);
  const looked = async (check: LabCheck): Promise<Look> => {
    try {
      return await look(check, signal);
    } catch (error) {
      return trouble(asProblem(error).detail); // called off: nobody sees it
    }
  };
  const loops = checks.map((check, index) => {
    let wake = new AbortController();
    /** Resolves when a look that began after it was made has ended. */
    let asked = Promise.withResolvers<void>();
    const once = async (): Promise<void> => {
      const found = await slots(() => looked(check));
      if (signal.aborted) return;
      const before = states[index];
      const next = stateOf(check, found);
      states = states.with(index, { ...next, at: new Date().toISOString() });
      if (!same(before, next)) tell(states);
    };
    void (async () => {
      while (!signal.aborted) {
        const answering = asked;
        asked = Promise.withResolvers();
        await once();
        answering.resolve();
        await pause(Math.max(shortestMs, durationMs(check.every)), AbortSignal.any([signal, wake.signal]));
        wake = new AbortController();
      }
      asked.resolve();
    })();
    return {
      now(): Promise<void> {
        // A look that is under way may have begun before what happened: the one after it counts.
        wake.abort();
        return asked.promise;
      },
    };
  });
  return {
    get states() {
      return states;
    },
    now: async () => void (await Promise.all(loops.map((loop) => loop.now()))),
  };
}

function stateOf({ id, title, message }: LabCheck, found: Look): LabCheckState {
  const state = found.passed ? 'passed' : found.trouble ? 'trouble' : 'failed';
  return { id, title, state, ...(!found.passed && { message }), ...(found.told !== undefined && { told: found.told }) };
}

const same = (one: LabCheckState | undefined, other: LabCheckState): boolean =>
  one?.state === other.state && one.told === other.told;

/** Runs so many works at once; the others wait for their turn. */
function createSlots(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
