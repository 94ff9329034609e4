import type { KubeObject } from '../../contract/kube.ts';
import { asProblem } from '../../contract/problem.ts';
import type { KubeClient } from '../target/client.ts';
import { slim } from '../target/slim.ts';
import type { Source } from './sources.ts';

interface Resource {
  name: string;
  kind: string;
  namespaced: boolean;
  verbs?: string[];
}
/** Groups whose objects are about machines; everything else on a cluster is nobody's business here. */
const groups = /(^|\.)(kubevirt\.io|snapshot\.storage\.k8s\.io|k8s\.cni\.cncf\.io|hearth\.dev)$/;
/** Of the core group. Secrets come with their keys alone. */
const core = new Set(['nodes', 'namespaces', 'events', 'services', 'persistentvolumeclaims', 'persistentvolumes', 'configmaps', 'secrets', 'resourcequotas', 'limitranges']); // prettier-ignore
const storage = new Set(['storageclasses', 'volumesnapshotclasses']);
const mostObjects = 2000;

async function resourcesOf(client: KubeClient): Promise<{ path: string; group: string; resource: Resource }[]> {
  const { groups: served } = await client.json<{ groups: { name: string; preferredVersion: { groupVersion: string } }[] }>('GET', '/apis'); // prettier-ignore
  const lists = [
    { path: '/api/v1', group: '', wanted: (name: string) => core.has(name) },
    ...served
      .filter(({ name }) => groups.test(name) || name === 'storage.k8s.io')
      .filter(({ name }) => !name.startsWith('subresources.') && !name.startsWith('upload.'))
      .map(({ name, preferredVersion }) => ({
        path: `/apis/${preferredVersion.groupVersion}`,
        group: name,
        wanted: (plural: string) => name !== 'storage.k8s.io' || storage.has(plural),
      })),
  ];
  const found: { path: string; group: string; resource: Resource }[] = [];
  for (const { path, group, wanted } of lists) {
    const { resources } = await client.json<{ resources?: Resource[] }>('GET', path);
    for (const resource of resources ?? [])
      if (!resource.name.includes('/') && (resource.verbs ?? []).includes('list') && wanted(resource.name))
        found.push({ path, group, resource });
  }
  return found;
}

/** Every object of a target that has to do with machines, one file a kind; what may not be read is said instead. */
export async function objectSources(client: KubeClient, folder: string): Promise<Source[]> {
  const sources: Source[] = [];
  for (const { path, group, resource } of await resourcesOf(client)) {
    const name = `${folder}/objects/${group ? `${resource.name}.${group}` : resource.name}.yaml`;
    try {
      const { items } = await client.json<{ items: KubeObject[] }>('GET', `${path}/${resource.name}`, {
        query: { limit: mostObjects },
      });
      if (items.length === 0) continue;
      const [, , ...rest] = path.split('/');
      const kind = { group, version: rest.at(-1) ?? 'v1', kind: resource.kind, plural: resource.name, namespaced: resource.namespaced }; // prettier-ignore
      const object = items.map((item) => slim(item, kind));
      sources.push({ path: name, what: `${resource.kind} objects`, content: { object, as: 'yaml' } });
    } catch (error) {
      sources.push({ path: name, what: `${resource.kind} objects (could not be read)`, content: { object: asProblem(error), as: 'json' } }); // prettier-ignore
    }
  }
  return sources;
}
