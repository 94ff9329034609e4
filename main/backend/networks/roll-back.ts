import type { KubeObject } from '../../contract/kube.ts';
import type { Log } from '../log.ts';
import { kinds } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import type { OpenTarget } from '../target/target.ts';
import { changeMachine } from './change-machine.ts';
import { forgetRollBack, moveNic, rollBacksOf } from './nics.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Milliseconds until a roll-back that failed is tried again. */
const again = 10_000;
/** Milliseconds that a move may wait for its confirmation at most, as the contract has it. */
const longest = 3_600_000;

/** Keeps the moves of a target for as long as it is open, whichever one the pages show. Answers how to stop. */
export function startRollBacks(target: OpenTarget, log: Log): () => Promise<void> {
  const over = new AbortController();
  const keep = async (): Promise<void> => {
    for await (const machine of keepRollBacks(target, log, over.signal))
      log.debug({ machine }, 'a move was taken back');
  };
  const done = keep().catch((error: unknown) => log.error({ err: error }, 'unconfirmed moves are not taken back'));
  return () => {
    over.abort();
    return done;
  };
}

/**
 * Takes moves back that nobody confirmed in time, whether or not a page is open. The deadlines stand at the machines, so
 * one that passed while no Hearth ran is kept as soon as one does. Says which machine it took back; ends with the signal.
 */
async function* keepRollBacks(target: OpenTarget, log: Log, signal: AbortSignal): AsyncGenerator<string> {
  const pending = new Map<string, KubeObject>();
  const dueAt = createDeadlines();
  let wake = (): void => undefined;
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  const machines = target.cache.use(kinds.virtualMachines, undefined, {
    changed(key, vm) {
      if (vm && rollBacksOf(vm).size > 0) pending.set(key, vm);
      else if (!pending.delete(key)) return;
      wake();
    },
  });
  try {
    while (!signal.aborted) {
      // Before the look: what changes while a move is taken back is looked at next.
      const over = new AbortController();
      wake = () => over.abort();
      const now = monotonic();
      let next = Infinity;
      for (const [key, vm] of pending) {
        const times = [...rollBacksOf(vm).values()].map(({ until }) => dueAt(until));
        if (Math.min(...times) > now) next = Math.min(next, ...times);
        else if (!(await takeBack(target, vm, dueAt, log))) next = Math.min(next, now + again);
        else {
          if (pending.get(key) === vm) pending.delete(key);
          yield key;
        }
      }
      if (signal.aborted) break;
      await pause(Math.min(Math.max(next - monotonic(), 0), 2 ** 31 - 1), over.signal);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    machines.release();
  }
}

/**
 * When a deadline is, by the clock that does not jump: what is left of it is read from the clock of the computer once, when it
 * is first seen, and is never longer than a move may wait. Whoever sets the clock neither hastens nor holds up a roll-back.
 */
export function createDeadlines(
  wall: () => number = Date.now,
  steady: () => number = monotonic,
): (until: string) => number {
  const known = new Map<string, number>();
  return (until) => {
    const seen = known.get(until);
    if (seen !== undefined) return seen;
    const left = Math.min(Math.max(0, Date.parse(until) - wall()), longest);
    // A few at a time are waited for; the oldest are over long ago.
    if (known.size >= 1000) known.delete(known.keys().next().value ?? '');
    known.set(until, steady() + left);
    return steady() + left;
  };
}

async function takeBack(
  target: OpenTarget,
  vm: KubeObject,
  dueAt: (until: string) => number,
  log: Log,
): Promise<boolean> {
  const { namespace = 'default', name = '' } = vm.metadata;
  try {
    await changeMachine(target, { namespace, name }, (draft) => {
      const due = [...rollBacksOf(draft)].filter(([, { until }]) => dueAt(until) <= monotonic());
      for (const [nic, { network }] of due) {
        moveNic(draft, nic, network);
        forgetRollBack(draft, nic);
        log.info({ machine: `${namespace}/${name}`, nic, network }, 'a move was not confirmed and is taken back');
      }
      return due.length > 0;
    });
    return true;
  } catch (error) {
    log.warn({ err: error, machine: `${namespace}/${name}` }, 'a move could not be taken back; it is tried again');
    return false;
  }
}
