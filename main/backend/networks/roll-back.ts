import type { KubeObject } from '../../contract/kube.ts';
import type { Log } from '../log.ts';
import { keyOf, kinds } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import type { OpenTarget } from '../target/target.ts';
import { changeMachine } from './change-machine.ts';
import { forgetRollBack, moveNic, rollBacksOf } from './nics.ts';

/** Milliseconds until a roll-back that failed is tried again. */
const again = 10_000;

/**
 * Takes moves back that nobody confirmed in time, whether or not a page is open. The deadlines stand at the machines, so
 * one that passed while no Hearth ran is kept as soon as one does. Says which machine it took back; ends with the signal.
 */
export async function* keepRollBacks(target: OpenTarget, log: Log, signal: AbortSignal): AsyncGenerator<string> {
  const pending = new Map<string, KubeObject>();
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
      const now = Date.now();
      let next = Infinity;
      for (const vm of pending.values()) {
        const times = [...rollBacksOf(vm).values()].map(({ until }) => Date.parse(until));
        if (Math.min(...times) > now) next = Math.min(next, ...times);
        else if (!(await takeBack(target, vm, log))) next = Math.min(next, now + again);
        else {
          pending.delete(keyOf(vm));
          yield keyOf(vm);
        }
      }
      const over = new AbortController();
      wake = () => over.abort();
      if (signal.aborted) break;
      await pause(Math.min(Math.max(next - Date.now(), 0), 2 ** 31 - 1), over.signal);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    machines.release();
  }
}

async function takeBack(target: OpenTarget, vm: KubeObject, log: Log): Promise<boolean> {
  const { namespace = 'default', name = '' } = vm.metadata;
  try {
    await changeMachine(target, { namespace, name }, (draft) => {
      const due = [...rollBacksOf(draft)].filter(([, { until }]) => Date.parse(until) <= Date.now());
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
