import { isNotFound, KubeError } from './kube-error.ts';
import { kinds } from './kinds.ts';
import type { OpenTarget } from './target.ts';

/** Makes the namespace where it is missing. Throws KubeError when this user may not. */
export async function ensureNamespace(target: Pick<OpenTarget, 'client'>, name: string): Promise<void> {
  try {
    await target.client.get(kinds.namespaces, undefined, name);
  } catch (error) {
    // Who may not look at namespaces may have been given this one: the write after this tells.
    if (error instanceof KubeError && error.code === 403) return;
    if (!isNotFound(error)) throw error;
    try {
      await target.client.create(kinds.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    } catch (failure) {
      if (!(failure instanceof KubeError) || failure.reason !== 'AlreadyExists') throw failure;
    }
  }
}
