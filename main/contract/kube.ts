/** The few Kubernetes shapes both halves speak of. Full KubeVirt and CDI types come from @kubevirt-ui-ext/kubevirt-api (types only). */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  [field: string]: unknown;
}
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastProbeTime?: string | null;
}
/** The words `printableStatus` can take, in the order KubeVirt 1.9 decides them (pkg/virt-controller/watch/vm/vm.go). */
export const printableStatuses = [
  'Terminating', 'Stopping', 'Migrating', 'Paused', 'Running', 'ErrorPvcNotFound', 'DataVolumeError',
  'ErrorUnschedulable', 'Provisioning', 'WaitingForVolumeBinding', 'ErrImagePull', 'ImagePullBackOff', 'Starting',
  'CrashLoopBackOff', 'Stopped', 'WaitingForReceiver', 'Unknown',
] as const; // prettier-ignore
export type PrintableStatus = (typeof printableStatuses)[number];
