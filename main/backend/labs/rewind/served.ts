import { isNotFound, KubeError } from '../../target/kube-error.ts';
import type { KubeClient } from '../../target/client.ts';
import type { Kind } from '../../target/kinds.ts';
import { pickList, pickText, pickTexts } from '../../target/pick.ts';

/**
 * What says nothing of the state that somebody chose: events, what controllers keep for themselves, and the parts of
 * snapshots, which go with those.
 */
const passing = new Set([
  '/Event', 'events.k8s.io/Event', '/Endpoints', 'discovery.k8s.io/EndpointSlice', 'coordination.k8s.io/Lease',
  'apps/ControllerRevision', 'storage.k8s.io/CSIStorageCapacity',
  'snapshot.kubevirt.io/VirtualMachineSnapshotContent', 'cdi.kubevirt.io/VolumeCloneSource', 'cdi.kubevirt.io/VolumeImportSource', 'cdi.kubevirt.io/VolumeUploadSource',
]); // prettier-ignore

/** Kinds of namespaces that the target lists, makes and deletes. A group that does not answer is passed over. Throws KubeError. */
export async function keptKinds(client: KubeClient): Promise<Kind[]> {
  const groups = pickList(await client.json('GET', '/apis'), 'groups').flatMap((group) => {
    const name = pickText(group, 'name');
    const version = pickText(group, 'preferredVersion', 'version');
    return name !== undefined && version !== undefined ? [{ name, version }] : [];
  });
  const all = await Promise.all([{ name: '', version: 'v1' }, ...groups].map((group) => kindsOf(client, group)));
  return all.flat();
}

async function kindsOf(client: KubeClient, { name, version }: { name: string; version: string }): Promise<Kind[]> {
  const path = name === '' ? `/api/${version}` : `/apis/${name}/${version}`;
  let answer: unknown;
  try {
    answer = await client.json<unknown>('GET', path);
  } catch (error) {
    // An aggregated API whose server is away, or one that went in this moment.
    if (isNotFound(error) || (error instanceof KubeError && error.code >= 500)) return [];
    throw error;
  }
  return pickList(answer, 'resources').flatMap((resource): Kind[] => {
    const [plural, kind] = [pickText(resource, 'name'), pickText(resource, 'kind')];
    const verbs = pickTexts(resource, 'verbs');
    if (plural === undefined || kind === undefined || plural.includes('/') || resource['namespaced'] !== true)
      return [];
    if (!['list', 'create', 'delete'].every((verb) => verbs.includes(verb)) || passing.has(`${name}/${kind}`))
      return [];
    return [{ group: name, version, kind, plural, namespaced: true }];
  });
}
