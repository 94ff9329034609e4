import { randomBytes } from 'node:crypto';
import type { Attach, DiskChoices, When } from '../../contract/hardware.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { binDisk, diskInUse, usersOf } from '../bin/disks.ts';
import { timesFrom } from '../bin/keep.ts';
import { refuseDisksInBin } from '../bin/taken.ts';
import { imageNamespace } from '../images/manifest.ts';
import { isImage } from '../images/list.ts';
import { changeMachine } from '../networks/change-machine.ts';
import { isNotFound } from '../target/kube-error.ts';
import { apiVersionOf, kinds, subresourcePath } from '../target/kinds.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { bytesQuantity, quantity } from '../target/quantity.ts';
import { hasProfile } from '../target/storage-profile.ts';
import type { OpenTarget } from '../target/target.ts';
import { claimIn, dropDisk, findDisk, setDisc } from './template.ts';

/** Marks a copy of an image that is in a drive: it goes when the disc is taken out. */
const discOf = 'hearth.dev/disc-of';
const mebi = 2 ** 20;

export const isRunning = async ({ client }: OpenTarget, { namespace, name }: ObjectRef): Promise<boolean> => {
  try {
    const vmi = await client.get(kinds.virtualMachineInstances, namespace, name);
    return !['Succeeded', 'Failed', ''].includes(pickText(vmi, 'status', 'phase') ?? '');
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
};

const dataVolume = (
  namespace: string,
  name: string,
  source: object,
  size: number,
  storage: { className: string | undefined; profiled: boolean },
  labels = {},
): KubeObject => ({
  apiVersion: apiVersionOf(kinds.dataVolumes),
  kind: kinds.dataVolumes.kind,
  metadata: {
    name,
    namespace,
    labels: { 'app.kubernetes.io/managed-by': 'hearth', ...labels },
    // A disk that nobody has opened yet is made all the same where the class waits for its first user.
    annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' },
  },
  spec: {
    source,
    storage: {
      ...(!storage.profiled && { accessModes: ['ReadWriteOnce'] }),
      resources: { requests: { storage: bytesQuantity(Math.ceil(size / mebi) * mebi) } },
      ...(storage.className && { storageClassName: storage.className }),
    },
  },
});

/** A new or an existing disk for a machine: at once where it runs, by KubeVirt's addvolume. Throws Problems. */
export async function attach(target: OpenTarget, input: Attach): Promise<void> {
  const { namespace, name, disk, bus, cache, source } = input;
  const { client } = target;
  const body = (volumeSource: object) => ({
    name: disk,
    disk: { disk: { bus }, ...(cache && { cache }) },
    volumeSource,
  });
  const add = (volumeSource: object, dryRun = false) =>
    client.json('PUT', subresourcePath(kinds.virtualMachines, { namespace, name }, 'addvolume'), {
      body: { ...body(volumeSource), ...(dryRun && { dryRun: ['All'] }) },
    });
  if (source.type === 'existing') {
    const volume = await client.get(kinds.dataVolumes, namespace, source.claim).catch(orNone);
    await refuseDisksInBin(target, namespace, volume ? [volume] : [await client.get(kinds.persistentVolumeClaims, namespace, source.claim)]); // prettier-ignore
    await add(volume ? { dataVolume: { name: source.claim } } : { persistentVolumeClaim: { claimName: source.claim } });
    return;
  }
  const made = `${name.slice(0, 40)}-${disk.slice(0, 40)}-${randomBytes(2).toString('hex')}`;
  // First a look whether the machine takes it: nothing is made for nothing.
  await add({ dataVolume: { name: made } }, true);
  const storage = { className: source.storageClass, profiled: await hasProfile(target, source.storageClass) };
  await client.create(kinds.dataVolumes, dataVolume(namespace, made, { blank: {} }, source.size, storage));
  try {
    await add({ dataVolume: { name: made } });
  } catch (error) {
    await takeBack(target, { namespace, name }, made);
    throw error;
  }
}

/** A disk that was made for a machine goes again, unless the machine has it all the same: answers can get lost. */
async function takeBack(target: OpenTarget, ref: ObjectRef, made: string): Promise<void> {
  const { client } = target;
  let vm: KubeObject | undefined;
  try {
    vm = await client.get(kinds.virtualMachines, ref.namespace, ref.name);
  } catch (error) {
    // Nobody knows whether it is in use: it stays, and the storage page shows it when it is not.
    if (!isNotFound(error)) return;
  }
  if (pickList(vm, 'spec', 'template', 'spec', 'volumes').some((volume) => claimIn(volume) === made)) return;
  await client.delete(kinds.dataVolumes, { namespace: ref.namespace, name: made }).catch(ignoreGone);
}

const orNone = (error: unknown): undefined => {
  if (isNotFound(error)) return undefined;
  throw error;
};
const ignoreGone = (error: unknown): void => {
  if (!isNotFound(error)) throw error;
};

/** Takes a disk away: at once where its volume may go, else at the next start. Its data stays, in the bin where it is told to go. Throws Problems. */
export async function detach(target: OpenTarget, ref: ObjectRef, name: string, deleteDisk: boolean): Promise<When> {
  const { client } = target;
  const vm = await client.get(kinds.virtualMachines, ref.namespace, ref.name);
  const { claim, kind, hotpluggable } = findDisk(vm, name);
  const live = hotpluggable && kind !== 'cdrom';
  const running = await isRunning(target, ref);
  const users = claim === undefined || !deleteDisk ? [] : await usersOf(target, { namespace: ref.namespace, name: claim }, vm.metadata.uid); // prettier-ignore
  if (claim !== undefined && users.length > 0) throw diskInUse({ namespace: ref.namespace, name: claim }, users);
  if (claim !== undefined && !deleteDisk) await keep(target, ref, claim, vm);
  if (live) await client.json('PUT', subresourcePath(kinds.virtualMachines, ref, 'removevolume'), { body: { name } });
  else await changeMachine(target, ref, (draft) => dropDisk(draft, name));
  // The machine may name it for a moment yet: KubeVirt takes a volume out of it by and by.
  if (claim !== undefined && deleteDisk)
    await binDisk(target, { namespace: ref.namespace, name: claim }, timesFrom(new Date()), vm.metadata.uid).catch(orNone); // prettier-ignore
  return live || !running ? 'now' : 'restart';
}

/** What the machine owns would go with it some day: a disk that was detached to be kept is nobody's. */
async function keep({ client }: OpenTarget, ref: ObjectRef, claim: string, vm: KubeObject): Promise<void> {
  // The storage page says since when nobody has it.
  await client
    .patch(
      kinds.persistentVolumeClaims,
      { namespace: ref.namespace, name: claim },
      { metadata: { annotations: { 'hearth.dev/unused-since': new Date().toISOString() } } },
    )
    .catch(ignoreGone);
  const found = await client.get(kinds.dataVolumes, ref.namespace, claim).catch(orNone);
  const owners = found?.metadata.ownerReferences ?? [];
  const others = owners.filter((owner) => owner.uid !== vm.metadata.uid);
  if (others.length !== owners.length)
    await client.patch(
      kinds.dataVolumes,
      { namespace: ref.namespace, name: claim },
      { metadata: { ownerReferences: others } },
    );
}

/** Puts a copy of an image into a drive. Throws Problems. */
export async function insert(target: OpenTarget, ref: ObjectRef, drive: string, image: ObjectRef): Promise<When> {
  const { client } = target;
  const vm = await client.get(kinds.virtualMachines, ref.namespace, ref.name);
  const before = findDisk(vm, drive);
  const source = await client.get(kinds.persistentVolumeClaims, image.namespace, image.name);
  const size =
    quantity(pick(source, 'status', 'capacity', 'storage')) ??
    quantity(pick(source, 'spec', 'resources', 'requests', 'storage')) ??
    mebi;
  const copy = `${ref.name.slice(0, 40)}-${image.name.slice(0, 40)}-${randomBytes(2).toString('hex')}`;
  const storage = { className: undefined, profiled: await hasProfile(target) };
  await client.create(
    kinds.dataVolumes,
    dataVolume(ref.namespace, copy, { pvc: { namespace: image.namespace, name: image.name } }, size, storage, {
      [discOf]: ref.name.slice(0, 63),
    }),
  );
  try {
    await changeMachine(target, ref, (draft) => setDisc(draft, drive, copy));
  } catch (error) {
    await takeBack(target, ref, copy);
    throw error;
  }
  await removeDisc(target, ref, before.claim);
  return discWhen(target, ref, before.volume !== undefined && !before.hotpluggable, drive);
}

/** Takes the disc out of a drive. Throws Problems. */
export async function eject(target: OpenTarget, ref: ObjectRef, drive: string): Promise<When> {
  const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name);
  const before = findDisk(vm, drive);
  if (!before.volume)
    throw new ProblemError({
      code: 'drive-empty',
      title: 'The drive is empty',
      detail: `There is nothing in ${drive}.`,
    });
  await changeMachine(target, ref, (draft) => setDisc(draft, drive, undefined));
  await removeDisc(target, ref, before.claim);
  return discWhen(target, ref, !before.hotpluggable, drive);
}

/** A drive that came after the start is not in the running machine yet; a disc that was declared as a fixed one stays in it. */
async function discWhen(target: OpenTarget, ref: ObjectRef, fixed: boolean, drive: string): Promise<When> {
  if (!(await isRunning(target, ref))) return 'now';
  const vmi = await target.client.get(kinds.virtualMachineInstances, ref.namespace, ref.name).catch(orNone);
  const there = pickList(vmi, 'spec', 'domain', 'devices', 'disks').some((disk) => disk['name'] === drive);
  return fixed || !there ? 'restart' : 'now';
}

/** Copies that Hearth made for the drive go; other disks are the user's. */
async function removeDisc({ client }: OpenTarget, ref: ObjectRef, claim: string | undefined): Promise<void> {
  if (claim === undefined) return;
  const found = await client.get(kinds.dataVolumes, ref.namespace, claim).catch(orNone);
  if (found?.metadata.labels?.[discOf])
    await client.delete(kinds.dataVolumes, { namespace: ref.namespace, name: claim }).catch(ignoreGone);
}

/** Asks for a bigger disk; only the claim can be asked, what filled it once is over. Throws Problems. */
export async function grow({ client }: OpenTarget, ref: ObjectRef, claim: string, size: number): Promise<void> {
  const found = await client.get(kinds.persistentVolumeClaims, ref.namespace, claim);
  const now = quantity(pick(found, 'spec', 'resources', 'requests', 'storage')) ?? 0;
  if (size <= now)
    throw new ProblemError({
      code: 'disk-not-smaller',
      title: 'A disk only grows',
      detail: `${claim} has ${bytesQuantity(now)} already; a smaller one would cut its data off.`,
      fix: 'Ask for more, or make a new disk and copy.',
      fields: { size: 'Must be more than now.' },
    });
  const storage = bytesQuantity(Math.ceil(size / mebi) * mebi);
  await client.patch(
    kinds.persistentVolumeClaims,
    { namespace: ref.namespace, name: claim },
    { spec: { resources: { requests: { storage } } } },
  );
}

/** What could be attached to a machine or put into its drives. */
export async function choices({ client }: OpenTarget, ref: ObjectRef): Promise<DiskChoices> {
  const none: KubeObject[] = [];
  const orEmpty = (work: Promise<KubeObject[]>) => work.catch((error: unknown) => { if (isNotFound(error)) return none; throw error; }); // prettier-ignore
  const [claims, machines, images, classes] = await Promise.all([
    client.list(kinds.persistentVolumeClaims, ref.namespace),
    client.list(kinds.virtualMachines, ref.namespace),
    orEmpty(client.list(kinds.dataVolumes, imageNamespace)),
    orEmpty(client.list(kinds.storageClasses)),
  ]);
  const users = new Map<string, string>();
  for (const vm of machines)
    for (const volume of pickList(vm, 'spec', 'template', 'spec', 'volumes')) {
      const claim = claimIn(volume);
      if (claim !== undefined) users.set(claim, vm.metadata.name ?? '');
    }
  const choice = (object: KubeObject) => {
    const { name = '', namespace = '', annotations, labels } = object.metadata;
    const size =
      quantity(pick(object, 'status', 'capacity', 'storage')) ??
      quantity(pick(object, 'spec', 'resources', 'requests', 'storage')) ??
      quantity(pick(object, 'spec', 'storage', 'resources', 'requests', 'storage'));
    return {
      name,
      namespace,
      displayName: annotations?.['hearth.dev/display-name'] ?? labels?.['hearth.dev/display-name'] ?? name,
      ...(size === undefined ? {} : { size }),
    };
  };
  return {
    disks: claims
      .filter(
        ({ metadata }) =>
          metadata.deletionTimestamp === undefined &&
          metadata.labels?.['hearth.dev/image'] !== 'true' &&
          metadata.labels?.['hearth.dev/bin'] === undefined,
      )
      .map((claim) => {
        const usedBy = users.get(claim.metadata.name ?? '');
        return { ...choice(claim), ...(usedBy === undefined ? {} : { usedBy }) };
      }),
    discs: images.filter((image) => isImage(image) && pickText(image, 'status', 'phase') === 'Succeeded').map(choice),
    storageClasses: classes.map((each) => ({
      name: each.metadata.name ?? '',
      isDefault: each.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
      grows: pick(each, 'allowVolumeExpansion') === true,
    })),
  };
}
