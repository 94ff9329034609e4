import type { LabAction } from '../../../contract/labs/actions.ts';
import { actionKinds } from '../../../contract/labs/actions.ts';
import { fill } from '../file/fill.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { cloneMachines, cureMachines, moveNetwork, restoreMachine, snapshotMachine } from './machines.ts';
import { applyObjects, deleteObject, patchObject } from './objects.ts';
import { importDisk } from './import-disk.ts';
import { powerMachine } from './power.ts';
import { exportMachine, importFile } from './transfer.ts';
import type { ActionContext } from './context.ts';
import { typeText } from './type.ts';
import { runCommand, waitFor } from './guest.ts';
import { actionTitle } from './words.ts';

type Kinds = { [Kind in keyof LabAction]-?: NonNullable<LabAction[Kind]> };
type Run<Kind extends keyof LabAction> = (what: Kinds[Kind], context: ActionContext, task: TaskHandle) => Promise<void>;

const runs: { [Kind in Exclude<keyof LabAction, 'say'>]: Run<Kind> } = {
  apply: applyObjects,
  patch: patchObject,
  delete: deleteObject,
  power: powerMachine,
  type: (what, context, task) => typeText(context, what, task.signal),
  ssh: runCommand,
  snapshot: snapshotMachine,
  restore: restoreMachine,
  clone: cloneMachines,
  move: moveNetwork,
  fault: ({ machine, hidden = false, ...wish }, { faults }, task) => faults.begin(machine, wish, hidden, task.signal),
  cure: cureMachines,
  export: exportMachine,
  import: importFile,
  importDisk,
  wait: waitFor,
};

/** Runs actions one after the other, each a line of the task. The first that fails ends it. Throws Problems, AbortError. */
export async function runActions(actions: readonly LabAction[], context: ActionContext, task: TaskHandle): Promise<void> {
  const titles = actions.map((action, at) => `${at + 1}. ${actionTitle(fill(action, context.values()))}`);
  task.expect(titles);
  for (const [at, action] of actions.entries()) {
    task.signal.throwIfAborted();
    task.step(titles[at] ?? '');
    await context.show?.before(fill(action, context.values()));
    task.signal.throwIfAborted();
    await runOne(fill(action, context.values()), context, plain(task));
    task.update({ progress: (at + 1) / actions.length, detail: undefined });
  }
} // prettier-ignore

async function runOne(action: LabAction, context: ActionContext, task: TaskHandle): Promise<void> {
  for (const kind of actionKinds) await runKind(kind, action, context, task);
}
async function runKind<Kind extends Exclude<keyof LabAction, 'say'>>(kind: Kind, action: LabAction, context: ActionContext, task: TaskHandle): Promise<void> {
  const what = action[kind];
  const run: Run<Kind> = runs[kind];
  if (what !== undefined) await run(what as Kinds[Kind], context, task);
} // prettier-ignore

/** Steps of a service (snapshots, clones) are details of an action. */
const plain = (task: TaskHandle): TaskHandle => ({
  ...task,
  step: (title, detail) => task.update({ detail: detail ?? title }),
  expect: () => undefined,
  endStep: () => undefined,
  // A part that cannot be stopped half-way does not make the rest so.
  update: ({ cancellable: _part, progress: _share, ...fields }) => task.update(fields),
});
