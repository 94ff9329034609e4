import { ProblemError } from '../../../contract/problem.ts';
import { createDiscovery } from '../../provision/cluster/discovery.ts';
import type { Discovery } from '../../provision/cluster/discovery.ts';
import type { KubeClient } from '../../target/client.ts';
import { apiVersionOf, kinds } from '../../target/kinds.ts';
import type { Kind } from '../../target/kinds.ts';
import { pickList, pickText } from '../../target/pick.ts';

const discoveries = new WeakMap<KubeClient, Discovery>();
const discoveryOf = (client: KubeClient): Discovery => {
  const found = discoveries.get(client) ?? createDiscovery(client);
  discoveries.set(client, found);
  return found;
};

/**
 * A kind that a lab may look at, as the target serves it: by its apiVersion, else by its name alone among all groups. Rejects
 * with `kind-not-served`, and with `lab-outside` for what is not in a namespace.
 */
export async function kindFor(
  client: KubeClient,
  wanted: { apiVersion?: string | undefined; kind: string },
  signal: AbortSignal,
): Promise<Kind> {
  const found = await search(client, wanted, signal);
  if (!found)
    throw new ProblemError({
      code: 'kind-not-served',
      title: 'The target does not know this kind',
      detail: `${wanted.apiVersion ? `${wanted.apiVersion} ` : ''}${wanted.kind} is not served.`,
      fix: 'Use a target that serves it; the lab names what it needs.',
    });
  if (!found.namespaced)
    throw new ProblemError({
      code: 'lab-outside',
      title: 'A lab looks only at its own namespace',
      detail: `${found.kind} belongs to the whole target.`,
      fix: 'Tell the author of the lab.',
      kind: 'denied',
    });
  return found;
}

async function search(
  client: KubeClient,
  { apiVersion, kind }: { apiVersion?: string | undefined; kind: string },
  signal: AbortSignal,
): Promise<Kind | undefined> {
  const discovery = discoveryOf(client);
  if (apiVersion !== undefined) return discovery.find({ apiVersion, kind }, signal);
  // Our own first: a Service of another group must not come before the one that everybody means.
  const own = Object.values(kinds).filter((each) => each.kind === kind);
  for (const each of own) {
    const found = await discovery.find({ apiVersion: apiVersionOf(each), kind }, signal);
    if (found) return found;
  }
  const groups = await client.json('GET', '/apis', { signal });
  const versions = pickList(groups, 'groups').map((group) => pickText(group, 'preferredVersion', 'groupVersion') ?? pickText(pickList(group, 'versions')[0], 'groupVersion')); // prettier-ignore
  for (const version of ['v1', ...versions]) {
    const found = version && (await discovery.find({ apiVersion: version, kind }, signal));
    if (found) return found;
  }
  return undefined;
}
