import { randomBytes } from 'node:crypto';
import type { StartClone } from '../../contract/clones.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { act } from '../machines/act.ts';
import { managedBy } from '../snapshots/names.ts';
import { originOf, ownCloudInit } from '../snapshots/own-data.ts';
import { identityPatches, secretUses } from '../snapshots/patches.ts';
import { refuseTaken } from '../snapshots/restore.ts';
import { copySecret, ownSecrets } from '../snapshots/secrets.ts';
import { failed, until } from '../snapshots/wait.ts';
import { acting } from '../target/acting.ts';
import { apiVersionOf, kinds } from '../target/kinds.ts';
import { isNotFound } from '../target/kube-error.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';

const kind = kinds.virtualMachineClones;
const words: Record<string, string> = {
  SnapshotInProgress: 'The disks are frozen for a moment',
  RestoreInProgress: 'The disks are copied',
  CreatingTargetVM: 'The machine is made',
};

/** The VirtualMachineClone that a person asked for; MAC addresses, firmware uuid and serial are left to the target. Pure. */
export function cloneObject(input: StartClone, vm: KubeObject, name: string): KubeObject {
  const patches = identityPatches(vm, input.newName).filter((text) => {
    const { path } = JSON.parse(text) as { path: string };
    return !/\/(macAddress|uuid|serial)$/.test(path);
  });
  const reference = (machine: string): object => ({ apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: machine });
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      name,
      namespace: input.namespace,
      labels: managedBy,
      ...(input.mode === 'full' ? { annotations: { 'hearth.dev/clone': 'full' } } : {}),
    },
    spec: {
      source: reference(input.name),
      target: reference(input.newName),
      ...(patches.length > 0 ? { patches } : {}),
    },
  };
}

/** Makes a clone and waits for it. Cancelled or failed, nothing of it stays. */
export async function cloneMachine(target: OpenTarget, input: StartClone, task: TaskHandle): Promise<void> {
  const { client } = target;
  const { namespace } = input;
  const machine = { namespace, name: input.newName };
  task.step('Prepare');
  await refuseTaken(target, machine);
  const vm = await client.get(kinds.virtualMachines, namespace, input.name, task.signal);
  const uses = secretUses(vm, input.newName);
  for (const use of uses) await copySecret(target, namespace, use, { from: input.name, to: input.newName });
  const name = `${input.newName.slice(0, 54)}-${randomBytes(4).toString('hex')}`;
  let made: KubeObject | undefined;
  try {
    task.step('Clone');
    made = await client.create(kind, cloneObject(input, vm, name), { signal: task.signal });
    const { uid } = made.metadata;
    await until(target, kind, { namespace, name }, task.signal, (clone) => {
      if (!clone || clone.metadata.uid !== uid) return undefined;
      const phase = pickText(clone, 'status', 'phase') ?? '';
      const done = Number(clone.metadata.annotations?.['hearth.dev/progress'] ?? Number.NaN);
      task.update({ detail: words[phase], ...(done > 0 ? { progress: done } : {}) });
      if (phase === 'Failed')
        throw failed(`${input.name} could not be cloned`, reasonOf(clone), 'Look at the events of the machine. The machine itself is as it was.', 'clone-failed'); // prettier-ignore
      return phase === 'Succeeded' ? true : undefined;
    });
  } catch (error) {
    await undo(target, input, made, name, uses.map(({ copy }) => copy)); // prettier-ignore
    throw error;
  }
  // Before what says that it is to come goes.
  await acting.getStore()?.own?.(client, machine);
  await gone(client.delete(kind, { namespace, name }));
  await ownSecrets(
    target,
    machine,
    uses.map(({ copy }) => copy),
  );
  await ownCloudInit(target, machine, originOf(vm, input.name));
  if (!input.start) return;
  task.step('Start the clone');
  task.update({ detail: undefined, cancellable: false });
  await act(target, machine, 'start', { deleteDisks: false });
}

/** The clone's object takes its snapshot and restore along; a machine that was made already goes with its disks. */
async function undo(
  { client }: OpenTarget,
  { namespace, newName }: StartClone,
  made: KubeObject | undefined,
  name: string,
  secrets: readonly string[],
): Promise<void> {
  if (made) {
    await gone(client.delete(kind, { namespace, name }));
    // Nobody had that name before: what has it now was made by this clone.
    await gone(client.delete(kinds.virtualMachines, { namespace, name: newName }));
  }
  for (const secret of secrets) await gone(client.delete(kinds.secrets, { namespace, name: secret }));
}
const gone = (work: Promise<void>): Promise<void> =>
  work.catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });

const reasonOf = (clone: KubeObject): string => {
  const conditions = pickList(clone, 'status', 'conditions');
  const told =
    conditions.find((each) => each['type'] === 'Failure') ?? conditions.find((each) => each['type'] === 'Ready');
  return pickText(told, 'message') ?? pickText(told, 'reason') ?? 'The target gave no reason.';
};
