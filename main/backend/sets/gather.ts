import type { KubeObject } from '../../contract/kube.ts';
import { labLabel } from '../../contract/labs/words.ts';
import { binLabel } from '../bin/kept.ts';
import { snippetLabel } from '../cloud-init/snippets.ts';
import { machineLabel } from '../machines/forward.ts';
import { secretUses } from '../snapshots/patches.ts';
import type { KubeClient } from '../target/client.ts';
import { apiVersionOf, kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { isNotFound, KubeError } from '../target/kube-error.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { templateLabel } from '../templates/store.ts';
import { declared, onlyAsked, placesLeftOut } from './bare.ts';
import type { Reach } from './reach.ts';
import { fileOf, textOf } from './text.ts';
import { placeHolderAnnotation } from './words.ts';

/** What a folder of a set has of one object. */
export interface SetFile {
  path: string;
  text: string;
}
export interface Gathered extends Reach {
  files: SetFile[];
  /** What is on the target and not, or not wholly, in a file, and why. */
  left: string[];
  /** The objects themselves. */
  objects: KubeObject[];
}

const types = (kind: string, plural: string, namespaced: boolean): Kind => ({ ...kinds.instancetypes, kind, plural, namespaced }); // prettier-ignore
/** Kinds of a set, without Secrets and namespaces, which follow from the others. */
export const setKinds: readonly Kind[] = [
  kinds.virtualMachines,
  kinds.dataVolumes,
  kinds.persistentVolumeClaims,
  kinds.instancetypes,
  kinds.preferences,
  types('VirtualMachineInstancetype', 'virtualmachineinstancetypes', true),
  types('VirtualMachinePreference', 'virtualmachinepreferences', true),
  kinds.networkAttachmentDefinitions,
  kinds.services,
  kinds.configMaps,
  kinds.deployments,
  kinds.statefulSets,
  kinds.daemonSets,
];

/** Of the target itself, not of what somebody made on it. */
export const isSystem = (namespace: string): boolean =>
  /^(kube-.*|kubevirt|kubevirt-.*|cdi|cdi-.*|local-path-storage|cluster-network-addons)$/.test(namespace);
const managed = ({ metadata: { labels } }: KubeObject): string | undefined => labels?.['app.kubernetes.io/managed-by'];

/** What of a target is declarative, as files; from the given namespaces alone where there are some. Throws KubeError. */
export async function gather(client: KubeClient, namespaces: readonly string[]): Promise<Gathered> {
  const left: string[] = [];
  const read = new Set<string>();
  const all = new Map<Kind, KubeObject[]>();
  for (const kind of setKinds) all.set(kind, await listed(client, kind, namespaces, { left, read }));
  // Which ConfigMaps are of the set, machines say.
  for (const at of read) {
    const [plural, ...rest] = at.split('/');
    if (plural === kinds.configMaps.plural && !read.has([kinds.virtualMachines.plural, ...rest].join('/'))) read.delete(at); // prettier-ignore
  }
  const labs = await labNamespaces(client);
  for (const lab of labs) left.push(`namespace ${lab}: a lab runs there, which its own file makes`);
  const inSet = ({ metadata: { namespace, labels } }: KubeObject): boolean =>
    labels?.[binLabel] === undefined && (namespace === undefined || (!isSystem(namespace) && !labs.has(namespace)));
  const named = namesOfMaps((all.get(kinds.virtualMachines) ?? []).filter(inSet));
  const chosen: { kind: Kind; object: KubeObject }[] = [];
  for (const [kind, objects] of all)
    for (const object of objects) {
      if (!inSet(object)) continue;
      const answer = belongs(kind, object, named);
      if (answer === true) chosen.push({ kind, object });
      else if (answer !== false) left.push(`${wordOf(object)}: ${answer}`);
    }
  const files: SetFile[] = [];
  const put = (kind: Kind, object: KubeObject, comment?: string): void => {
    const path = fileOf(kind.plural, object);
    if (path === undefined) left.push(`${wordOf(object)}: its name is none that a file could have`);
    else files.push({ path, text: textOf(object, comment) });
  };
  for (const { kind, object } of chosen) {
    const plain = declared(object);
    const places = placesLeftOut(plain);
    if (places.length > 0) left.push(`${wordOf(object)}: ${places.join(', ')} holds a secret, or what may be one`);
    put(kind, plain);
  }
  const spaces = new Set(chosen.flatMap(({ object }) => object.metadata.namespace ?? []));
  for (const name of [...spaces].toSorted()) if (name !== 'default') put(kinds.namespaces, await spaceOf(client, name));
  for (const secret of await secretsOf(client, chosen.map(({ object }) => object))) {
    put(kinds.secrets, secret, 'Its values are not written here. It must be there before what names it can start.');
    left.push(`${wordOf(secret)}: its values; make it by hand where it is missing`);
  } // prettier-ignore
  return {
    files: files.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    left: left.toSorted(),
    objects: chosen.map(({ object }) => object),
    read,
    namespaces,
  };
}

export const wordOf = ({ kind, metadata: { namespace, name } }: Pick<KubeObject, 'kind' | 'metadata'>): string =>
  `${kind} ${namespace ? `${namespace}/` : ''}${name}`;

async function listed(
  client: KubeClient,
  kind: Kind,
  namespaces: readonly string[],
  told: { left: string[]; read: Set<string> },
) {
  const found: KubeObject[] = [];
  const where = kind.namespaced && namespaces.length > 0 ? namespaces : [undefined];
  for (const namespace of where)
    try {
      for (const object of await client.list(kind, namespace))
        found.push({ ...object, apiVersion: apiVersionOf(kind), kind: kind.kind });
      told.read.add(namespace === undefined ? kind.plural : `${kind.plural}/${namespace}`);
    } catch (error) {
      // What the target does not serve (one without CDI has no DataVolumes) it may serve again.
      if (isNotFound(error)) continue;
      if (!(error instanceof KubeError) || error.code !== 403) throw error;
      told.left.push(`${kind.kind}${namespace === undefined ? '' : ` of ${namespace}`}: ${error.problem.detail}`);
    }
  return found;
}

async function labNamespaces(client: KubeClient): Promise<ReadonlySet<string>> {
  try {
    const found = await client.list(kinds.namespaces, undefined, labLabel);
    return new Set(found.map(({ metadata }) => metadata.name ?? ''));
  } catch (error) {
    if (error instanceof KubeError && error.code === 403) return new Set();
    throw error;
  }
}

/** Whether an object is of the set; or why it is left out. */
function belongs(kind: Kind, object: KubeObject, named: ReadonlySet<string>): boolean | string {
  const { labels, ownerReferences = [], namespace, name } = object.metadata;
  const owners = ownerReferences.map((owner) => owner.kind);
  switch (kind) {
    case kinds.virtualMachines:
    case kinds.networkAttachmentDefinitions:
      return owners.length === 0;
    case kinds.dataVolumes:
      return owners.length === 0 && sourceOf(object);
    case kinds.persistentVolumeClaims:
      // Of a DataVolume, or of a machine's template.
      return owners.length > 0 ? false : 'a disk that nothing fetches again';
    case kinds.services:
      return managed(object) === 'hearth' && (owners.length === 0 || labels?.[machineLabel] !== undefined);
    case kinds.configMaps:
      return labels?.[templateLabel] !== undefined || labels?.[snippetLabel] !== undefined || named.has(`${namespace}/${name}`); // prettier-ignore
    case kinds.deployments:
    case kinds.statefulSets:
    case kinds.daemonSets:
      return managed(object) === 'hearth' && owners.length === 0;
    default:
      return labels?.['instancetype.kubevirt.io/vendor'] !== 'kubevirt.io' && managed(object) !== 'virt-operator' && owners.length === 0; // prettier-ignore
  }
}

function sourceOf(volume: KubeObject): true | string {
  if (pick(volume, 'spec', 'sourceRef') !== undefined) return true;
  const source = pick(volume, 'spec', 'source') ?? {};
  for (const fetched of ['http', 'registry', 's3', 'gcs', 'imageio', 'vddk', 'blank', 'pvc', 'snapshot'])
    if (pick(source, fetched) !== undefined) return true;
  return 'what is on it came from a file or by hand, and nothing fetches it again';
}

/** ConfigMaps that machines have as disks. */
const namesOfMaps = (vms: readonly KubeObject[]): ReadonlySet<string> =>
  new Set(
    vms.flatMap((vm) =>
      pickList(vm, 'spec', 'template', 'spec', 'volumes').flatMap((volume) =>
        [pickText(volume, 'configMap', 'name'), pickText(volume, 'sysprep', 'configMap', 'name')]
          .filter((name) => name !== undefined)
          .map((name) => `${vm.metadata.namespace}/${name}`),
      ),
    ),
  );

async function spaceOf(client: KubeClient, name: string): Promise<KubeObject> {
  const plain: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  try {
    return declared({ ...plain, metadata: (await client.get(kinds.namespaces, undefined, name)).metadata });
  } catch (error) {
    if (error instanceof KubeError && (error.code === 403 || isNotFound(error))) return plain;
    throw error;
  }
}

/** Secrets that machines and disks name, without their values. */
async function secretsOf(client: KubeClient, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  const names = new Set(
    objects.flatMap((object) =>
      [
        ...secretUses(object, '').map(({ secret }) => secret),
        ...pickList(object, 'spec', 'template', 'spec', 'volumes').flatMap((volume) => [pickText(volume, 'secret', 'secretName') ?? pickText(volume, 'sysprep', 'secret', 'name')]),
        ...pickList(object, 'spec', 'template', 'spec', 'accessCredentials').flatMap((each) => ['sshPublicKey', 'userPassword'].map((way) => pickText(each, way, 'source', 'secret', 'secretName'))),
        ...['http', 'registry', 's3', 'imageio', 'gcs'].map((way) => pickText(object, 'spec', 'source', way, 'secretRef')),
      ]
        .filter((name) => name !== undefined)
        .map((name) => `${object.metadata.namespace}/${name}`),
    ),
  ); // prettier-ignore
  const found: KubeObject[] = [];
  for (const each of [...names].toSorted()) {
    const [namespace = '', name = ''] = each.split('/');
    const secret = await client.get(kinds.secrets, namespace, name).catch((error: unknown) => {
      if (error instanceof KubeError && (error.code === 403 || isNotFound(error))) return undefined;
      throw error;
    });
    const keys = Object.keys((secret?.['data'] as object | undefined) ?? {}).toSorted();
    const labels = onlyAsked(secret?.metadata.labels);
    found.push({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name,
        namespace,
        ...(labels && { labels }),
        annotations: { [placeHolderAnnotation]: keys.join(',') },
      },
      type: pickText(secret, 'type') ?? 'Opaque',
    });
  }
  return found;
}
