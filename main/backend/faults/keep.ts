import type { KubeObject } from '../../contract/kube.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { machineState } from '../machines/actions.ts';
import { kinds } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import { changeMachine } from '../networks/change-machine.ts';
import type { FaultTools } from './change.ts';
import { claimInPassing } from './claims.ts';
import { breakGuest } from './in-guest.ts';
import { keepRecords, recordsOf } from './records.ts';
import type { FaultRecord } from './records.ts';

/** Milliseconds until what failed is tried again: a guest that boots takes its time. */
const again = 5000;
type Kept = 'disk' | 'clock';

/** What of a machine's faults has still to be done in its guest: asked for while it was off, or lost with its restart. Pure. */
export function dueFaults(vm: KubeObject, vmi: KubeObject | undefined): Kept[] {
  if (machineState(vm, vmi).phase !== 'Running' || vmi?.metadata.deletionTimestamp) return [];
  const { disk, clock } = recordsOf(vm);
  return [
    ...(disk && disk.on === undefined ? (['disk'] as const) : []),
    ...(clock && clock.on !== vmi?.metadata.uid ? (['clock'] as const) : []),
  ];
}

/** Makes faults in guests true whenever their machines come up, for as long as the target is open. Answers how to stop. */
export function startFaults(tools: FaultTools, log: Log): () => Promise<void> {
  const over = new AbortController();
  const done = keepFaults(tools, log, over.signal).catch((error: unknown) => log.error({ err: error }, 'faults of guests are not kept')); // prettier-ignore
  return () => {
    over.abort();
    return done;
  };
}

async function keepFaults(tools: FaultTools, log: Log, signal: AbortSignal): Promise<void> {
  const { target } = tools;
  const waiting = new Map<string, KubeObject>();
  let wake = (): void => undefined;
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  const instances = target.cache.use(kinds.virtualMachineInstances, undefined, { changed: (key) => waiting.has(key) && wake() }); // prettier-ignore
  const machines = target.cache.use(kinds.virtualMachines, undefined, {
    changed(key, vm) {
      const { disk, clock } = vm ? recordsOf(vm) : {};
      if (vm && (disk ?? clock)) waiting.set(key, vm);
      else if (!waiting.delete(key)) return;
      wake();
    },
  });
  try {
    while (!signal.aborted) {
      // Before the look: what changes meanwhile is looked at next.
      const over = new AbortController();
      wake = () => over.abort();
      let failed = false;
      for (const vm of waiting.values()) {
        const vmi = instances.get(vm.metadata.namespace, vm.metadata.name ?? '');
        for (const kind of dueFaults(vm, vmi)) {
          if (signal.aborted) return;
          if (vmi && !(await makeTrue(tools, vm, vmi, kind, log, signal))) failed = true;
        }
      }
      if (signal.aborted) return;
      await pause(failed ? again : 2 ** 31 - 1, over.signal);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    instances.release();
    machines.release();
  }
}

async function makeTrue(
  tools: FaultTools,
  vm: KubeObject,
  vmi: KubeObject,
  kind: Kept,
  log: Log,
  signal: AbortSignal,
): Promise<boolean> {
  // prettier-ignore
  const { namespace = 'default', name = '' } = vm.metadata;
  const ref = { namespace, name };
  const claim = claimInPassing(tools.target, ref, kind);
  if (!claim) return false;
  try {
    const record = recordsOf(vm)[kind];
    if (!record) return true;
    const told = await breakGuest({ ...tools, ref, vm, giveUp: claim.signal }, kind, record.wish, signal);
    const done: FaultRecord = { ...record, ...told, on: vmi.metadata.uid ?? '' };
    await changeMachine(tools.target, ref, (draft) => {
      const records = recordsOf(draft);
      // Cured meanwhile, or another one.
      if (records[kind]?.since !== record.since) return false;
      return keepRecords(draft, { ...records, [kind]: done });
    });
    log.info({ machine: `${namespace}/${name}`, fault: kind }, 'a fault that waited holds now');
    return true;
  } catch (error) {
    if (!signal.aborted && !claim.signal.aborted) log.info({ machine: `${namespace}/${name}`, fault: kind, problem: asProblem(error) }, 'a fault still waits for its guest'); // prettier-ignore
    return false;
  } finally {
    claim.letGo();
  }
}
