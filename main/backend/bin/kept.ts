import type { KubeObject, OwnerReference } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pick, pickList, pickText } from '../target/pick.ts';

/** On everything in the bin; the value is the entry's id (the uid that was deleted). */
export const binLabel = 'hearth.dev/bin';
/** RFC 3339: purged after this. */
export const untilAnnotation = 'hearth.dev/bin-until';
export const atAnnotation = 'hearth.dev/bin-at';
/** Who deleted it, where that is known. */
export const byAnnotation = 'hearth.dev/bin-by';
/** On a machine that came back: the uid it had. Our engine gives it its firmware's memory and addresses back by this. */
export const restoredAnnotation = 'hearth.dev/restored-from';
/** Since when a disk has no machine, where we took it away. */
export const unusedAnnotation = 'hearth.dev/unused-since';
export const secretName = (id: string): string => `hearth-bin-${id}`;

/** A disk of a deleted machine. */
export interface KeptDisk {
  kind: 'DataVolume' | 'PersistentVolumeClaim';
  name: string;
}
/** What is kept of a deleted machine. */
export interface Kept {
  version: 1;
  vm: KubeObject;
  /** Secrets and Services that were the machine's own. */
  parts: KubeObject[];
  /** Disks that belonged to it. */
  disks: KeptDisk[];
}

export const diskKind = (disk: KeptDisk): Kind =>
  disk.kind === 'DataVolume' ? kinds.dataVolumes : kinds.persistentVolumeClaims;
export const belongsTo = (object: KubeObject, uid: string | undefined): boolean =>
  object.metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
export const ownerOfMachine = (vm: KubeObject): OwnerReference => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  name: vm.metadata.name ?? '',
  uid: vm.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

/** Of an object what a person made of it: what a server adds is left out. Pure. */
export function bare(object: KubeObject): KubeObject {
  const { status: _status, metadata, ...rest } = object;
  const { name, namespace, labels, annotations } = metadata;
  const own = Object.fromEntries(
    Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith('kubectl.kubernetes.io/') && key !== binLabel),
  );
  return {
    ...rest,
    metadata: {
      ...(name && { name }),
      ...(namespace && { namespace }),
      ...(labels && { labels }),
      ...(Object.keys(own).length > 0 && { annotations: own }),
    },
  };
}

/**
 * The machine as it is to come back: with the addresses and the firmware UUID that its guest knows, which stand in the
 * instance alone where nobody chose them. Pure.
 */
export function keptMachine(vm: KubeObject, vmi: KubeObject | undefined): KubeObject {
  const kept = structuredClone(bare(vm));
  const domain = pick(kept, 'spec', 'template', 'spec', 'domain') as Record<string, unknown> | undefined;
  const uuid = pickText(vmi, 'spec', 'domain', 'firmware', 'uuid');
  if (domain && uuid && !pickText(domain, 'firmware', 'uuid'))
    domain['firmware'] = { ...(domain['firmware'] as object | undefined), uuid };
  for (const nic of pickList(domain, 'devices', 'interfaces')) {
    const found = pickList(vmi, 'status', 'interfaces').find((each) => each['name'] === nic['name']);
    const mac = pickText(found, 'mac');
    if (mac && nic['macAddress'] === undefined) nic['macAddress'] = mac;
  }
  // Names a copy of the type that was the machine's own, and goes with it.
  for (const key of ['instancetype', 'preference']) {
    const matcher = pick(kept, 'spec', key) as Record<string, unknown> | undefined;
    if (matcher?.['name'] !== undefined) delete matcher['revisionName'];
  }
  return kept;
}

/** A Service as it can be made again: without what the target gave it. Pure. */
export function keptPart(object: KubeObject): KubeObject {
  const part = bare(object);
  if (part.kind !== 'Service' || !part.spec) return part;
  const { clusterIP, clusterIPs: _all, ipFamilies: _families, ipFamilyPolicy: _policy, healthCheckNodePort: _check, ...spec } = part.spec; // prettier-ignore
  return { ...part, spec: { ...spec, ...(clusterIP === 'None' && { clusterIP }) } };
}

const limit = 1_000_000;

/** When something was deleted and is purged, RFC 3339, and by whom. */
export interface Times {
  at: string;
  until: string;
  by?: string | undefined;
}
export const timesIn = ({ metadata: { annotations } }: KubeObject): Times | undefined => {
  const at = annotations?.[atAnnotation];
  const until = annotations?.[untilAnnotation];
  return at && until ? { at, until, by: annotations[byAnnotation] } : undefined;
};
export const timesAnnotations = ({ at, until, by }: Times): Record<string, string> => ({
  [atAnnotation]: at,
  [untilAnnotation]: until,
  ...(by !== undefined && { [byAnnotation]: by }),
});

export const secretOf = (id: string, kept: Kept, times: Times): KubeObject =>
  binSecret(id, kept.vm.metadata.namespace ?? 'default', { 'machine.json': kept }, times);

/** Kept as a Secret: it may hold passwords. Throws a Problem where it is more than a Secret holds. Pure. */
export function binSecret(id: string, namespace: string, kept: Record<string, unknown>, times: Times): KubeObject {
  const texts = Object.entries(kept).map(([key, value]) => [key, JSON.stringify(value)] as const);
  const text = texts.map(([, each]) => each).join('');
  if (Buffer.byteLength(text) > limit)
    throw new ProblemError({
      code: 'bin-too-large',
      title: 'This does not fit into the bin',
      detail: `Its settings and secrets are larger than the ${limit / 1000} kB that a Secret of the target can hold.`,
      fix: 'Delete it at once, or delete it and keep its disks.',
      kind: 'denied',
    });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName(id),
      namespace,
      labels: { [binLabel]: id, 'app.kubernetes.io/managed-by': 'hearth' },
      annotations: timesAnnotations(times),
    },
    type: 'hearth.dev/bin',
    data: Object.fromEntries(texts.map(([key, each]) => [key, Buffer.from(each).toString('base64')])),
  };
}

/** What a Secret of the bin holds. Throws a Problem where it is damaged. Pure. */
export function keptIn(secret: KubeObject): Kept {
  const text = pickText(secret, 'data', 'machine.json');
  try {
    const kept = JSON.parse(Buffer.from(text ?? '', 'base64').toString('utf8')) as Kept;
    if (kept.version === 1 && kept.vm.metadata.name && Array.isArray(kept.disks) && Array.isArray(kept.parts))
      return kept;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
  }
  throw new ProblemError({
    code: 'bin-entry-damaged',
    title: 'This entry of the bin cannot be read',
    detail: `The Secret ${secret.metadata.namespace}/${secret.metadata.name} does not hold a machine that this version knows.`,
    fix: 'Its disks are still there: the storage page lists them.',
  });
}
