import type { KubeObject } from '../../contract/kube.ts';
import type { KubeClient } from './client.ts';
import { isNotFound } from './kube-error.ts';
import type { Kind } from './kinds.ts';

/** All objects of a kind; none where the target does not serve it (one without CDI has no DataVolumes). Throws KubeError. */
export async function listServed(
  client: KubeClient,
  kind: Kind,
  namespace?: string,
  labelSelector?: string,
): Promise<KubeObject[]> {
  try {
    return await client.list(kind, namespace, labelSelector);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}
