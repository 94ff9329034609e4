import type { EngineContext } from '../kube/context.ts';
import type { Stored } from '../kube/object.ts';
import { virtualMachineInstances, virtualMachines } from '../kube/resources.ts';
import { draftStatus, vmSpec } from '../machine/spec.ts';
import type { VmStatus } from '../machine/spec.ts';
import { runStrategyOf } from '../machine/vm/strategy.ts';
import { changer } from './change.ts';
import { restoreSpec } from './restored-machine.ts';
import { graceOfRestore } from './words.ts';

export interface TargetPolicy {
  stop: boolean;
  /** Why the restore fails now. */
  failure?: string;
  /** Milliseconds until it has to be asked again. */
  lookAgain?: number;
}

/** What a restore does while its machine runs, by its `targetReadinessPolicy`. Pure but for the clock. */
export function targetPolicy(restore: Stored, now = Date.now()): TargetPolicy {
  switch (restoreSpec(restore).targetReadinessPolicy) {
    case 'StopTarget':
      return { stop: true };
    case 'FailImmediate':
      return { stop: false, failure: 'Restore target not ready' };
    case 'WaitEventually':
      return { stop: false };
    case undefined:
    default: {
      const left = Date.parse(restore.metadata.creationTimestamp ?? '') + graceOfRestore - now;
      if (left < 0) return { stop: false, failure: 'Restore target failed to be ready within 5m0s' };
      return { stop: false, lookAgain: left + 50 };
    }
  }
}

/** As KubeVirt's stop: by the run strategy where it would start the machine again, else by a request. */
export function stopTarget(context: EngineContext, target: Stored): void {
  const { namespace, name } = target.metadata;
  const vmi = context.store.get(virtualMachineInstances, namespace, name);
  if (!vmi || vmi.metadata.deletionTimestamp) return;
  const change = changer(context, virtualMachines);
  if (['Always', 'Once'].includes(runStrategyOf(vmSpec(target)))) {
    change(target, (draft) => {
      const spec = vmSpec(draft);
      if (spec.running === undefined) spec.runStrategy = 'Halted';
      else spec.running = false;
    });
    return;
  }
  change(
    target,
    (draft) => void (draftStatus<VmStatus>(draft).stateChangeRequests = [{ action: 'Stop', uid: vmi.metadata.uid }]),
    'status',
  );
}
