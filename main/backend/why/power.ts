import type { KubeObject } from '../../contract/kube.ts';
import type { MachineAction, ObjectRef } from '../../contract/machine-ref.ts';
import { act } from '../machines/act.ts';
import { untilOff } from '../snapshots/wait.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';
import { isOver, strategyOf } from './sources.ts';

const patience = 60_000;

export const power = (target: OpenTarget, ref: ObjectRef, action: MachineAction): Promise<void> =>
  act(target, ref, action, { deleteDisks: false });

export async function instanceOf(target: OpenTarget, { namespace, name }: ObjectRef): Promise<KubeObject | undefined> {
  try {
    return await target.client.get(kinds.virtualMachineInstances, namespace, name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * A machine that waits has what its template said when it began to: it is begun anew with what the template says now.
 * Nothing happens to one without an instance. Answers whether it was begun anew.
 */
export async function beginAnew(target: OpenTarget, ref: ObjectRef): Promise<boolean> {
  const vmi = await instanceOf(target, ref);
  if (!vmi || isOver(vmi)) return false;
  const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name);
  if (strategyOf(vm) === 'Always') {
    // Its controller makes a new one at once. (A restart is refused for what does not run yet.)
    await target.client.delete(kinds.virtualMachineInstances, ref, vmi.metadata.uid ? { uid: vmi.metadata.uid } : {});
    return true;
  }
  await power(target, ref, 'forceStop');
  await untilOff(target, ref, AbortSignal.timeout(patience));
  try {
    await power(target, ref, 'start');
  } catch (error) {
    // It came back by itself meanwhile.
    if (!(error instanceof KubeError) || error.code !== 409) throw error;
  }
  return true;
}
