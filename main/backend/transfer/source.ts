import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { managedBy } from '../snapshots/names.ts';
import { failed, until } from '../snapshots/wait.ts';
import { apiVersionOf, kinds } from '../target/kinds.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import type { Kind } from '../target/kinds.ts';
import { pick, pickList, pickText, pickTexts } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';

/** Names of what an export makes on the target, by its id: found again after a kill. */
export const exportName = (id: string): string => `hearth-export-${id.slice(0, 8)}`;

/** The machine's disks as they are at this moment, handed out by the target. A running machine is kept by a snapshot for it. */
export async function openExport(
  target: OpenTarget,
  id: string,
  input: ObjectRef,
  task: TaskHandle,
  prepare: 'qcow2' | 'qcow2-plain' = 'qcow2',
): Promise<{ object: KubeObject; token: string }> {
  const { client } = target;
  const { namespace } = input;
  const name = exportName(id);
  let source = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: input.name };
  const known = await orNothing(client.get(kinds.virtualMachineExports, namespace, name));
  if (!known) {
    const runs = await orNothing(client.get(kinds.virtualMachineInstances, namespace, input.name));
    if (runs) {
      await snapshot(target, input, name, task);
      source = { apiGroup: 'snapshot.kubevirt.io', kind: 'VirtualMachineSnapshot', name };
    }
    await makeOnce(client.create(kinds.virtualMachineExports, {
      apiVersion: apiVersionOf(kinds.virtualMachineExports),
      kind: kinds.virtualMachineExports.kind,
      metadata: { name, namespace, labels: managedBy, annotations: { 'hearth.dev/prepare': prepare } },
      spec: { source, ttlDuration: '24h' },
    }, { signal: task.signal })); // prettier-ignore
  }
  const object = await until(target, kinds.virtualMachineExports, { namespace, name }, task.signal, (found) => {
    if (!found) return undefined;
    const phase = pickText(found, 'status', 'phase');
    const ready = pickList(found, 'status', 'conditions').find((each) => each['type'] === 'Ready');
    const done = Number(found.metadata.annotations?.['hearth.dev/progress']);
    // Making the files is the longer half of the work.
    task.update({ detail: pickText(ready, 'message'), ...(done > 0 ? { progress: Math.min(0.6, done * 0.6) } : {}) });
    if (pickText(ready, 'reason') === 'PrepareFailed')
      throw failed('The disks could not be prepared', pickText(ready, 'message') ?? '', 'Free some space on the target and go on.', 'export-failed'); // prettier-ignore
    if (phase === 'Skipped' || phase === 'Terminated')
      throw failed('The target has nothing to export', pickText(ready, 'message') ?? `It says ${phase}.`, 'Look at the disks of the machine.', 'export-failed'); // prettier-ignore
    return phase === 'Ready' ? found : undefined;
  });
  const secret = await client.get(
    kinds.secrets,
    namespace,
    pickText(object, 'status', 'tokenSecretRef') ?? `export-token-${name}`,
  );
  const token = Buffer.from(pickText(secret, 'data', 'token') ?? '', 'base64').toString('utf8');
  return { object, token };
}

async function snapshot(target: OpenTarget, input: ObjectRef, name: string, task: TaskHandle): Promise<void> {
  const can = target.state.value.capabilities.find(({ id }) => id === 'snapshots');
  if (can && !can.supported)
    throw new ProblemError({
      code: 'machine-runs',
      title: 'The machine has to be off',
      detail: `${input.name} runs, and this target cannot keep its disks meanwhile: ${can.reason ?? ''}`,
      fix: 'Stop the machine, export it, start it again.',
      kind: 'denied',
    });
  const kind = kinds.virtualMachineSnapshots;
  await makeOnce(target.client.create(kind, {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name, namespace: input.namespace, labels: managedBy },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: input.name }, failureDeadline: '5m0s' },
  }, { signal: task.signal })); // prettier-ignore
  const done = await until(target, kind, { namespace: input.namespace, name }, task.signal, (found) => {
    if (found && pickText(found, 'status', 'phase') === 'Failed')
      throw failed('The running machine could not be kept', pickText(found, 'status', 'error', 'message') ?? 'The target gave no reason.', 'Stop the machine and export it then.', 'export-failed'); // prettier-ignore
    return found && pick(found, 'status', 'readyToUse') === true ? found : undefined;
  });
  if (pickTexts(done, 'status', 'indications').includes('PartialSnapshot'))
    throw failed('Not every disk can be exported while the machine runs', 'The target could not keep all of its disks.', 'Stop the machine and export it then.', 'export-failed'); // prettier-ignore
}

/** Takes away what an export made on the target. */
export async function closeExport({ client }: OpenTarget, namespace: string, id: string): Promise<void> {
  const remove = async (kind: Kind): Promise<void> => {
    await orNothing(client.delete(kind, { namespace, name: exportName(id) }));
  };
  await remove(kinds.virtualMachineExports);
  await remove(kinds.virtualMachineSnapshots);
}

async function makeOnce(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    // Of an earlier try that was cut.
    if (!(error instanceof KubeError) || error.code !== 409) throw error;
  }
}
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
