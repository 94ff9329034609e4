import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { machineLabel } from '../machines/forward.ts';
import { KubeError } from '../target/kube-error.ts';
import { kinds, subresourcePath } from '../target/kinds.ts';
import { listServed } from '../target/served.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { orNone, partsOfDisk, unmarkDisk } from './disks.ts';
import { binLabel, diskKind, keptIn, ownerOfMachine, restoredAnnotation, secretName } from './kept.ts';
import type { Kept } from './kept.ts';
import { networkIn, restoreNetwork } from './network.ts';
import { makePart, takeBack } from './keep.ts';

type Target = Pick<OpenTarget, 'client'>;
export interface RestoreInput {
  id: string;
  namespace: string;
  newName?: string | undefined;
  start: boolean;
}

export const notInBin = (id: string): ProblemError =>
  new ProblemError({
    code: 'not-in-bin',
    title: 'It is not in the bin (any more)',
    detail: `The bin has no entry ${id}: it was restored or purged meanwhile.`,
  });

/** Brings back what the bin has under an id. Problems: not-in-bin, already-exists, bin-busy, bin-disk-gone. */
export async function restore(target: Target, input: RestoreInput): Promise<ObjectRef> {
  const { id, namespace } = input;
  const secret = await target.client.get(kinds.secrets, namespace, secretName(id)).catch(orNone);
  if (!secret) return restoreDisk(target, id, namespace);
  const network = networkIn(secret);
  return network ? restoreNetwork(target, id, network, input.newName) : restoreMachine(target, input, keptIn(secret));
}

async function restoreDisk(target: Target, id: string, namespace: string): Promise<ObjectRef> {
  const [claim] = await target.client.list(kinds.persistentVolumeClaims, namespace, `${binLabel}=${id}`);
  const [volume] = claim ? [claim] : await listServed(target.client, kinds.dataVolumes, namespace, `${binLabel}=${id}`);
  if (!volume) throw notInBin(id);
  const ref = { namespace, name: volume.metadata.name ?? '' };
  await unmarkDisk(target, ref);
  return ref;
}

/**
 * The machine comes back off and is finished before it may run: every step finds out whether it is done already, so one
 * that was broken off is gone through again from the start. The Secret goes last.
 */
async function restoreMachine(target: Target, input: RestoreInput, kept: Kept): Promise<ObjectRef> {
  const { client } = target;
  const { id, namespace, start } = input;
  const old = kept.vm.metadata.name ?? '';
  const alive = await client.get(kinds.virtualMachines, namespace, old).catch(orNone);
  if (alive?.metadata.uid === id) {
    if (alive.metadata.deletionTimestamp)
      throw new ProblemError({
        code: 'bin-busy',
        title: 'It is still being deleted',
        detail: `${old} is shutting down.`,
        fix: 'Try again when it is off; turn it off at once if it does not end.',
        kind: 'denied',
      });
    await takeBack(target, id, kept);
    return { namespace, name: old };
  }
  await refuseLostDisks(target, namespace, kept);
  const begun = await begunAs(target, id, namespace);
  const name = begun?.metadata.name ?? input.newName ?? old;
  const secrets = new Set(kept.parts.flatMap(({ kind, metadata }) => (kind === 'Secret' ? [metadata.name ?? ''] : [])));
  const vm = begun ?? (await make(target, renamed(offVersion(kept.vm), old, name, secrets), id));
  const owner = ownerOfMachine(vm);
  for (const disk of kept.disks)
    await unmarkDisk(target, { namespace, name: disk.name }, { kind: diskKind(disk), owner });
  for (const part of kept.parts) await makePart(target, renamed(part, old, name, secrets), vm);
  const strategy = strategyFor(kept.vm, start);
  if (pickText(vm, 'spec', 'runStrategy') !== strategy)
    await client.patch(kinds.virtualMachines, { namespace, name }, { spec: { runStrategy: strategy } });
  // The other strategies start by themselves.
  if (start && (strategy === 'Manual' || strategy === 'Halted'))
    await client
      .json('PUT', subresourcePath(kinds.virtualMachines, { namespace, name }, 'start'), { body: {} })
      .catch((error: unknown) => {
        if (!(error instanceof KubeError) || error.code !== 409) throw error; // an earlier try started it
      });
  await client.delete(kinds.secrets, { namespace, name: secretName(id) }).catch(orNone);
  return { namespace, name };
}

/** A machine that an earlier try of this restore made. */
async function begunAs({ client }: Target, id: string, namespace: string): Promise<KubeObject | undefined> {
  const vms = await client.list(kinds.virtualMachines, namespace);
  return vms.find((vm) => vm.metadata.annotations?.[restoredAnnotation] === id && !vm.metadata.deletionTimestamp);
}

async function make({ client }: Target, vm: KubeObject, id: string): Promise<KubeObject> {
  const { namespace = '', name = '', annotations } = vm.metadata;
  const taken = await client.get(kinds.virtualMachines, namespace, name).catch(orNone);
  if (taken)
    throw new ProblemError({
      code: 'already-exists',
      title: 'There is a machine of that name already',
      detail: `${namespace} has a machine named ${name} by now.`,
      fix: 'Restore it under another name.',
      fields: { newName: 'taken' },
    });
  const metadata = { ...vm.metadata, annotations: { ...annotations, [restoredAnnotation]: id } };
  return client.create(kinds.virtualMachines, { ...vm, metadata });
}

/** Without its disks a restore would make empty ones of the templates, and nobody would notice. */
async function refuseLostDisks(target: Target, namespace: string, kept: Kept): Promise<void> {
  for (const { name } of kept.disks)
    if ((await partsOfDisk(target, { namespace, name })).length === 0)
      throw new ProblemError({
        code: 'bin-disk-gone',
        title: 'One of its disks is gone',
        detail: `The disk ${namespace}/${name} was deleted since, not by the bin.`,
        fix: 'Nothing brings that disk back. What is left of the machine can be purged; its other disks are on the storage page.',
      });
}

const offVersion = (vm: KubeObject): KubeObject => {
  const { running: _old, ...spec } = vm.spec ?? {};
  return { ...vm, spec: { ...spec, runStrategy: 'Halted' } };
};

/** The strategy it had, unless that starts it and it is to stay off: then the nearest one that waits. Pure. */
export function strategyFor(vm: KubeObject, start: boolean): string {
  const legacy = pick(vm, 'spec', 'running') === true ? 'Always' : 'Halted';
  const before = pickText(vm, 'spec', 'runStrategy') ?? legacy;
  if (start) return before;
  return before === 'RerunOnFailure' || before === 'Manual' ? 'Manual' : 'Halted';
}

/** Under another name it is selected by that name, and reads its own Secrets; its disks keep their names. Pure. */
export function renamed(object: KubeObject, old: string, name: string, secrets: ReadonlySet<string>): KubeObject {
  if (old === name) return object;
  const other = (own: string): string =>
    own === old ? name : own.startsWith(`${old}-`) ? `${name}${own.slice(old.length)}`.slice(0, 63).replace(/-+$/, '') : own; // prettier-ignore
  const copy = structuredClone(object);
  const relabel = (labels: unknown): void => {
    const held = labels as Record<string, string> | undefined;
    if (held?.[machineLabel] === old) held[machineLabel] = name;
  };
  relabel(copy.metadata.labels);
  relabel(pick(copy, 'spec', 'selector'));
  relabel(pick(copy, 'spec', 'template', 'metadata', 'labels'));
  copy.metadata.name = other(copy.metadata.name ?? '');
  if (copy.kind !== 'VirtualMachine') return copy;
  for (const volume of pickList(copy, 'spec', 'template', 'spec', 'volumes')) {
    for (const [source, key] of secretReferences) {
      const reference = pick(volume, source, key) as { name?: string } | undefined;
      if (reference?.name && secrets.has(reference.name)) reference.name = other(reference.name);
    }
    const secret = volume['secret'] as { secretName?: string } | undefined;
    if (secret?.secretName && secrets.has(secret.secretName)) secret.secretName = other(secret.secretName);
  }
  return copy;
}
const secretReferences = [
  ['cloudInitNoCloud', 'secretRef'],
  ['cloudInitNoCloud', 'networkDataSecretRef'],
  ['cloudInitConfigDrive', 'secretRef'],
  ['cloudInitConfigDrive', 'networkDataSecretRef'],
  ['sysprep', 'secret'],
] as const;
