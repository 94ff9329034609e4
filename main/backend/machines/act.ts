import type { KubeObject } from '../../contract/kube.ts';
import type { MachineAction, ObjectRef } from '../../contract/machine-ref.ts';
import { binMachine } from '../bin/keep.ts';
import { unusedAnnotation } from '../bin/kept.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pick, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { actionRequest } from './actions.ts';
import { machineLabel } from './forward.ts';
import { dataVolumeNames } from './list.ts';
import { machineGone } from './present.ts';

export interface DeleteOptions {
  /** False: the disks stay as disks of nobody, and nothing goes to the bin. */
  deleteDisks: boolean;
  /** `bin` unless told. */
  mode?: 'bin' | 'now';
}

/** Starts, stops, ..., deletes a machine. The target decides; its refusal comes back as it is. */
export async function act(
  target: OpenTarget,
  ref: ObjectRef,
  action: MachineAction,
  options: DeleteOptions,
): Promise<void> {
  const request = actionRequest(action, ref);
  try {
    if (request) await target.client.json('PUT', request.path, { body: request.body });
    else if (options.deleteDisks && options.mode !== 'now') await binMachine(target, ref);
    else await remove(target, ref, options.deleteDisks);
  } catch (error) {
    throw isNotFound(error) && !request ? machineGone(ref) : error;
  }
}

async function powerOff(target: OpenTarget, ref: ObjectRef): Promise<void> {
  const request = actionRequest('forceStop', ref);
  try {
    if (request) await target.client.json('PUT', request.path, { body: request.body });
  } catch (error) {
    if (!(error instanceof KubeError) || (error.code !== 409 && error.code !== 404)) throw error; // it is off already
  }
}

/** A disk no longer belongs to a machine, and so stays when that goes. */
async function disown({ client }: OpenTarget, vm: KubeObject, kind: Kind, name: string): Promise<void> {
  const ref = { namespace: vm.metadata.namespace ?? '', name };
  try {
    const disk = await client.get(kind, ref.namespace, name);
    const others = (disk.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== vm.metadata.uid);
    const annotations = { [unusedAnnotation]: new Date().toISOString() };
    await client.patch(kind, ref, { metadata: { ownerReferences: others, annotations } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/**
 * DataVolumes and their claims are owned by the machine and would go with it. To keep them, the owner is taken off first;
 * what else belongs to the machine (Secret, Services) goes in any case.
 */
async function remove(target: OpenTarget, ref: ObjectRef, deleteDisks: boolean): Promise<void> {
  const { client } = target;
  const vm = await client.get(kinds.virtualMachines, ref.namespace, ref.name);
  if (!deleteDisks) {
    // KubeVirt would take what its templates name as its own again.
    if (pick(vm, 'spec', 'dataVolumeTemplates') !== undefined)
      await client.patch(kinds.virtualMachines, ref, { spec: { dataVolumeTemplates: null } });
    for (const name of dataVolumeNames(vm)) await disown(target, vm, kinds.dataVolumes, name);
    // Disks that came back from a snapshot are claims without a DataVolume.
    for (const claim of await client.list(kinds.persistentVolumeClaims, ref.namespace))
      if (claim.metadata.ownerReferences?.some((owner) => owner.uid === vm.metadata.uid))
        await disown(target, vm, kinds.persistentVolumeClaims, claim.metadata.name ?? '');
  }
  // Nothing of its disks will be left, so there is nothing to shut down for: the power goes off at once.
  else await powerOff(target, ref);
  await client.delete(kinds.virtualMachines, ref, vm.metadata.uid ? { uid: vm.metadata.uid } : {});
  // Owned ones are collected by the target; those added by hand with our label are ours to remove.
  for (const service of await client.list(kinds.services, ref.namespace, `${machineLabel}=${ref.name}`))
    if (pickText(service, 'metadata', 'labels', 'app.kubernetes.io/managed-by') === 'hearth')
      await client
        .delete(kinds.services, { namespace: ref.namespace, name: service.metadata.name ?? '' })
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        });
}
