import { stringify } from 'yaml';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { TypeRow } from '../../contract/templates.ts';
import { parseManifest } from '../manifests/parse.ts';
import { applyOne } from '../manifests/check.ts';
import { isNotFound } from '../target/kube-error.ts';
import type { Kind } from '../target/kinds.ts';
import { kinds } from '../target/kinds.ts';
import { pick, pickNumber, pickText } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';
import type { OpenTarget } from '../target/target.ts';

const group = 'instancetype.kubevirt.io';
const own = (kind: TypeRow['kind'], plural: string): Kind => ({
  group,
  version: 'v1beta1',
  kind,
  plural,
  namespaced: true,
});
/** All four kinds. */
export const typeKinds: Record<TypeRow['kind'], Kind> = {
  VirtualMachineClusterInstancetype: kinds.instancetypes,
  VirtualMachineInstancetype: own('VirtualMachineInstancetype', 'virtualmachineinstancetypes'),
  VirtualMachineClusterPreference: kinds.preferences,
  VirtualMachinePreference: own('VirtualMachinePreference', 'virtualmachinepreferences'),
};

/** The machines that name an instance type or a preference. Pure. */
export function machinesOf(row: Pick<TypeRow, 'kind' | 'namespace' | 'name'>, vms: readonly KubeObject[]) {
  const field = row.kind.endsWith('Preference') ? 'preference' : 'instancetype';
  return vms
    .filter((vm) => {
      const reference = pick(vm, 'spec', field);
      if (pickText(reference, 'name') !== row.name) return false;
      const standard = field === 'preference' ? 'VirtualMachineClusterPreference' : 'VirtualMachineClusterInstancetype';
      // KubeVirt takes the kind in any case.
      if ((pickText(reference, 'kind') ?? standard).toLowerCase() !== row.kind.toLowerCase()) return false;
      return row.namespace === undefined || vm.metadata.namespace === row.namespace;
    })
    .map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name ?? '' }));
}

const switched = (value: unknown): boolean => value !== undefined && pick(value, 'enabled') !== false;

/** What a preference or a type says beyond its figures, in a few words each. Pure. */
export function factsOf({ spec }: KubeObject): string[] {
  const devices = pick(spec, 'devices');
  const efi = pick(spec, 'firmware', 'preferredEfi');
  const uefi = efi !== undefined || pick(spec, 'firmware', 'preferredUseEfi') === true;
  const secure = pick(efi, 'secureBoot') === true || pick(spec, 'firmware', 'preferredUseSecureBoot') === true;
  const tpm = pick(devices, 'preferredTPM');
  const facts: (string | false | undefined)[] = [
    uefi && (secure ? 'UEFI with Secure Boot' : 'UEFI'),
    switched(tpm) && (pick(tpm, 'persistent') === true ? 'persistent TPM' : 'TPM'),
    pick(spec, 'features', 'preferredHyperv') !== undefined && 'Hyper-V enlightenments',
    pickText(devices, 'preferredDiskBus') && `${pickText(devices, 'preferredDiskBus')} disks`,
    pickText(devices, 'preferredInterfaceModel') && `${pickText(devices, 'preferredInterfaceModel')} network`,
    pick(devices, 'preferredAutoattachInputDevice') === true && 'tablet pointer',
    pick(spec, 'cpu', 'dedicatedCPUPlacement') === true && 'CPUs of its own',
    pick(spec, 'memory', 'hugepages') !== undefined && 'huge pages',
    pick(spec, 'gpus') !== undefined && 'GPU',
    pickText(spec, 'ioThreadsPolicy') && 'I/O threads',
  ];
  return facts.filter((fact): fact is string => typeof fact === 'string');
}

/** Pure. */
export function typeRow(object: KubeObject, vms: readonly KubeObject[]): TypeRow {
  const kind = object.kind as TypeRow['kind'];
  const preference = kind.endsWith('Preference');
  const { name = '', namespace, labels, annotations } = object.metadata;
  const cpus = preference ? pickNumber(object, 'spec', 'requirements', 'cpu', 'guest') : pickNumber(object, 'spec', 'cpu', 'guest'); // prettier-ignore
  const memory = quantity(preference ? pick(object, 'spec', 'requirements', 'memory', 'guest') : pick(object, 'spec', 'memory', 'guest')); // prettier-ignore
  const row = { kind, name, ...(namespace !== undefined && namespace !== '' && { namespace }) };
  const { resourceVersion: _v, uid: _u, generation: _g, creationTimestamp: _c, managedFields: _m, ...metadata } = object.metadata; // prettier-ignore
  return {
    ...row,
    displayName: annotations?.[`${group}/displayName`] ?? annotations?.['openshift.io/display-name'] ?? name,
    description: (annotations?.[`${group}/description`] ?? annotations?.['description'] ?? '').trim(),
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memory }),
    facts: factsOf(object),
    bundled: labels?.[`${group}/vendor`] === 'kubevirt.io' || labels?.['app.kubernetes.io/managed-by'] === 'virt-operator',
    machines: machinesOf(row, vms),
    yaml: stringify({ apiVersion: `${group}/v1beta1`, kind, metadata, spec: object.spec }, { lineWidth: 0 }),
  }; // prettier-ignore
}

/** Instance types and preferences that this user may see; a kind that is not served counts as none. */
export async function readTypes(target: OpenTarget): Promise<TypeRow[]> {
  const orNone = async (kind: Kind): Promise<KubeObject[]> => {
    try {
      return await target.client.list(kind);
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  };
  const [vms, ...lists] = await Promise.all([kinds.virtualMachines, ...Object.values(typeKinds)].map(orNone));
  return lists.flat().map((object) => typeRow(object, vms ?? []));
}

/** Keeps one instance type or preference of a namespace, from its text. */
export async function saveType(target: OpenTarget, text: string): Promise<{ namespace: string; name: string }> {
  const { objects, findings } = parseManifest(text);
  const wrong = findings.find(({ severity }) => severity === 'error');
  const refuse = (detail: string): ProblemError =>
    new ProblemError({ code: 'type-refused', title: 'This cannot be kept', detail, fix: 'Correct the text.' });
  if (wrong) throw refuse(`Line ${wrong.line}: ${wrong.message}`);
  const [one, ...more] = objects;
  if (!one || more.length > 0) throw refuse('One object is wanted: an instance type or a preference.');
  const kind = typeKinds[one.object.kind as TypeRow['kind']];
  if (!kind || !one.object.apiVersion.startsWith(`${group}/`))
    throw refuse(`${one.object.kind} is neither an instance type nor a preference.`);
  const namespace = kind.namespaced ? (one.object.metadata.namespace ?? 'default') : undefined;
  const [, version = kind.version] = one.object.apiVersion.split('/');
  await applyOne(target, { object: one.object, kind: { ...kind, version }, namespace }, {});
  return { namespace: namespace ?? '', name: one.object.metadata.name ?? '' };
}
