import { permissions } from '../../contract/permission-rows.ts';
import type { PermissionId, ProcedurePath } from '../../contract/permission-rows.ts';
import type { UndoKind } from '../../contract/undo.ts';
import { imageNamespace } from '../images/manifest.ts';
import { whyNotKind } from '../labs/safety/kinds.ts';
import { unsafeIn } from '../labs/safety/tree.ts';
import { rollBackPrefix, rollBacksOf } from '../networks/nics.ts';
import { parseManifest } from '../manifests/parse.ts';

type Input = Readonly<Record<string, unknown>>;
const record = (value: unknown): Input => (typeof value === 'object' && value !== null ? (value as Input) : {});
const own = (id: string): id is PermissionId => Object.hasOwn(permissions, id);

/** The rows that a call stands under: its procedure's, and those of what it asks beyond that. Pure. */
export function rowsOf(procedure: ProcedurePath, input: unknown): PermissionId[] {
  const rows: PermissionId[] = [procedure];
  for (const variant of variantsOf(procedure, record(input))) {
    const id = `${procedure}:${variant}`;
    if (own(id)) rows.push(id);
  }
  return rows;
}

function variantsOf(procedure: string, input: Input): string[] {
  switch (procedure) {
    // A path is one of the computer that Hearth runs on.
    case 'transfer.export':
    case 'labs.import':
      return input['path'] === undefined ? [] : ['path'];
    case 'transfer.import':
    case 'transfer.preview':
      return record(input['source'])['path'] === undefined ? [] : ['path'];
    case 'foreign.preview': {
      const files = Array.isArray(input['files']) ? input['files'] : [];
      return files.some((file) => record(file)['path'] !== undefined) ? ['path'] : [];
    }
    case 'undo.back':
      return adminsOnly.has(String(input['kind'])) ? ['admin'] : [];
    case 'networks.attach':
    case 'networks.move':
      return isOwnNetwork(input['network'], input['namespace']) ? [] : ['others'];
    case 'why.cure': {
      const cure = record(input['cure']);
      const { type } = cure;
      // Some cures name another machine, or a disk, by its own namespace.
      const elsewhere = [cure['machine'], cure['dataVolume']].some((each) => each !== undefined && record(each)['namespace'] !== input['namespace']); // prettier-ignore
      return [...(typeof type === 'string' ? [type] : []), ...(elsewhere ? ['others'] : [])];
    }
    // What is put into the drive is a copy of a disk: of the library, or of one's own.
    case 'hardware.insert': {
      const from = record(input['image'])['namespace'];
      return from === imageNamespace || from === input['namespace'] ? [] : ['others'];
    }
    case 'machines.applyYaml':
    case 'manifests.apply':
      return textVariants(input['yaml'], input['namespace']);
    case 'templates.save':
      return textVariants(input['manifest'], input['namespace']);
    default:
      return [];
  }
}

const adminsOnly: ReadonlySet<string> = new Set<UndoKind>(['backup-plan', 'backup-place', 'target', 'user']);
const isOwnNetwork = (network: unknown, namespace: unknown): boolean =>
  network === 'pod' || (typeof network === 'string' && network.startsWith(`${String(namespace)}/`));

/** `computer`: objects that reach the computer or the whole cluster. `others`: what is beyond the machine's own namespace. */
function textVariants(text: unknown, namespace: unknown): string[] {
  const objects = parseManifest(typeof text === 'string' ? text : '').objects.map(({ object }) => object);
  return [
    ...(objects.some(reachesComputer) ? ['computer'] : []),
    ...(objects.some((object) => reachesOthers(object, String(namespace))) ? ['others'] : []),
  ];
}

/** Kinds of machines and what belongs to them. What runs containers is not among them, nor what Hearth keeps itself in (ConfigMaps). */
const plainKinds: ReadonlySet<string> = new Set(['VirtualMachine', 'VirtualMachineInstance', 'DataVolume', 'PersistentVolumeClaim', 'Secret', 'Service', 'VirtualMachineSnapshot', 'VirtualMachineRestore', 'VirtualMachineClone', 'VirtualMachineInstancetype', 'VirtualMachinePreference']); // prettier-ignore
/** Fields that lead to files, networks or processes of a node, wherever they stand. */
const nodeFields: ReadonlySet<string> = new Set(['hostPath', 'hostDisk', 'hostNetwork', 'hostPID', 'hostIPC', 'privileged', 'serviceAccountName', 'serviceAccount', 'serviceAccountToken', 'sidecars', 'externalIPs', 'externalName']); // prettier-ignore
/** By these the engine reads a file of this computer, and KubeVirt runs a program of its choice beside the machine. */
const reachingAnnotations = /^(hearth\.dev\/import-|hooks\.kubevirt\.io\/)/;

/** Pure. */
export function reachesComputer(object: { kind?: unknown; type?: unknown }): boolean {
  const kind = String(object.kind);
  if (!plainKinds.has(kind) || whyNotKind(kind) !== undefined) return true;
  if (kind === 'Secret' && typeof object.type === 'string' && /kubernetes\.io\/(service-account-token|bootstrap)|^bootstrap\.kubernetes\.io\//.test(object.type)) return true; // prettier-ignore
  return [...fieldsOf(object)].some(
    ([field, inside]) => nodeFields.has(field) || (inside === 'annotations' && reachingAnnotations.test(field)),
  );
}
function* fieldsOf(value: unknown, inside = ''): Generator<[field: string, inside: string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [field, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) yield [field, inside];
    yield* fieldsOf(inner, Array.isArray(value) ? inside : field);
  }
}

/** They are everybody's to take disks from. */
const images = `${imageNamespace}/*`;
/** What a machine that is served already has, and what only says something. */
const harmless: ReadonlySet<string> = new Set(['labels', 'finalizers', 'ownerReferences']);
/** The wall of labs, for a text that changes a machine of one. Pure. */
export function reachesOthers(object: object, namespace: string): boolean {
  const scope = { namespace, images: [images], networks: [], lab: namespace.replace(/^lab-/, '') };
  return [...unsafeIn(object, scope)].some(([path]) => {
    const field = String(path.at(-1));
    if (field === 'networkName') return !inNamespace(valueAt(object, path), namespace);
    if (field === 'annotations') return Object.entries(record(valueAt(object, path))).some(([key, value]) => leadsElsewhere(key, value, namespace)); // prettier-ignore
    return !harmless.has(field);
  });
}
/** Networks stand in annotations, too: those that Multus adds, and the one that Hearth moves a card back to by itself. */
function leadsElsewhere(key: string, value: unknown, namespace: string): boolean {
  if (/(^|\.)cni\.cncf\.io\//.test(key)) return true;
  if (!key.startsWith(rollBackPrefix)) return false;
  const back = [...rollBacksOf({ metadata: { annotations: { [key]: String(value) } } }).values()];
  return back.some(({ network }) => !isOwnNetwork(network, namespace));
}
const inNamespace = (name: unknown, namespace: string): boolean =>
  typeof name === 'string' && (!name.includes('/') || name.startsWith(`${namespace}/`));
const valueAt = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((at, key) => record(at)[key], value);
