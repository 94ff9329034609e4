import type {
  V1beta1VirtualMachineInstancetypeSpec,
  V1beta1VirtualMachinePreferenceSpec,
  V1VirtualMachineInstanceSpec,
  V1VirtualMachineSpec,
} from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { KubeObject } from '../../kube/object.ts';
import type { StatusCause } from '../../kube/status-error.ts';

export type VmSpec = V1VirtualMachineSpec;
export type VmiSpec = V1VirtualMachineInstanceSpec;
export type InstancetypeSpec = V1beta1VirtualMachineInstancetypeSpec;
export type PreferenceSpec = V1beta1VirtualMachinePreferenceSpec;

type HasSpec = Pick<KubeObject, 'spec'>;
/** Specs by their published types; only for objects that passed their schema. */
export const vmSpecOf = (vm: HasSpec): VmSpec => vm.spec as unknown as VmSpec;
export const vmiSpecOf = (vmi: HasSpec): VmiSpec => vmi.spec as unknown as VmiSpec;

export const invalidCause = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  field,
  message,
});
export const requiredCause = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueRequired',
  field,
  message,
});
export const unsupportedCause = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueNotSupported',
  field,
  message,
});
export const duplicateCause = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueDuplicate',
  field,
  message,
});
export const notFoundCause = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueNotFound',
  field,
  message,
});

/** One entry of a resource list (`requests`, `limits`), whatever the map's declared type. */
export const resourceOf = (list: object | undefined, name: 'cpu' | 'memory'): string | number | undefined =>
  (list as Record<string, string | number> | undefined)?.[name];
