import { defaultClass } from './capabilities/storage.ts';
import { KubeError } from './kube-error.ts';
import { kinds } from './kinds.ts';
import { pickList } from './pick.ts';
import type { OpenTarget } from './target.ts';

/**
 * Whether CDI knows what a storage class can (the default one unless told): then it chooses how disks are opened, so that
 * nodes can share them where the storage allows it, and machines on them can be moved. Throws KubeError.
 */
export async function hasProfile({ client }: Pick<OpenTarget, 'client'>, storageClass?: string): Promise<boolean> {
  try {
    const name = storageClass ?? defaultClass(await client.list(kinds.storageClasses))?.metadata.name;
    if (!name) return false;
    const profile = await client.get(kinds.storageProfiles, undefined, name);
    return pickList(profile, 'status', 'claimPropertySets').length > 0;
  } catch (error) {
    // Not served, or not to be seen: then we say ourselves what every storage can.
    if (error instanceof KubeError && (error.code === 404 || error.code === 403)) return false;
    throw error;
  }
}
