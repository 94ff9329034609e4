import type { KubeObject } from '../../contract/kube.ts';
import type { SearchHit } from '../../contract/search.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** What of an object may be looked for. */
export interface Searchable {
  kind: SearchHit['kind'];
  namespace?: string;
  name: string;
  title: string;
  machine?: string;
  /** Text -> what it is, e.g. "52:54:00:12:34:56" -> "MAC". */
  also: readonly (readonly [what: string, text: string])[];
}
const most = 40;

/** How well one text fits one word: all of it, its beginning, the beginning of a part, anywhere; 0 = not. Pure. */
export function wordScore(text: string, word: string): number {
  const lower = text.toLowerCase();
  const at = lower.indexOf(word);
  if (at < 0) return 0;
  if (lower === word) return 100;
  if (at === 0) return 60;
  return /[\s/.\-_:@]/.test(lower[at - 1] ?? '') ? 40 : 20;
}

/** Every word must fit something; a name counts more than what else is known; a shorter name more than a longer. Pure. */
export function rank(item: Searchable, words: readonly string[]): SearchHit | undefined {
  let score = 0;
  let because: string | undefined;
  for (const word of words) {
    const named = Math.max(wordScore(item.name, word), wordScore(item.title, word), word === item.namespace ? 30 : 0);
    let best = named * 2;
    let from: string | undefined;
    for (const [what, text] of item.also) {
      const other = wordScore(text, word);
      if (other <= best) continue;
      best = other;
      from = `${what} ${text}`;
    }
    if (best === 0) return undefined;
    score += best;
    because ??= from;
  }
  const { kind, name, namespace, title, machine } = item;
  return { kind, name, title, score: score - Math.min(10, name.length / 10), ...(namespace && { namespace }), ...(machine && { machine }), ...(because && { because }) }; // prettier-ignore
}

const known = <K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> =>
  value ? ({ [key]: value } as Record<K, string>) : {};
const labelsOf = ({ metadata }: KubeObject): [string, string][] =>
  Object.entries(metadata.labels ?? {})
    .filter(([key]) => !/(?:kubernetes|kubevirt|k8s)\.io\//.test(key))
    .map(([key, value]) => ['label', value ? `${key}=${value}` : key]);
const titleOf = (object: KubeObject): string =>
  object.metadata.annotations?.['hearth.dev/display-name'] ??
  object.metadata.annotations?.['openshift.io/display-name'] ??
  object.metadata.name ??
  '';

/** A machine with the addresses of its instance. Pure. */
export function machineItem(vm: KubeObject, vmi: KubeObject | undefined): Searchable {
  const statuses = pickList(vmi, 'status', 'interfaces');
  const wanted = pickList(vm, 'spec', 'template', 'spec', 'domain', 'devices', 'interfaces');
  const addresses = statuses.flatMap((nic) => {
    const all: unknown = nic['ipAddresses'];
    return Array.isArray(all) ? all.map(String) : [pickText(nic, 'ipAddress') ?? ''];
  });
  const macs = [...statuses.map((nic) => pickText(nic, 'mac')), ...wanted.map((nic) => pickText(nic, 'macAddress'))];
  return {
    kind: 'machine',
    name: vm.metadata.name ?? '',
    ...(vm.metadata.namespace && { namespace: vm.metadata.namespace }),
    title: vm.metadata.name ?? '',
    also: [
      ...addresses.filter(Boolean).map((text) => ['address', text] as const),
      ...[...new Set(macs)].flatMap((text) => (text ? [['MAC', text] as const] : [])),
      ...labelsOf(vm),
      ...['hearth.dev/description', 'description', 'hearth.dev/notes'].flatMap((key) => {
        const text = vm.metadata.annotations?.[key];
        return text ? [['note', text] as const] : [];
      }),
      ...(pickText(vm, 'status', 'printableStatus')
        ? [['', pickText(vm, 'status', 'printableStatus') ?? ''] as const]
        : []),
    ],
  };
}
/** Something of another kind than a machine. Pure. */
export const kindItem = (kind: SearchHit['kind'], object: KubeObject): Searchable => ({
  kind,
  name: object.metadata.name ?? '',
  ...(kind === 'snapshot' && known('machine', pickText(object, 'spec', 'source', 'name'))),
  ...(object.metadata.namespace && { namespace: object.metadata.namespace }),
  title: titleOf(object),
  also: labelsOf(object),
});

/** Kinds that a target may or may not have; by plural, since their rows are others' to name. */
const others: readonly [SearchHit['kind'], Kind][] = [
  ['network', { group: 'k8s.cni.cncf.io', version: 'v1', kind: 'NetworkAttachmentDefinition', plural: 'network-attachment-definitions', namespaced: true }],
  ['snapshot', { group: 'snapshot.kubevirt.io', version: 'v1beta1', kind: 'VirtualMachineSnapshot', plural: 'virtualmachinesnapshots', namespaced: true }],
  ['template', { group: 'template.kubevirt.io', version: 'v1alpha1', kind: 'VirtualMachineTemplate', plural: 'virtualmachinetemplates', namespaced: true }],
  ['instancetype', kinds.instancetypes],
  ['preference', kinds.preferences],
]; // prettier-ignore

/** Milliseconds that a search waits for lists that are not there yet. */
const patience = 1500;
/** Kinds a target does not serve are asked again after this. */
const absentMs = 60_000;

/** Looks through what the target's watches hold: nothing is asked of the target a second time while somebody types. */
export function createSearch() {
  const absent = new WeakMap<OpenTarget, Map<string, number>>();
  async function objectsOf(target: OpenTarget, kind: Kind): Promise<KubeObject[]> {
    const gone = absent.get(target) ?? new Map<string, number>();
    absent.set(target, gone);
    if ((gone.get(kind.plural) ?? 0) > monotonic()) return [];
    const list = target.cache.use(kind);
    try {
      await list.whenSynced(AbortSignal.timeout(patience));
      return [...list.values()];
    } catch {
      // Not served, not allowed, or too slow: what is there already is looked through all the same.
      const there = [...list.values()];
      if (there.length === 0) gone.set(kind.plural, monotonic() + absentMs);
      return there;
    } finally {
      list.release();
    }
  }
  return async (target: OpenTarget, query: string): Promise<SearchHit[]> => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const [vms, vmis, dataVolumes, ...rest] = await Promise.all([
      objectsOf(target, kinds.virtualMachines),
      objectsOf(target, kinds.virtualMachineInstances),
      objectsOf(target, kinds.dataVolumes),
      ...others.map(([, kind]) => objectsOf(target, kind)),
    ]);
    const instances = new Map(vmis.map((vmi) => [`${vmi.metadata.namespace}/${vmi.metadata.name}`, vmi]));
    const hits: SearchHit[] = [];
    const look = (item: Searchable): void => {
      const hit = rank(item, words);
      if (hit) hits.push(hit);
    };
    for (const vm of vms) look(machineItem(vm, instances.get(`${vm.metadata.namespace}/${vm.metadata.name}`)));
    for (const volume of dataVolumes)
      look(kindItem(volume.metadata.labels?.['hearth.dev/image'] !== undefined || volume.metadata.namespace === 'hearth-images' ? 'image' : 'disk', volume)); // prettier-ignore
    for (const [n, objects] of rest.entries())
      for (const object of objects) look(kindItem(others[n]?.[0] ?? 'disk', object));
    return hits.sort((a, b) => b.score - a.score || a.name.localeCompare(b.name)).slice(0, most);
  };
}
