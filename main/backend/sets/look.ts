import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { SetObject } from '../../contract/sets.ts';
import { refuseDisksInBin } from '../bin/taken.ts';
import { applyOne, sameMeaning } from '../manifests/check.ts';
import { scheduleAnnotation } from '../snapshots/schedule/written.ts';
import { scheduleIn } from '../transfer/order.ts';
import { isNotFound, isUnreachable } from '../target/kube-error.ts';
import { pathOf } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { filledIn, ownerLabel, placesLeftOut } from './bare.ts';
import type { Declared } from './read.ts';
import { placeHolderAnnotation, setManager } from './words.ts';

export interface Wanted extends Declared {
  kind: Kind;
  namespace: string | undefined;
}
/** What is to be done about one object of the folder. */
export interface Look {
  about: SetObject;
  /** What is sent; absent where nothing can or need be. */
  send?: KubeObject;
}

export const aboutOf = ({ object, file, line, namespace }: Omit<Wanted, 'kind'>): Omit<SetObject, 'word'> => ({
  apiVersion: object.apiVersion, kind: object.kind, name: object.metadata.name ?? '', file, line, ...(namespace !== undefined && { namespace }),
}); // prettier-ignore

/** An object with its managedFields; undefined where it is not there. Throws KubeError. */
export async function findOwned(target: OpenTarget, kind: Kind, namespace: string | undefined, name: string, signal: AbortSignal) {
  try {
    return await target.client.json<KubeObject>('GET', pathOf(kind, namespace, name), { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
} // prettier-ignore

/** Whether a set applied something of it: what somebody made anew under its name is not ours. Pure. */
export const isOurs = (object: KubeObject): boolean =>
  pickList(object, 'metadata', 'managedFields').some((entry) => entry['manager'] === setManager && entry['operation'] === 'Apply'); // prettier-ignore

/**
 * Compares one object with the target, by the target's own word (a dry run of the apply with strict fields). `later`: what it
 * stands in or is of comes with the same folder. Throws only where the target does not answer.
 */
export async function lookAt(target: OpenTarget, one: Wanted, later: boolean, signal: AbortSignal): Promise<Look> {
  const about = aboutOf(one);
  try {
    const present = await findOwned(target, one.kind, one.namespace, about.name, signal);
    if (one.object.kind === 'Secret' && one.object.metadata.annotations?.[placeHolderAnnotation] !== undefined)
      return { about: present ? { ...about, word: 'unchanged' } : { ...about, word: 'missing', detail: 'The folder has no values of it: make it by hand.' } }; // prettier-ignore
    const object = asHere(filledIn(one.object, present) as KubeObject, present);
    const places = placesLeftOut(object);
    if (places.length > 0)
      return { about: { ...about, word: 'missing', detail: `${places.join(', ')} was left out, and there is none here to keep: write it into the file, or better into a Secret that is named there.` } }; // prettier-ignore
    if (!present && later) return { about: { ...about, word: 'create' }, send: object };
    if (one.namespace !== undefined) await refuseDisksInBin(target, one.namespace, [object], present);
    const would = await applyOne(target, { ...one, object }, { dryRun: true, fieldManager: setManager, signal });
    if (!present) return { about: { ...about, word: 'create' }, send: object };
    if (!sameMeaning(present, would)) return { about: { ...about, word: 'change', fields: differing(present, would) }, send: object }; // prettier-ignore
    // Applied once it is known as the set's, though nothing of it changes.
    return { about: { ...about, word: 'unchanged' }, ...(!isOurs(present) && { send: object }) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ProblemError) || isUnreachable(error)) throw error;
    return { about: { ...about, word: 'refused', detail: error.problem.detail } };
  }
}

/** What files do not have and the target would lose by them: whose a machine's disks are, and since when a schedule is. Pure. */
export const asHere = (object: KubeObject, present: KubeObject | undefined): KubeObject =>
  withSchedule(withOwners(object, present), present);

/** Templates of disks are one list, which is replaced as a whole. */
function withOwners(object: KubeObject, present: KubeObject | undefined): KubeObject {
  const templates = pickList(object, 'spec', 'dataVolumeTemplates');
  if (object.kind !== 'VirtualMachine' || templates.length === 0) return object;
  const owned = new Map(pickList(present, 'spec', 'dataVolumeTemplates').map((each) => [pickText(each, 'metadata', 'name'), pickText(each, 'metadata', 'labels', ownerLabel)])); // prettier-ignore
  const next = templates.map((each) => {
    const owner = owned.get(pickText(each, 'metadata', 'name'));
    if (owner === undefined) return each;
    const metadata = each['metadata'] as KubeObject['metadata'];
    return { ...each, metadata: { ...metadata, labels: { ...metadata.labels, [ownerLabel]: owner } } };
  });
  return { ...object, spec: { ...(object.spec as object), dataVolumeTemplates: next } };
}

/** A schedule names its machine, and since when; where it is the same schedule that stays. */
function withSchedule(object: KubeObject, present: KubeObject | undefined): KubeObject {
  const { annotations } = object.metadata;
  const text = annotations?.[scheduleAnnotation];
  const there = present?.metadata.annotations?.[scheduleAnnotation];
  if (object.kind !== 'VirtualMachine' || text === undefined || there === undefined) return object;
  const same = JSON.stringify(scheduleIn(text)) === JSON.stringify(scheduleIn(there));
  if (!same) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [scheduleAnnotation]: there } } };
}

/** Fields that are told of one object. */
const most = 12;
const unsaid: ReadonlySet<string> = new Set(['managedFields', 'resourceVersion', 'generation', 'creationTimestamp', 'uid']); // prettier-ignore

/** Paths of what differs, without the values. Pure. */
export function differing(before: KubeObject, after: KubeObject): string[] {
  const found: string[] = [];
  const walk = (one: unknown, other: unknown, at: string): void => {
    if (found.length > most || Object.is(one, other)) return;
    const maps = [one, other].every((each) => typeof each === 'object' && each !== null && !Array.isArray(each));
    const lists = Array.isArray(one) && Array.isArray(other) && one.length === other.length;
    if (!maps && !lists) {
      if (JSON.stringify(one) !== JSON.stringify(other)) found.push(at);
      return;
    }
    const [left, right] = [one, other] as [Record<string, unknown>, Record<string, unknown>];
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      if (at === '' && key === 'status') continue;
      if (at === 'metadata' && unsaid.has(key)) continue;
      const name = lists ? `[${pickText(right[key], 'name') ?? key}]` : at === '' ? key : `.${key}`;
      walk(left[key], right[key], `${at}${name}`);
    }
  };
  walk(before, after, '');
  return found.length > most ? [...found.slice(0, most), '…'] : found;
}
