import type { Stored } from '../../kube/object.ts';
import { vmiSpec } from '../spec.ts';

/** As in KubeVirt where the spec leaves it out. Seconds. */
const defaultGrace = 30;

/**
 * When the patience with a guest that shuts down ends; milliseconds since 1970. As in KubeVirt the spec decides: every
 * deleted object that waits for finalizers carries a deletionGracePeriodSeconds of 0, which says nothing.
 */
export function graceEnds(vmi: Stored): number {
  const { deletionTimestamp, deletionGracePeriodSeconds } = vmi.metadata;
  const seconds = Math.min(
    deletionGracePeriodSeconds || Infinity,
    vmiSpec(vmi).terminationGracePeriodSeconds ?? defaultGrace,
  );
  return Date.parse(deletionTimestamp ?? '') + seconds * 1000;
}
