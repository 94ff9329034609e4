import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import { machineLabel } from '../machines/forward.ts';
import { ownerOf } from '../machines/create.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { cloudInitVolumeOf, dataOf, readSecrets, secretsOf, versionOf } from './machine-data.ts';
import { placeOf } from './place.ts';

export interface NewData {
  userData: string;
  networkData: string;
  /** Of what the person began from. */
  version: string;
  /** Card -> MAC to fix. */
  macs: Record<string, string>;
}

/**
 * Writes a machine's cloud-init data: inline where KubeVirt lets it stand there, else into a Secret of the machine's own. A
 * Secret that somebody else made is left as it is. In an order in which a stop at any moment leaves a machine that starts.
 * Throws `cloud-init-changed` when someone wrote it meanwhile.
 */
export async function writeMachineCloudInit(target: OpenTarget, ref: ObjectRef, next: NewData): Promise<ObjectRef> {
  if (next.userData.trim() === '' && next.networkData.trim() === '')
    throw new ProblemError({
      code: 'cloud-init-empty',
      title: 'There is nothing to write',
      detail: 'A cloud-init volume needs user data or network data.',
      fix: 'Begin with "#cloud-config", or take the volume out of the manifest.',
    });
  const { client } = target;
  const vm = await client.get(kinds.virtualMachines, ref.namespace, ref.name);
  const volume = cloudInitVolumeOf(pick(vm, 'spec', 'template', 'spec'));
  const names = volume ? secretsOf(volume.source) : {};
  const { found } = await readSecrets(target, ref.namespace, Object.values(names));
  const now = volume ? dataOf(volume.source, (name) => found.get(name)) : { userData: '', networkData: '' };
  if (versionOf(volume?.type ?? 'none', now.userData, now.networkData) !== next.version)
    throw new ProblemError({
      code: 'cloud-init-changed',
      title: 'It was changed meanwhile',
      detail: `The cloud-init data of ${ref.name} is not the one this began from.`,
      fix: 'Copy what you wrote, load it again and put your change in.',
    });
  // What stood in a Secret stays in one: it may not have been meant for everybody who reads manifests.
  const secret = placeOf(next.userData, next.networkData) === 'secret' || names.user !== undefined;
  const network = next.networkData.trim() === '' ? '' : next.networkData;
  const source: Record<string, unknown> = {};
  let tidy: (() => Promise<unknown>) | undefined;
  if (secret) {
    const name = await secretName(target, vm, names.user);
    const data = { userdata: coded(next.userData), ...(network && { networkdata: coded(network) }) };
    await putSecret(target, vm, name, { ...data, ...(!network && keepNetwork(found.get(name))) });
    source['secretRef'] = { name };
    if (network) source['networkDataSecretRef'] = { name };
    // The machine must not name a key that is gone: it is taken out after the machine stopped naming it.
    else if (keepNetwork(found.get(name)).networkdata !== undefined) tidy = () => putSecret(target, vm, name, data);
  } else {
    source['userData'] = next.userData;
    if (network) source['networkData'] = network;
  }
  await client.replace(kinds.virtualMachines, vm, withData(vm, volume?.name, volume?.type ?? 'cloudInitNoCloud', source, next.macs)); // prettier-ignore
  await tidy?.();
  return ref;
}

const coded = (text: string): string => Buffer.from(text).toString('base64');
const keepNetwork = (secret: KubeObject | undefined): { networkdata?: string } => {
  const kept = pickText(secret, 'data', 'networkdata');
  return kept === undefined ? {} : { networkdata: kept };
};

const isOwn = (secret: KubeObject, vm: KubeObject): boolean =>
  secret.metadata.ownerReferences?.some(({ uid }) => uid === vm.metadata.uid) === true ||
  secret.metadata.labels?.[machineLabel] === vm.metadata.name;

/** The Secret to write: the one in use where it is this machine's own, else a free name of the machine's. */
async function secretName(target: OpenTarget, vm: KubeObject, used: string | undefined): Promise<string> {
  const { namespace = 'default', name = '' } = vm.metadata;
  const wanted = `${name.slice(0, 200)}-cloud-init`;
  for (const each of [...(used === undefined ? [] : [used]), wanted]) {
    try {
      if (isOwn(await target.client.get(kinds.secrets, namespace, each), vm)) return each;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return each;
    }
  }
  return `${wanted}-${randomUUID().slice(0, 8)}`;
}

async function putSecret(
  target: OpenTarget,
  vm: KubeObject,
  name: string,
  data: Record<string, string>,
): Promise<void> {
  const { namespace = 'default', name: machine = '', uid = '' } = vm.metadata;
  const secret: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: { [machineLabel]: machine, 'app.kubernetes.io/managed-by': 'hearth' },
      ownerReferences: [ownerOf(machine, uid)],
    },
    type: 'Opaque',
    data,
  };
  try {
    const present = await target.client.get(kinds.secrets, namespace, name);
    const { resourceVersion = '', labels, ownerReferences, annotations } = present.metadata;
    await target.client.replace(kinds.secrets, present, {
      ...secret,
      metadata: { ...secret.metadata, resourceVersion, labels: { ...labels, ...secret.metadata.labels }, ...(annotations && { annotations }), ...(ownerReferences && { ownerReferences }) },
      ...(typeof present['type'] === 'string' && { type: present['type'] }),
    }); // prettier-ignore
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await target.client.create(kinds.secrets, secret);
  }
}

/** The machine with this source in its cloud-init volume (made where there is none) and these MAC addresses fixed. Pure. */
export function withData(
  vm: KubeObject,
  volumeName: string | undefined,
  type: string,
  source: Record<string, unknown>,
  macs: Record<string, string>,
): KubeObject {
  const next = structuredClone(vm);
  const spec = pick(next, 'spec', 'template', 'spec') as Record<string, unknown>;
  const domain = (spec['domain'] ??= {}) as Record<string, unknown>;
  const devices = (domain['devices'] ??= {}) as Record<string, unknown>;
  const volumes = pickList(spec, 'volumes');
  if (volumeName === undefined) {
    const disks = pickList(devices, 'disks');
    const name = ['cloudinit', 'cloudinit-seed', 'hearth-cloudinit'].find((each) => !volumes.some((volume) => volume['name'] === each)) ?? 'cloudinit'; // prettier-ignore
    const bus = pickText(disks[0], 'disk', 'bus') ?? 'virtio';
    devices['disks'] = [...disks, { name, disk: { bus } }];
    spec['volumes'] = [...volumes, { name, [type]: source }];
  } else spec['volumes'] = volumes.map((volume) => (volume['name'] === volumeName ? { name: volumeName, [type]: source } : volume)); // prettier-ignore
  if (Object.keys(macs).length === 0) return next;
  if (pickList(devices, 'interfaces').length === 0) {
    // What KubeVirt would add by itself, written down, so that it can have an address of its own.
    devices['interfaces'] = [{ name: 'default', masquerade: {} }];
    spec['networks'] = [{ name: 'default', pod: {} }];
  }
  for (const card of pickList(devices, 'interfaces')) {
    const mac = macs[pickText(card, 'name') ?? ''];
    if (mac !== undefined) card['macAddress'] = mac.toLowerCase();
  }
  return next;
}

/**
 * A new firmware uuid. KubeVirt gives it to NoCloud and the config drive as instance id (pkg/cloud-init/cloud-init.go), so
 * that cloud-init takes the next start for the first one of a new machine. A running machine keeps the old one until it is
 * stopped and started.
 */
export async function runCloudInitAgain(
  target: OpenTarget,
  ref: ObjectRef,
): Promise<{ instanceId: string; restartNeeded: boolean }> {
  const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name);
  if (!cloudInitVolumeOf(pick(vm, 'spec', 'template', 'spec')))
    throw new ProblemError({
      code: 'cloud-init-none',
      title: 'This machine has no cloud-init data',
      detail: 'There is nothing that its next start could run.',
      fix: 'Write some first.',
    });
  const instanceId = randomUUID();
  const patch = { spec: { template: { spec: { domain: { firmware: { uuid: instanceId } } } } } };
  await target.client.patch(kinds.virtualMachines, ref, patch, { type: 'merge' });
  try {
    await target.client.get(kinds.virtualMachineInstances, ref.namespace, ref.name);
    return { instanceId, restartNeeded: true };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { instanceId, restartNeeded: false };
  }
}
