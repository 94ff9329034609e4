import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { managedBy } from '../snapshots/names.ts';
import { identityPatches, secretUses } from '../snapshots/patches.ts';
import { renamedData } from '../snapshots/secrets.ts';
import { bytesQuantity } from '../target/quantity.ts';
import { keepsState } from '../clones/plan.ts';
import { stateAnnotation } from './state.ts';
import type { ImportManifest } from './file/manifest.ts';

type ManifestDisk = ImportManifest['disks'][number];

type Json = Record<string, unknown>;
type Volume = Json & { name: string };
interface Template {
  metadata?: Json;
  spec?: Json & { volumes?: Volume[]; domain?: Json & { devices?: Json & { disks?: { name: string }[] } } };
}

/** What is made of a machine file on a target. */
export interface Rebuilt {
  machine: KubeObject;
  disks: { disk: ManifestDisk; volume: KubeObject }[];
  secrets: KubeObject[];
  /** What was left out or changed, in words. */
  notes: string[];
}
/** Where it comes to. */
export interface Where {
  namespace: string;
  name: string;
  identity: 'new' | 'same';
  /** For its disks; the target's own choice unless told. */
  storageClass?: string | undefined;
  /** Names for its disks, by volume, where those that they would get are taken. */
  claims?: Readonly<Record<string, string>> | undefined;
}
export interface Into extends Where {
  /** Instance type and preference of the file are not on the target. */
  expanded: boolean;
  /** The target gives a new machine the TPM and the UEFI variables of the file. */
  state: boolean;
}

/** Volumes that hold nothing of the computer or cluster they are opened on. */
const harmless = [
  'dataVolume',
  'persistentVolumeClaim',
  'cloudInitNoCloud',
  'cloudInitConfigDrive',
  'containerDisk',
  'emptyDisk',
];
/** Parts of a template that name other objects, nodes or devices of where it came from. */
const foreign = ['nodeSelector', 'affinity', 'tolerations', 'accessCredentials', 'resourceClaims', 'schedulerName', 'topologySpreadConstraints', 'priorityClassName'] as const; // prettier-ignore

const refuse = (detail: string): ProblemError =>
  new ProblemError({
    code: 'machine-file-unsafe',
    title: 'This machine cannot be taken over',
    detail,
    fix: 'Export it again without that part, or make it by hand from its manifest.',
    kind: 'denied',
  });

/** How the machine of a file was to run. Pure. */
export function strategyOf({ machine: { spec } }: ImportManifest): string {
  const { runStrategy, running } = spec;
  if (typeof runStrategy === 'string') return runStrategy;
  return running === true ? 'Always' : 'Halted';
}

/** The objects of an imported machine: its file's, under its new name, on disks of its own. Pure. Throws ProblemError. */
export function rebuild(manifest: ImportManifest, into: Into): Rebuilt {
  const { namespace, name } = into;
  const notes: string[] = [];
  const source = into.expanded && manifest.expanded ? manifest.expanded : manifest.machine;
  const from = manifest.machine.metadata.name;
  const machine = structuredClone(source) as unknown as KubeObject;
  machine.metadata = {
    name,
    namespace,
    labels: { ...source.metadata.labels, ...managedBy },
    ...(source.metadata.annotations?.['hearth.dev/description'] ? { annotations: { 'hearth.dev/description': source.metadata.annotations['hearth.dev/description'] } } : {}),
  }; // prettier-ignore
  const spec = (machine.spec ??= {});
  delete spec['dataVolumeTemplates'];
  delete spec['running'];
  // Whether it starts is for the person to say, not for the file.
  spec['runStrategy'] = spec['runStrategy'] === 'Manual' ? 'Manual' : 'Halted';
  const template = spec['template'] as Template | undefined;
  if (typeof template?.spec !== 'object') throw refuse('Its manifest has no template of a machine.');
  // Annotations of a template may start programs beside the machine (KubeVirt's hook sidecars).
  const labels = template.metadata?.['labels'];
  template.metadata = typeof labels === 'object' ? { labels } : {};
  for (const key of foreign)
    if (template.spec[key] !== undefined) {
      delete template.spec[key];
      notes.push(`${key} is left out: it names things of where the machine was.`);
    }
  const volumes = template.spec.volumes ?? [];
  const disks = manifest.disks.map((disk) => {
    const volume = volumes.find((each) => each.name === disk.volume);
    if (!volume) throw refuse(`The file holds a disk ${disk.volume} that the machine does not have.`);
    const dataVolume = diskObject(disk, into);
    for (const key of Object.keys(volume)) if (key !== 'name') delete volume[key];
    volume['dataVolume'] = { name: dataVolume.metadata.name };
    return { disk, volume: dataVolume };
  });
  const own = new Set(manifest.disks.map(({ volume }) => volume));
  template.spec.volumes = volumes.filter((volume) => {
    const sources = Object.keys(volume).filter((key) => key !== 'name');
    const [kind = ''] = sources;
    const lost = !own.has(volume.name) && (kind === 'dataVolume' || kind === 'persistentVolumeClaim');
    if (!lost && sources.length === 1 && harmless.includes(kind)) return true;
    notes.push(lost ? `The disk ${volume.name} is not in the file.` : `The volume ${volume.name} (${sources.join(', ')}) is left out: it belongs to where the machine was.`); // prettier-ignore
    const devices = template.spec?.domain?.devices;
    if (devices?.disks) devices.disks = devices.disks.filter((each) => each.name !== volume.name);
    if (Array.isArray(devices?.['filesystems']))
      devices['filesystems'] = (devices['filesystems'] as { name: string }[]).filter(
        (each) => each.name !== volume.name,
      );
    return false;
  });
  const uses = secretUses(machine, name);
  const secrets = uses.flatMap(({ secret, copy }): KubeObject[] => {
    const found = manifest.secrets.find((each) => each.name === secret);
    if (!found) throw refuse(`cloud-init reads the secret ${secret}, which is not in the file.`);
    const data = into.identity === 'new' ? renamedData(found.data, from, name) : found.data;
    return [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: copy, namespace, labels: managedBy }, type: found.type ?? 'Opaque', data } as KubeObject]; // prettier-ignore
  });
  const state = manifest.firmware && into.state ? stateSecret(manifest.firmware, into) : undefined;
  if (state)
    machine.metadata.annotations = { ...machine.metadata.annotations, [stateAnnotation]: state.metadata.name ?? '' };
  else if (keepsState(machine))
    notes.push(
      manifest.firmware
        ? 'This target cannot take over the TPM and the UEFI variables of the file: the machine begins with new ones, and what was sealed to the TPM (BitLocker) asks for its recovery key.'
        : 'The TPM and the UEFI variables of the machine are not in the file: it begins with new ones, and what was sealed to the TPM (BitLocker) asks for its recovery key.',
    );
  const patches = (
    into.identity === 'new'
      ? identityPatches(machine, name)
      : uses.map(({ path, copy }) => JSON.stringify({ op: 'replace', path, value: copy }))
  ).map((text) => JSON.parse(text) as Patch);
  for (const patch of patches) apply(machine, patch);
  return { machine, disks, secrets: [...secrets, ...(state ? [state] : [])], notes };
}

interface Patch {
  op: 'remove' | 'replace';
  path: string;
  value?: string;
}
/** `identityPatches` makes removals and replacements of what is there, and nothing else. */
function apply(root: object, { op, path, value }: Patch): void {
  const keys = path.slice(1).split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')); // prettier-ignore
  const last = keys.pop() ?? '';
  let at = root as Json;
  for (const key of keys) at = at[key] as Json;
  if (op === 'remove') delete at[last];
  else at[last] = value;
}

const stateSecret = (data: Record<string, string>, { namespace, name }: Into): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: `${name}-firmware-state`, namespace, labels: managedBy }, type: 'Opaque', data }) as KubeObject; // prettier-ignore

/** What the disk of a machine is called unless told. Pure. */
export const claimName = (name: string, volume: string): string =>
  `${name.slice(0, 62 - Math.min(volume.length, 30))}-${volume.slice(0, 30)}`;

/** The DataVolume that takes a disk's bytes by upload. Pure. */
function diskObject(disk: ManifestDisk, { namespace, name, storageClass, claims }: Into): KubeObject {
  const volume = claims?.[disk.volume] ?? claimName(name, disk.volume);
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      name: volume,
      namespace,
      labels: managedBy,
      annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' },
    },
    spec: {
      source: disk.format === 'blank' ? { blank: {} } : { upload: {} },
      storage: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: bytesQuantity(disk.size) } },
        ...(storageClass !== undefined && { storageClassName: storageClass }),
      },
    },
  };
}
