import type { KubeObject } from '../kube/object.ts';

interface Reference {
  apiGroup?: string | null;
  kind: string;
  name: string;
}
export interface CloneSpec {
  source: Reference;
  target?: Reference;
  labelFilters?: string[];
  annotationFilters?: string[];
  template?: { labelFilters?: string[]; annotationFilters?: string[] };
  newMacAddresses?: Record<string, string>;
  newSMBiosSerial?: string;
  patches?: string[];
  volumeNamePolicy?: string;
}
export const cloneSpec = (clone: Pick<KubeObject, 'spec'>): CloneSpec => clone.spec as unknown as CloneSpec;

/** Ours, on a clone and on the claims made for it: `full` gives them data of their own; anything else shares the layer below. */
export const copyAnnotation = 'hearth.dev/clone';

/** Ours, on a claim that is being copied and on its clone: how much is done, 0..1. */
export const progressAnnotation = 'hearth.dev/progress';
/** Ours, on a claim whose copy failed: why. */
export const copyFailedAnnotation = 'hearth.dev/copy-failed';

/** States and texts of KubeVirt (pkg/virt-controller/watch/clone). */
export type ClonePhase = 'SnapshotInProgress' | 'CreatingTargetVM' | 'RestoreInProgress' | 'Succeeded' | 'Failed';
export interface CloneStatus {
  phase?: ClonePhase;
  creationTime?: string;
  snapshotName?: string;
  restoreName?: string;
  targetName?: string;
}
export const cloneStatus = (clone: Pick<KubeObject, 'status'>): CloneStatus => clone.status ?? {};
export const isOver = (clone: Pick<KubeObject, 'status'>): boolean =>
  ['Succeeded', 'Failed'].includes(cloneStatus(clone).phase ?? '');
