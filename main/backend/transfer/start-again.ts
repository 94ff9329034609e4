import type { ObjectRef } from '../../contract/machine-ref.ts';
import { act } from '../machines/act.ts';
import { kinds } from '../target/kinds.ts';
import { KubeError } from '../target/kube-error.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import type { ImportManifest } from './file/manifest.ts';
import { strategyOf } from './rebuild.ts';

/** Starts a machine of a file as it was meant to run; `start` alone would make every one `Always`. */
export async function startAgain(
  target: OpenTarget,
  manifest: ImportManifest,
  { namespace, name }: ObjectRef,
  task: TaskHandle,
): Promise<void> {
  task.step('Start the machine');
  task.update({ cancellable: false });
  const strategy = strategyOf(manifest);
  if (['RerunOnFailure', 'Once'].includes(strategy)) {
    await target.client.patch(kinds.virtualMachines, { namespace, name }, { spec: { runStrategy: strategy } });
    return;
  }
  try {
    await act(target, { namespace, name }, 'start', { deleteDisks: false });
  } catch (error) {
    // Started before this was cut.
    if (!(error instanceof KubeError) || error.code !== 409) throw error;
  }
}
