import type { LabAction } from '../../../contract/labs/actions.ts';
import { labLabel } from '../../../contract/labs/words.ts';
import { cloneMachine } from '../../clones/clone.ts';
import { changeMachine } from '../../networks/change-machine.ts';
import { moveNic, podNetwork } from '../../networks/nics.ts';
import { restoreSnapshot } from '../../snapshots/restore.ts';
import { takeSnapshot } from '../../snapshots/take.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import type { Kind } from '../../target/kinds.ts';
import { pick } from '../../target/pick.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { cloneNames } from '../file/references.ts';
import type { ActionContext } from './context.ts';

type What<Kind extends keyof LabAction> = NonNullable<LabAction[Kind]>;

const there = async ({ workspace, namespace }: ActionContext, kind: Kind, name: string) => {
  try {
    return await workspace.target.client.get(kind, namespace, name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};
/** What other services make carries the lab's label, too. */
const label = ({ workspace, namespace, lab }: ActionContext, kind: Kind, name: string) =>
  workspace.target.client.patch(kind, { namespace, name }, { metadata: { labels: { [labLabel]: lab.metadata.name } } });

/** One of this name that is ready is what was asked for. */
export async function snapshotMachine(what: What<'snapshot'>, context: ActionContext, task: TaskHandle): Promise<void> {
  const { machine, name, memory } = what;
  const { target } = context.workspace;
  const known = await there(context, kinds.virtualMachineSnapshots, name);
  if (pick(known, 'status', 'readyToUse') === true) return;
  const input = { namespace: context.namespace, name: machine, snapshot: name, description: '', memory };
  await takeSnapshot(target, input, task);
  await label(context, kinds.virtualMachineSnapshots, name);
}

/** The machine goes back; one that ran runs again. */
export async function restoreMachine(what: What<'restore'>, context: ActionContext, task: TaskHandle): Promise<void> {
  const { machine, snapshot, memory } = what;
  const { target } = context.workspace;
  const ran = (await there(context, kinds.virtualMachineInstances, machine)) !== undefined;
  const input = { namespace: context.namespace, name: machine, snapshot, stop: true, memory, start: ran || memory };
  await restoreSnapshot(target, input, task);
  await context.ssh.forget();
}

/** So many clones; those that are there already stay. */
export async function cloneMachines(what: What<'clone'>, context: ActionContext, task: TaskHandle): Promise<void> {
  const { namespace, workspace } = context;
  const names = cloneNames(what.name, what.count);
  for (const [at, newName] of names.entries()) {
    task.signal.throwIfAborted();
    task.update({ detail: `${newName} (${at + 1} of ${names.length})` });
    if (await there(context, kinds.virtualMachines, newName)) continue;
    const input = { namespace, name: what.machine, newName, mode: 'linked', start: what.start } as const;
    await cloneMachine(workspace.target, input, task);
    await label(context, kinds.virtualMachines, newName);
  }
}

export async function moveNetwork(what: What<'move'>, context: ActionContext): Promise<void> {
  const network = what.network === podNetwork ? podNetwork : `${context.namespace}/${what.network}`;
  const ref = { namespace: context.namespace, name: what.machine };
  await changeMachine(context.workspace.target, ref, (vm) => void moveNic(vm, what.interface, network));
}

export async function cureMachines({ machine }: What<'cure'>, context: ActionContext, task: TaskHandle): Promise<void> {
  const { client } = context.workspace.target;
  const names = machine !== undefined ? [machine] : (await client.list(kinds.virtualMachines, context.namespace)).map(({ metadata }) => metadata.name ?? ''); // prettier-ignore
  for (const name of names) await context.faults.cure(name, task.signal);
}
