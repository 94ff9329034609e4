import type { KubeObject } from '../../kube/object.ts';

/** A claim and the finished DataVolume it belongs to, as they were last: their object files may be lost, the data is not. */
export interface Kept {
  claim: KubeObject;
  volume?: KubeObject;
}
