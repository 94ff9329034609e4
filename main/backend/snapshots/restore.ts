import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { RestoreSnapshot } from '../../contract/snapshots.ts';
import { act } from '../machines/act.ts';
import { acting } from '../target/acting.ts';
import { apiVersionOf, kinds } from '../target/kinds.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { askedAtAnnotation, managedBy, memoryAnnotation } from './names.ts';
import { identityPatches, secretUses } from './patches.ts';
import { originOf, ownCloudInit } from './own-data.ts';
import { copySecret, ownSecrets } from './secrets.ts';
import { failed, until, untilOff } from './wait.ts';

const kind = kinds.virtualMachineRestores;

export const steps = (input: RestoreSnapshot): string[] => [
  ...(input.stop && !input.newName ? ['Stop the machine'] : []),
  ...(input.newName ? ['Prepare the new machine'] : []),
  'Restore',
  ...(input.start ? ['Start the machine'] : []),
];

/** The VirtualMachineRestore that a person asked for. Pure. */
export function restoreObject(input: RestoreSnapshot, name: string, patches: readonly string[], at: Date): KubeObject {
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      name,
      namespace: input.namespace,
      labels: managedBy,
      annotations: { [askedAtAnnotation]: at.toISOString(), ...(input.memory ? { [memoryAnnotation]: 'true' } : {}) },
    },
    spec: {
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: input.newName ?? input.name },
      virtualMachineSnapshotName: input.snapshot,
      ...(patches.length > 0 ? { patches } : {}),
    },
  };
}

/** Brings a machine back to a snapshot, or makes a new one of it. */
export async function restoreSnapshot(target: OpenTarget, input: RestoreSnapshot, task: TaskHandle): Promise<void> {
  const { namespace } = input;
  const machine = { namespace, name: input.newName ?? input.name };
  const vm = await sourceMachine(target, input);
  if (input.newName === undefined) await free(target, input, task);
  else {
    task.step('Prepare the new machine');
    await refuseTaken(target, machine);
    for (const use of secretUses(vm, input.newName))
      await copySecret(target, namespace, use, { from: input.name, to: input.newName });
  }
  await run(target, input, input.newName === undefined ? [] : identityPatches(vm, input.newName), task);
  if (input.newName !== undefined) {
    await acting.getStore()?.own?.(target.client, machine);
    await ownSecrets(target, machine, secretUses(vm, input.newName).map(({ copy }) => copy)); // prettier-ignore
    await ownCloudInit(target, machine, originOf(vm, input.name));
  }
  if (!input.start) return;
  task.step('Start the machine');
  await act(target, machine, 'start', { deleteDisks: false });
}

/** The restore itself. It cannot be stopped half-way, only waited for: the target does it. */
async function run(target: OpenTarget, input: RestoreSnapshot, patches: string[], task: TaskHandle): Promise<void> {
  const { namespace } = input;
  task.step('Restore');
  await forgetFailed(target, namespace, input.newName ?? input.name);
  const name = `${input.newName ?? input.name}-${randomBytes(4).toString('hex')}`.slice(-63).replace(/^-+/, '');
  const made = await target.client.create(kind, restoreObject(input, name, patches, new Date()), {
    signal: task.signal,
  });
  task.update({ cancellable: false });
  await until(target, kind, { namespace, name }, task.signal, (restore) => {
    if (!restore || restore.metadata.uid !== made.metadata.uid) return undefined;
    const conditions = pickList(restore, 'status', 'conditions');
    const failure = conditions.find((each) => each['type'] === 'Failure' && each['status'] === 'True');
    task.update({
      detail: pickText(
        conditions.find((each) => each['type'] === 'Progressing'),
        'reason',
      ),
    });
    if (failure)
      throw failed('The machine could not be restored', pickText(failure, 'reason') ?? 'The target gave no reason.', 'Stop the machine and try again; its disks are as they were.', 'restore-failed'); // prettier-ignore
    return pick(restore, 'status', 'complete') === true ? true : undefined;
  });
}

/** A machine that runs is switched off first, where the person said so. */
async function free(target: OpenTarget, input: RestoreSnapshot, task: TaskHandle): Promise<void> {
  const ref = { namespace: input.namespace, name: input.name };
  const runs = await target.client.get(kinds.virtualMachineInstances, ref.namespace, ref.name).then(
    () => true,
    (error: unknown) => {
      if (isNotFound(error)) return false;
      throw error;
    },
  );
  if (!runs) return;
  if (!input.stop)
    throw new ProblemError({
      code: 'machine-runs',
      title: 'The machine has to be off',
      detail: `${input.name} runs: its disks cannot be exchanged under it.`,
      fix: 'Stop it first, or let the restore switch it off.',
      kind: 'denied',
    });
  task.step('Stop the machine');
  try {
    await act(target, ref, 'forceStop', { deleteDisks: false });
  } catch (error) {
    // It stops already.
    if (!(error instanceof KubeError) || error.code !== 409) throw error;
  }
  await untilOff(target, ref, task.signal);
}

/** The machine as it was, from the content of the snapshot. */
async function sourceMachine({ client }: OpenTarget, input: RestoreSnapshot): Promise<KubeObject> {
  const snapshot = await client.get(kinds.virtualMachineSnapshots, input.namespace, input.snapshot);
  const name = pickText(snapshot, 'status', 'virtualMachineSnapshotContentName');
  if (name === undefined || pick(snapshot, 'status', 'readyToUse') !== true)
    throw new ProblemError({
      code: 'snapshot-not-ready',
      title: 'This snapshot cannot be used',
      detail: `The target says that ${input.snapshot} is not ready.`,
      fix: 'Wait until it is taken, or choose another one.',
      kind: 'denied',
    });
  const content = await client.get(kinds.virtualMachineSnapshotContents, input.namespace, name);
  return pick(content, 'spec', 'source', 'virtualMachine') as KubeObject;
}

export async function refuseTaken(
  { client }: OpenTarget,
  { namespace, name }: { namespace: string; name: string },
): Promise<void> {
  try {
    await client.get(kinds.virtualMachines, namespace, name);
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  throw new ProblemError({
    code: 'already-exists',
    title: 'There is a machine of that name already',
    detail: `${namespace} has a machine named ${name}.`,
    fix: 'Choose another name.',
    fields: { newName: 'taken' },
  });
}

/** A restore that failed keeps the next one away until it is deleted (KubeVirt counts it as in progress). */
async function forgetFailed({ client }: OpenTarget, namespace: string, name: string): Promise<void> {
  for (const restore of await client.list(kind, namespace)) {
    const ours = restore.metadata.labels?.['app.kubernetes.io/managed-by'] === 'hearth';
    const over = pickList(restore, 'status', 'conditions').some((each) => each['type'] === 'Failure' && each['status'] === 'True'); // prettier-ignore
    if (ours && over && pickText(restore, 'spec', 'target', 'name') === name)
      await client.delete(kind, { namespace, name: restore.metadata.name ?? '' });
  }
}
