import type { JsonSchema } from '../../admission/schema.ts';
import type { Stored } from '../../kube/object.ts';
import type { ResourceType } from '../../kube/resources.ts';
import { StatusError } from '../../kube/status-error.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicPatch } from './strategic.ts';

/** The object after a patch. 415 for a kind of patch that the resource does not take. */
export const patched = (
  mediaType: string,
  old: Stored,
  patch: unknown,
  type: ResourceType,
  schema: () => JsonSchema,
): unknown => {
  if (mediaType === 'application/json-patch+json') return jsonPatch(old, patch);
  if (mediaType === 'application/merge-patch+json') return mergePatch(old, patch);
  if (mediaType === 'application/strategic-merge-patch+json' && type.strategicMerge) {
    return strategicPatch(old, patch, schema());
  }
  const kinds = ['application/json-patch+json', 'application/merge-patch+json', ...(type.strategicMerge ? ['application/strategic-merge-patch+json'] : []), 'application/apply-patch+yaml']; // prettier-ignore
  throw new StatusError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${kinds.join(', ')}`); // prettier-ignore
};
