import type { KubeClient } from '../../target/client.ts';
import { isNotFound } from '../../target/kube-error.ts';
import type { Kind } from '../../target/kinds.ts';
import { pick, pickList, pickText } from '../../target/pick.ts';

/** Kinds as the API server serves them now; what was found is kept, what was not is asked for again. */
export interface Discovery {
  find(object: { apiVersion: string; kind: string }, signal: AbortSignal): Promise<Kind | undefined>;
}

export function createDiscovery(client: KubeClient): Discovery {
  const known = new Map<string, Kind>();
  return {
    async find({ apiVersion, kind }, signal) {
      const key = `${apiVersion}/${kind}`;
      const found = known.get(key);
      if (found) return found;
      const slash = apiVersion.indexOf('/');
      const group = slash < 0 ? '' : apiVersion.slice(0, slash);
      const version = apiVersion.slice(slash + 1);
      let answer: unknown;
      try {
        const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
        answer = await client.json('GET', path, { signal });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
      for (const resource of pickList(answer, 'resources')) {
        const plural = pickText(resource, 'name');
        const served = pickText(resource, 'kind');
        // Subresources are listed as plural/name.
        if (!plural || !served || plural.includes('/')) continue;
        const namespaced = pick(resource, 'namespaced') === true;
        known.set(`${apiVersion}/${served}`, { group, version, kind: served, plural, namespaced });
      }
      return known.get(key);
    },
  };
}
