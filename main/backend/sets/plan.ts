import { basename } from 'node:path';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { SetFinding, SetPlan } from '../../contract/sets.ts';
import { inOrder } from '../manifests/parse.ts';
import { createDiscovery } from '../provision/cluster/discovery.ts';
import { pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { gather } from './gather.ts';
import { entryOf, keyOfEntry, readInventory, readOthers } from './inventory.ts';
import { aboutOf, lookAt } from './look.ts';
import type { Look, Wanted } from './look.ts';
import { lookAtOld } from './prune.ts';
import type { Old, Pruning } from './prune.ts';
import { readObjects, whole } from './read.ts';
import type { Declared, Source } from './read.ts';

/** All that is known before anything is changed. */
export interface Planned {
  findings: SetFinding[];
  /** In the order in which they are applied; an object whose kind comes with the same folder has none yet. */
  looks: { declared: Declared; wanted: Wanted | undefined; look: Look }[];
  old: Old[];
}

/** The name that a set has where nobody gave it one: that of its folder. Pure. */
export function nameOfSet(dir: string, given: string | undefined): string {
  if (given !== undefined) return given;
  const plain = basename(dir.replace(/\.git\/*$/, '')).toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 50).replace(/-+$/, ''); // prettier-ignore
  return plain === '' ? 'set' : plain;
}

/** Questions to the target at a time. */
const atOnce = 6;

/** Where a namespace is left out, as in every manifest that Hearth applies. */
const home = 'default';

/** Reads and compares; nothing is changed. With findings the target is not asked. Throws KubeError. */
export async function planSet(target: OpenTarget, set: string, source: Source, how: Pruning, signal: AbortSignal): Promise<Planned> {
  const { objects, findings } = await readObjects(source, signal);
  if (findings.length > 0) return { findings, looks: [], old: [] };
  const before = await readInventory(target.client, set);
  // A wrong folder or an emptied branch must not take everything away.
  if (objects.length === 0 && how.prune && before.length > 0)
    return { findings: [whole('.', 'No object is in this folder: so that nothing is removed by mistake, nothing is done.')], looks: [], old: [] }; // prettier-ignore
  const discovery = createDiscovery(target.client);
  const brings = bringsOf(objects);
  const sorted = inOrder(objects);
  const wanted: (Wanted | undefined)[] = [];
  for (const each of sorted) {
    const kind = await discovery.find(each.object, signal);
    wanted.push(kind && { ...each, kind, namespace: kind.namespaced ? (each.object.metadata.namespace ?? home) : undefined }); // prettier-ignore
  }
  const looks = await inParallel(sorted, async (declared, index) => {
    const one = wanted[index];
    if (!one) return { declared, wanted: one, look: unserved(declared, brings.kinds) };
    const later = one.namespace !== undefined && brings.namespaces.has(one.namespace);
    return { declared, wanted: one, look: await lookAt(target, one, later, signal) };
  });
  const there = new Set(looks.map(({ declared, wanted: one }) => keyOfEntry(entryOf(declared.object, one ? one.namespace : declared.object.metadata.namespace)))); // prettier-ignore
  const gone = before.filter((entry) => !there.has(keyOfEntry(entry)));
  const old: Old[] = [];
  const holder = gone.length > 0 ? await readOthers(target.client, set) : () => undefined;
  for (const entry of inOrder(gone.map((entry) => ({ entry, object: entry }))).toReversed()) {
    const found = await lookAtOld(target, entry.entry, await discovery.find(entry.entry, signal), { ...how, holder }, signal);
    if (found) old.push(found);
  }
  return { findings, looks, old };
} // prettier-ignore

/** What a person is shown before: also what is on the target alone. Throws KubeError. */
export async function shownPlan(target: OpenTarget, set: string, source: Source, how: Pruning, signal: AbortSignal): Promise<SetPlan> {
  const { findings, looks, old } = await planSet(target, set, source, how, signal);
  const plan: SetPlan = { name: set, ...(source.commit !== undefined && { commit: source.commit }), findings, objects: [] };
  if (findings.length > 0) return plan;
  const told = [...looks.map(({ look }) => look.about), ...old.map(({ about }) => about)];
  const known = new Set(told.map(keyOfEntry));
  const { objects } = await gather(target.client, []);
  const alone = objects
    .map((object) => entryOf(object, object.metadata.namespace))
    .filter((entry) => !known.has(keyOfEntry(entry)));
  return { ...plan, objects: [...told, ...alone.map((entry) => ({ ...entry, word: 'only there' as const }))] };
} // prettier-ignore

interface Brings {
  namespaces: ReadonlySet<string>;
  kinds: ReadonlySet<string>;
}
/** Namespaces and kinds that are there once the folder was applied. */
const bringsOf = (objects: readonly Declared[]): Brings => ({
  namespaces: new Set(objects.flatMap(({ object }) => (object.kind === 'Namespace' ? [object.metadata.name ?? ''] : []))),
  kinds: new Set(objects.flatMap(({ object }) => (object.kind === 'CustomResourceDefinition' ? [`${pickText(object, 'spec', 'group')} ${pickText(object, 'spec', 'names', 'kind')}`] : []))),
}); // prettier-ignore

function unserved(declared: Declared, kinds: ReadonlySet<string>): Look {
  const { apiVersion, kind, metadata }: KubeObject = declared.object;
  const about = aboutOf({ ...declared, namespace: metadata.namespace });
  if (kinds.has(`${apiVersion.split('/')[0]} ${kind}`)) return { about: { ...about, word: 'create' }, send: declared.object }; // prettier-ignore
  return { about: { ...about, word: 'refused', detail: `The target does not serve ${kind} of ${apiVersion}.` } };
}

async function inParallel<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T, at);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}

/** Throws the Problem `set-unreadable`, with each finding at its file and line. */
export function refuseFindings(findings: readonly SetFinding[]): void {
  const [first] = findings;
  if (!first) return;
  const more = findings.length - 1;
  throw new ProblemError({
    code: 'set-unreadable',
    title: 'Nothing was applied: files of the set are wrong',
    detail: `${placeOf(first)}: ${first.message}${more > 0 ? ` (${more} more below)` : ''}`,
    fix: 'Correct what is told, then apply again.',
    output: findings.slice(0, 50).map((each) => `${placeOf(each)}: ${each.message}`),
  });
}
export const placeOf = ({ file, line }: SetFinding): string => (line > 0 ? `${file}:${line}` : file);
