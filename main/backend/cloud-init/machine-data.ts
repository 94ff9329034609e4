import { createHash } from 'node:crypto';
import type { CloudInitNic, MachineCloudInit } from '../../contract/cloud-init.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';

export type SourceType = 'cloudInitNoCloud' | 'cloudInitConfigDrive';
export interface CloudInitVolume {
  type: SourceType;
  /** Name of the volume. */
  name: string;
  source: Record<string, unknown>;
}

/** The cloud-init volume in the spec of an instance (or of a machine's template); undefined when there is none. Pure. */
export function cloudInitVolumeOf(spec: unknown): CloudInitVolume | undefined {
  for (const volume of pickList(spec, 'volumes'))
    for (const type of ['cloudInitNoCloud', 'cloudInitConfigDrive'] as const) {
      const source = pick(volume, type);
      if (typeof source === 'object' && source !== null)
        return { type, name: pickText(volume, 'name') ?? '', source: source as Record<string, unknown> };
    }
  return undefined;
}

/** Names of the Secrets that a source takes user data and network data from. Pure. */
export const secretsOf = (source: Record<string, unknown>): { user?: string; network?: string } => {
  const user = pickText(source, 'secretRef', 'name');
  const network = pickText(source, 'networkDataSecretRef', 'name');
  return { ...(user && { user }), ...(network && { network }) };
};

const decoded = (coded: string | undefined): string | undefined =>
  coded === undefined ? undefined : Buffer.from(coded, 'base64').toString('utf8');
/** The first of these keys of a Secret, as text. KubeVirt takes both spellings (pkg/cloud-init/cloud-init.go). */
export const secretText = (secret: KubeObject | undefined, ...keys: string[]): string | undefined =>
  decoded(keys.map((key) => pickText(secret, 'data', key)).find((value) => value !== undefined));

/** User data and network data of a source, with the Secrets it names. Pure. */
export function dataOf(
  source: Record<string, unknown>,
  secret: (name: string) => KubeObject | undefined,
): { userData: string; networkData: string } {
  const names = secretsOf(source);
  const userSecret = names.user === undefined ? undefined : secret(names.user);
  const networkSecret = names.network === undefined ? undefined : secret(names.network);
  return {
    userData:
      pickText(source, 'userData') ??
      decoded(pickText(source, 'userDataBase64')) ??
      secretText(userSecret, 'userdata', 'userData') ??
      '',
    networkData:
      pickText(source, 'networkData') ??
      decoded(pickText(source, 'networkDataBase64')) ??
      secretText(networkSecret, 'networkdata', 'networkData') ??
      secretText(userSecret, 'networkdata', 'networkData') ??
      '',
  };
}

/** Network cards of a machine: those of its manifest, or the one that KubeVirt adds where none is named. Pure. */
export function nicsOf(vm: KubeObject, vmi?: KubeObject): CloudInitNic[] {
  const spec = pick(vm, 'spec', 'template', 'spec');
  const networks = pickList(spec, 'networks');
  const present = pickList(vmi, 'status', 'interfaces');
  const cards = pickList(spec, 'domain', 'devices', 'interfaces');
  const named =
    cards.length > 0 || pick(spec, 'domain', 'devices', 'autoattachPodInterface') === false
      ? cards
      : [{ name: 'default' }];
  return named.map((card) => {
    const name = pickText(card, 'name') ?? '';
    const network = networks.find((each) => each['name'] === name);
    const mac = pickText(card, 'macAddress');
    const current = pickText(present.find((each) => each['name'] === name), 'mac'); // prettier-ignore
    return {
      name,
      network: pickText(network, 'multus', 'networkName') ?? 'pod',
      ...(mac && { mac }),
      ...(current && { current }),
    };
  });
}

/** Secrets of these names; `missing` says in words why one cannot be read. */
export async function readSecrets(
  target: OpenTarget,
  namespace: string,
  names: readonly string[],
): Promise<{ found: Map<string, KubeObject>; missing?: string }> {
  const found = new Map<string, KubeObject>();
  let missing: string | undefined;
  for (const name of new Set(names)) {
    try {
      found.set(name, await target.client.get(kinds.secrets, namespace, name));
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      missing ??= isNotFound(error)
        ? `The Secret ${name} is not there: the machine cannot start without it.`
        : `The Secret ${name} may not be read: ${error.message}`;
    }
  }
  return { found, ...(missing !== undefined && { missing }) };
}

/** Whether an image of the Library is the starter. */
export async function isStarterImage(target: OpenTarget, image: ObjectRef | undefined): Promise<boolean> {
  if (!image) return false;
  try {
    const volume = await target.client.get(kinds.dataVolumes, image.namespace, image.name);
    return pickText(volume, 'metadata', 'annotations', 'hearth.dev/catalogue-id') === 'starter';
  } catch (error) {
    if (error instanceof KubeError) return false;
    throw error;
  }
}

/** The image that a machine's first disk was cloned from. Pure. */
export function imageOf(vm: KubeObject): ObjectRef | undefined {
  for (const template of pickList(vm, 'spec', 'dataVolumeTemplates')) {
    const name = pickText(template, 'spec', 'source', 'pvc', 'name');
    if (name) return { name, namespace: pickText(template, 'spec', 'source', 'pvc', 'namespace') ?? vm.metadata.namespace ?? 'default' }; // prettier-ignore
  }
  return undefined;
}

export const versionOf = (type: string, userData: string, networkData: string): string =>
  createHash('sha256')
    .update(JSON.stringify([type, userData, networkData]))
    .digest('hex')
    .slice(0, 16);

/** The cloud-init data of a machine. Throws KubeError where the machine itself cannot be read. */
export async function readMachineCloudInit(target: OpenTarget, ref: ObjectRef): Promise<MachineCloudInit> {
  const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name);
  const vmi = await target.client.get(kinds.virtualMachineInstances, ref.namespace, ref.name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  }); // prettier-ignore
  const volume = cloudInitVolumeOf(pick(vm, 'spec', 'template', 'spec'));
  const names = Object.values(volume ? secretsOf(volume.source) : {});
  const { found, missing } = await readSecrets(target, ref.namespace, names);
  const data = volume ? dataOf(volume.source, (name) => found.get(name)) : { userData: '', networkData: '' };
  const uuid =
    pickText(vm, 'spec', 'template', 'spec', 'domain', 'firmware', 'uuid') ??
    pickText(vmi, 'spec', 'domain', 'firmware', 'uuid');
  const type = volume?.type ?? 'none';
  return {
    type,
    place: volume ? (names.length > 0 ? 'secret' : 'inline') : 'none',
    secrets: [...new Set(names)],
    ...(missing !== undefined && { missing }),
    ...data,
    ...(uuid && { instanceId: uuid }),
    starter: await isStarterImage(target, imageOf(vm)),
    nics: nicsOf(vm, vmi),
    version: versionOf(type, data.userData, data.networkData),
  };
}
