import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { atAnnotation, binLabel, byAnnotation, timesAnnotations, unusedAnnotation, untilAnnotation } from './kept.ts';
import type { Times } from './kept.ts';

type Target = Pick<OpenTarget, 'client'>;
const both = [kinds.dataVolumes, kinds.persistentVolumeClaims];

export const orNone = (error: unknown): undefined => {
  if (isNotFound(error)) return undefined;
  throw error;
};

/** The DataVolume and the claim of that name, those that there are. */
export const partsOfDisk = async (
  { client }: Target,
  ref: ObjectRef,
): Promise<{ kind: Kind; object: KubeObject }[]> => {
  const found = await Promise.all(
    both.map(async (kind) => ({ kind, object: await client.get(kind, ref.namespace, ref.name).catch(orNone) })),
  );
  return found.flatMap(({ kind, object }) => (object ? [{ kind, object }] : []));
};

/** Marks a disk as in the bin and takes it from the machine that owns it, in one write each: nothing collects it after that. */
export async function markDisk(target: Target, ref: ObjectRef, id: string, times: Times): Promise<void> {
  for (const { kind, object } of await partsOfDisk(target, ref)) {
    const owners = object.metadata.ownerReferences ?? [];
    await target.client
      .patch(kind, ref, {
        metadata: {
          labels: { [binLabel]: id },
          annotations: { ...timesAnnotations(times), [unusedAnnotation]: times.at },
          ownerReferences: owners.filter((owner) => owner.kind !== 'VirtualMachine'),
        },
      })
      .catch(orNone);
  }
}

/** Takes the mark away; `owner` becomes its owner again, on the object that was owned. */
export async function unmarkDisk(
  target: Target,
  ref: ObjectRef,
  owned?: { kind: Kind; owner: NonNullable<KubeObject['metadata']['ownerReferences']>[number] },
): Promise<void> {
  for (const { kind, object } of await partsOfDisk(target, ref)) {
    const others = (object.metadata.ownerReferences ?? []).filter((each) => each.uid !== owned?.owner.uid);
    const mine = owned && owned.kind === kind && others.every(({ controller }) => !controller);
    await target.client
      .patch(kind, ref, {
        metadata: {
          labels: { [binLabel]: null },
          annotations: {
            [atAnnotation]: null,
            [untilAnnotation]: null,
            [byAnnotation]: null,
            ...(owned && { [unusedAnnotation]: null }),
          },
          ...(mine && { ownerReferences: [...others, owned.owner] }),
        },
      })
      .catch(orNone);
  }
}

/** Names of the claims that a machine's template has. Pure. */
export const claimsOf = (vm: KubeObject): string[] =>
  pickList(vm, 'spec', 'template', 'spec', 'volumes').flatMap((volume) => {
    const name = pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');
    return name ? [name] : [];
  });

/** The machines that have a disk, by name. */
export async function usersOf({ client }: Target, ref: ObjectRef, except?: string): Promise<string[]> {
  const vms = await client.list(kinds.virtualMachines, ref.namespace);
  return vms
    .filter((vm) => vm.metadata.uid !== except && claimsOf(vm).includes(ref.name))
    .map((vm) => vm.metadata.name ?? '');
}

export const diskInUse = (ref: ObjectRef, users: readonly string[]): ProblemError =>
  new ProblemError({
    code: 'disk-in-use',
    title: 'A machine has this disk',
    detail: `${ref.name} is a disk of ${users.join(', ')}.`,
    fix: 'Detach it there first (Disks tab), or delete the machine.',
    kind: 'denied',
  });

/** Deletes a disk for good. One that a machine has is left alone: Problem `disk-in-use`. */
export async function deleteDisk(target: Target, ref: ObjectRef): Promise<void> {
  const users = await usersOf(target, ref);
  if (users.length > 0) throw diskInUse(ref, users);
  // The DataVolume takes its claim along; a claim that has none, or had one, goes alone.
  for (const { kind, object } of await partsOfDisk(target, ref))
    await target.client.delete(kind, ref, object.metadata.uid ? { uid: object.metadata.uid } : {}).catch(orNone);
}

/** Puts a single disk into the bin. `except` is the uid of a machine that is losing it just now. */
export async function binDisk(target: Target, ref: ObjectRef, times: Times, except?: string): Promise<void> {
  const users = await usersOf(target, ref, except);
  if (users.length > 0) throw diskInUse(ref, users);
  const claim = await target.client.get(kinds.persistentVolumeClaims, ref.namespace, ref.name).catch(orNone);
  const id = (claim ?? (await target.client.get(kinds.dataVolumes, ref.namespace, ref.name))).metadata.uid ?? '';
  await markDisk(target, ref, id, times);
}
