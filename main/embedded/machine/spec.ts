import { createHash } from 'node:crypto';
import type {
  V1VirtualMachineInstanceSpec,
  V1VirtualMachineInstanceStatus,
  V1VirtualMachineSpec,
  V1VirtualMachineStatus,
} from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { Condition, KubeObject, OwnerReference, Stored } from '../kube/object.ts';
import { apiVersionOf, virtualMachines } from '../kube/resources.ts';

export type VmSpec = V1VirtualMachineSpec;
export type VmiSpec = V1VirtualMachineInstanceSpec;
export type VmStatus = Omit<Partial<V1VirtualMachineStatus>, 'conditions'> & { conditions?: Condition[] };
export type VmiStatus = Omit<Partial<V1VirtualMachineInstanceStatus>, 'conditions'> & { conditions?: Condition[] };

type AnyObject = Pick<KubeObject, 'spec' | 'status'>;
export const vmSpec = (vm: AnyObject): VmSpec => vm.spec as unknown as VmSpec;
export const vmStatus = (vm: AnyObject): VmStatus => vm.status ?? {};
export const vmiSpec = (vmi: AnyObject): VmiSpec => vmi.spec as unknown as VmiSpec;
export const vmiStatus = (vmi: AnyObject): VmiStatus => vmi.status ?? {};
/** The status of a draft, made when there is none. */
export const draftStatus = <T>(draft: KubeObject): T => (draft.status ??= {}) as unknown as T;

export const phaseOf = (vmi: AnyObject): string => vmiStatus(vmi).phase ?? '';
export const isFinal = (vmi: AnyObject): boolean => phaseOf(vmi) === 'Succeeded' || phaseOf(vmi) === 'Failed';

/** The VirtualMachine that owns an instance, if one does. */
export const ownerUid = (vmi: Stored): string | undefined =>
  vmi.metadata.ownerReferences?.find((owner) => owner.controller && owner.kind === 'VirtualMachine')?.uid;
/** The reference by which something belongs to a VirtualMachine. */
export const ownedBy = (vm: Stored): OwnerReference => ({
  apiVersion: apiVersionOf(virtualMachines),
  kind: virtualMachines.kind,
  name: vm.metadata.name,
  uid: vm.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});
/** What stays the same over restarts of one machine: its VM's uid, or its own where it has no VM. */
export const identityOf = (vmi: Stored): string => ownerUid(vmi) ?? vmi.metadata.uid;

/** A UUID of version 5's shape from any text. */
export function uuidFrom(text: string): string {
  const hash = createHash('sha256').update(text).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The firmware UUID the guest sees; cloud-init takes it for its instance id. */
export const firmwareUuid = (vmi: Stored): string =>
  vmiSpec(vmi).domain.firmware?.uuid ?? uuidFrom(`firmware ${identityOf(vmi)}`);

/** A locally administered MAC address, the same at every start. */
export function stableMac(identity: string, interfaceName: string): string {
  const hash = createHash('sha256').update(`mac ${identity} ${interfaceName}`).digest('hex');
  return `02:${hash.slice(0, 10).replace(/..(?=.)/g, '$&:')}`;
}

/** What of an instance its record keeps: all but what the engine finds out again. */
export function remembered(vmi: Stored): KubeObject {
  const { managedFields: _managers, resourceVersion: _version, ...metadata } = vmi.metadata;
  const { status: _status, ...rest } = vmi;
  return { ...rest, metadata };
}

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export const kubeTime = (date = new Date()): string => date.toISOString().replace(/\.\d+Z$/, 'Z');
