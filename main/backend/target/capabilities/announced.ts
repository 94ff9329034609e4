import type { KubeObject } from '../../../contract/kube.ts';
import { pick } from '../pick.ts';
import type { CapabilityId, Lack } from './words.ts';

/**
 * What a target says of itself beyond KubeVirt's API: the annotation `hearth.dev/capabilities` of its KubeVirt object, JSON
 * `{"memorySnapshots": {"supported": true}, "vtpm": {"supported": false, "reason": "...", "remedy": "..."}}`. It goes before
 * what the probing would conclude (a target may do on one node what KubeVirt needs two for), never before what this user
 * may do. What cannot be read is passed over.
 */
export function announced(kubevirt: KubeObject | undefined): ReadonlyMap<CapabilityId, Lack> {
  const text = kubevirt?.metadata.annotations?.['hearth.dev/capabilities'];
  let parsed: unknown;
  try {
    parsed = text === undefined ? {} : JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    parsed = {};
  }
  const result = new Map<CapabilityId, Lack>();
  if (typeof parsed !== 'object' || parsed === null) return result;
  for (const [id, said] of Object.entries(parsed)) {
    const supported = pick(said, 'supported');
    const [reason, remedy] = [pick(said, 'reason'), pick(said, 'remedy')];
    if (supported === true) result.set(id as CapabilityId, undefined);
    // A no without a reason helps nobody: then what was found out counts.
    else if (supported === false && typeof reason === 'string' && typeof remedy === 'string')
      result.set(id as CapabilityId, { reason, remedy });
  }
  return result;
}
