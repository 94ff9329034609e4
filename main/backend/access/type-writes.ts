import type { KubeObject } from '../../contract/kube.ts';
import { hasLimits } from '../../contract/quotas.ts';
import type { Limits } from '../../contract/quotas.ts';
import type { Write } from '../target/acting.ts';
import type { KubeClient } from '../target/client.ts';
import { kinds } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import { countedSize } from './counted-size.ts';
import { theComputer } from './owners.ts';
import { typeInUse } from './problems.ts';
import { keyIn, ownerIn } from './stock.ts';
import type { LabOwner } from './stock.ts';
import { namespacedTypes, orNone, typeNamed } from './take-stock.ts';

/** An instance type; without a namespace: one of the whole cluster. */
export interface TypeRef {
  namespace: string | undefined;
  name: string;
}

/** The instance type that a request writes or takes away; undefined: it is about none. Pure. */
export function typeIn({ path, body }: Pick<Write, 'path' | 'body'>): TypeRef | undefined {
  const [, namespace, plural = '', name] = /^\/apis\/instancetype\.kubevirt\.io\/v[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? []; // prettier-ignore
  if (plural !== kinds.instancetypes.plural && plural !== namespacedTypes.plural) return undefined;
  return {
    namespace: namespace === undefined ? undefined : decodeURIComponent(namespace),
    name: name === undefined ? (pickText(body, 'metadata', 'name') ?? '') : decodeURIComponent(name),
  };
}

/**
 * Throws where a request gives another size to an instance type that machines of somebody with limits name: the engine gives
 * them the size that the type has now, and a cluster the one that it had when they were made, so that neither larger nor smaller
 * could be added up. `after`: the type as it would be.
 */
export async function keepSizes(
  client: KubeClient,
  type: TypeRef,
  after: () => Promise<KubeObject | undefined>,
  parts: { limits(id: string): Promise<{ name: string; limits: Limits } | undefined>; labOwner: LabOwner },
): Promise<void> {
  const kind = type.namespace === undefined ? kinds.instancetypes : namespacedTypes;
  const before = countedSize(undefined, await client.get(kind, type.namespace, type.name).catch(orNone));
  const size = countedSize(undefined, await after());
  if (size.cpus === before.cpus && size.memory === before.memory) return;
  const known = new Map<string, boolean>([[theComputer, false]]);
  for (const vm of await client.list(kinds.virtualMachines, type.namespace)) {
    const named = typeNamed(vm);
    if (named?.name !== type.name || named.namespace !== type.namespace) continue;
    const { namespace = '', name = '' } = vm.metadata;
    const owner = ownerIn(vm) ?? parts.labOwner(namespace);
    if (owner === undefined) continue;
    const found = known.has(owner) ? undefined : await parts.limits(owner);
    known.set(owner, known.get(owner) ?? (found !== undefined && hasLimits(found.limits)));
    if (known.get(owner)) throw typeInUse(type.name, keyIn(namespace, name));
  }
}
