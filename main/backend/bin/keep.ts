import { binDays } from '../../contract/kept-for.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { machineLabel } from '../machines/forward.ts';
import { acting } from '../target/acting.ts';
import { KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { listServed } from '../target/served.ts';
import { pick, pickList } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { markDisk, orNone, unmarkDisk } from './disks.ts';
import {
  belongsTo,
  binLabel,
  diskKind,
  keptIn,
  keptMachine,
  keptPart,
  ownerOfMachine,
  secretName,
  secretOf,
} from './kept.ts';
import type { Kept, KeptDisk, Times } from './kept.ts';

type Target = Pick<OpenTarget, 'client'>;
/** From now on, by whoever acts just now. */
export const timesFrom = (now: Date, days = binDays): Times => ({
  at: now.toISOString(),
  until: new Date(now.getTime() + days * 86_400_000).toISOString(),
  by: acting.getStore()?.who,
});

/**
 * Puts a machine into the bin. Each step can be done twice, and whatever is broken off is finished by doing them again
 * (sweep.ts does at the next start):
 * 1. What it is, with its Secrets and Services, is kept in a Secret.
 * 2. Its disk templates are taken away, or KubeVirt would take the disks as its own again; the machine is marked.
 * 3. Its disks lose their owner and are marked: nothing collects them from here on.
 * 4. The machine is deleted; its guest is shut down by the target.
 * Where a step is refused, those before it are taken back and the refusal is thrown. Where it was started or changed since
 * it was of that `generation`, they are taken back too, and the answer is false.
 */
export async function binMachine(
  target: Target,
  ref: ObjectRef,
  times = timesFrom(new Date()),
  /** `strategy`: how it is to run when it comes back, as it is now unless told. */
  { strategy, generation }: { strategy?: string | undefined; generation?: number | undefined } = {},
): Promise<boolean> {
  const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name);
  if (generation !== undefined && vm.metadata.generation !== generation) return false;
  const id = vm.metadata.uid ?? '';
  const kept = await keep(target, vm, times, strategy);
  try {
    const apart = await takeApart(target, id, kept, times);
    if (generation === undefined) await target.client.delete(kinds.virtualMachines, ref, { uid: id }).catch(orNone);
    else if (!(await deleteUnchanged(target, apart, generation + (hasTemplates(kept) ? 1 : 0)))) {
      await takeBack(target, id, kept);
      return false;
    }
    return true;
  } catch (error) {
    // Nobody answers: then taking back cannot work either, and what was begun is finished when the target is there again.
    if (!(error instanceof KubeError) || error.code !== 0) await takeBack(target, id, kept);
    throw error;
  }
}

/** Step 1. What an earlier try kept stays: the machine may have lost its templates since. */
async function keep(target: Target, vm: KubeObject, times: Times, strategy?: string): Promise<Kept> {
  const { client } = target;
  const { namespace = '', name = '', uid: id = '' } = vm.metadata;
  const before = await client.get(kinds.secrets, namespace, secretName(id)).catch(orNone);
  if (before && vm.metadata.annotations?.[binLabel] === id) return keptIn(before);
  const mine = (object: KubeObject): boolean => belongsTo(object, id);
  const [vmi, dataVolumes, claims, secrets, services] = await Promise.all([
    client.get(kinds.virtualMachineInstances, namespace, name).catch(orNone),
    listServed(client, kinds.dataVolumes, namespace),
    client.list(kinds.persistentVolumeClaims, namespace),
    client.list(kinds.secrets, namespace),
    client.list(kinds.services, namespace),
  ]);
  const disk =
    (kind: KeptDisk['kind']) =>
    ({ metadata }: KubeObject): KeptDisk => ({ kind, name: metadata.name ?? '' });
  const forwards = (service: KubeObject): boolean =>
    mine(service) ||
    (service.metadata.labels?.[machineLabel] === name &&
      service.metadata.labels['app.kubernetes.io/managed-by'] === 'hearth');
  const kept: Kept = {
    version: 1,
    vm: strategy === undefined ? keptMachine(vm, vmi) : ran(keptMachine(vm, vmi), strategy),
    parts: [...secrets.filter(mine), ...services.filter(forwards)].map(keptPart),
    disks: [
      ...dataVolumes.filter(mine).map(disk('DataVolume')),
      ...claims.filter(mine).map(disk('PersistentVolumeClaim')),
    ],
  };
  const secret = secretOf(id, kept, times);
  if (before)
    await client.patch(kinds.secrets, { namespace, name: secretName(id) }, { data: secret['data'], metadata: { annotations: secret.metadata.annotations } }); // prettier-ignore
  else await client.create(kinds.secrets, secret);
  return kept;
}

const ran = (vm: KubeObject, runStrategy: string): KubeObject => ({ ...vm, spec: { ...vm.spec, runStrategy } });

const hasTemplates = (kept: Kept): boolean => pick(kept.vm, 'spec', 'dataVolumeTemplates') !== undefined;

/** Steps 2 and 3. Resolves with the machine as step 2 left it. */
async function takeApart(target: Target, id: string, kept: Kept, times: Times): Promise<KubeObject> {
  const { namespace = '', name = '' } = kept.vm.metadata;
  const apart = await target.client.patch(
    kinds.virtualMachines,
    { namespace, name },
    {
      metadata: { uid: id, annotations: { [binLabel]: id } },
      ...(hasTemplates(kept) && { spec: { dataVolumeTemplates: null } }),
    },
  );
  for (const disk of kept.disks) await markDisk(target, { namespace, name: disk.name }, id, times);
  // Made by hand with our label: not collected with the machine.
  for (const part of kept.parts)
    if (part.kind === 'Service') await target.client.delete(kinds.services, { namespace, name: part.metadata.name ?? '' }).catch(orNone); // prettier-ignore
  return apart;
}

/** Step 4, while its spec is of that generation and it does not run; a status that is written meanwhile is no hindrance. */
async function deleteUnchanged({ client }: Target, apart: KubeObject, generation: number): Promise<boolean> {
  const { namespace = '', name = '', uid = '' } = apart.metadata;
  for (let vm: KubeObject | undefined = apart, left = 20; ; left -= 1) {
    if (vm?.metadata.uid !== uid) return true; // somebody else deleted it
    if (vm.metadata.generation !== generation) return false;
    try {
      await client.delete(
        kinds.virtualMachines,
        { namespace, name },
        { uid, resourceVersion: vm.metadata.resourceVersion },
      );
      return true;
    } catch (error) {
      if (!(error instanceof KubeError) || left === 0 || ![404, 409].includes(error.code)) throw error;
    }
    vm = await client.get(kinds.virtualMachines, namespace, name).catch(orNone);
  }
}

/** The way back while the machine is still there: it gets its disks, templates and ports again, and the bin forgets it. */
export async function takeBack(target: Target, id: string, kept: Kept): Promise<void> {
  const { client } = target;
  const { namespace = '', name = '' } = kept.vm.metadata;
  const vm = await client.get(kinds.virtualMachines, namespace, name);
  const owner = ownerOfMachine(vm);
  for (const disk of kept.disks)
    await unmarkDisk(target, { namespace, name: disk.name }, { kind: diskKind(disk), owner });
  for (const part of kept.parts) if (part.kind === 'Service') await makePart(target, part, vm);
  const templates = pickList(kept.vm, 'spec', 'dataVolumeTemplates');
  await client.patch(
    kinds.virtualMachines,
    { namespace, name },
    {
      metadata: { uid: id, annotations: { [binLabel]: null } },
      ...(templates.length > 0 && { spec: { dataVolumeTemplates: templates } }),
    },
  );
  await client.delete(kinds.secrets, { namespace, name: secretName(id) }).catch(orNone);
}

/** Makes a Secret or Service of a machine again. One of that name that is the machine's own already is of an earlier try. */
export async function makePart({ client }: Target, part: KubeObject, vm: KubeObject): Promise<'made' | 'taken'> {
  const kind = part.kind === 'Secret' ? kinds.secrets : kinds.services;
  const { namespace = '', name = '' } = part.metadata;
  const { controller: _c, blockOwnerDeletion: _b, ...owner } = ownerOfMachine(vm);
  const object: KubeObject = { ...part, metadata: { ...part.metadata, ownerReferences: [owner] } };
  const isThere = (error: unknown): boolean => error instanceof KubeError && error.reason === 'AlreadyExists';
  try {
    await client.create(kind, object);
    return 'made';
  } catch (error) {
    if (isThere(error)) return belongsTo(await client.get(kind, namespace, name), vm.metadata.uid) ? 'made' : 'taken';
    // Its port of the host is somebody else's by now: any other will do.
    if (part.kind !== 'Service' || !(error instanceof KubeError) || error.code !== 422) throw error;
  }
  const ports = pickList(part, 'spec', 'ports').map(({ nodePort: _port, ...port }) => port);
  await client.create(kind, { ...object, spec: { ...part.spec, ports } });
  return 'made';
}
