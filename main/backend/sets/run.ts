import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { SetObject, SetResult } from '../../contract/sets.ts';
import { applyOne } from '../manifests/check.ts';
import { changesOffers, served } from '../manifests/apply.ts';
import { createDiscovery } from '../provision/cluster/discovery.ts';
import { isUnreachable } from '../target/kube-error.ts';
import { acting } from '../target/acting.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { entryOf, writeInventory } from './inventory.ts';
import type { Entry } from './inventory.ts';
import { lookAt } from './look.ts';
import { planSet } from './plan.ts';
import type { Planned } from './plan.ts';
import { removeOld } from './prune.ts';
import type { Pruning } from './prune.ts';
import type { Source } from './read.ts';
import { setManager } from './words.ts';
import { wordOf } from './gather.ts';

export const emptyResult = (name: string, commit: string | undefined): SetResult => ({
  name, at: new Date().toISOString(), ...(commit !== undefined && { commit }), created: 0, changed: 0, unchanged: 0, removed: 0, told: [], findings: [], ok: true,
}); // prettier-ignore

const counted = { create: 'created', change: 'changed', unchanged: 'unchanged', remove: 'removed' } as const;

/**
 * Applies a set: each object for itself, so that what one is refused for does not keep the others from being tried. Nothing is
 * changed where a file is wrong (`findings`). Throws KubeError where the target does not answer; the same again goes on then.
 */
export async function applySet(target: OpenTarget, set: string, source: Source, how: Pruning, task: Pick<TaskHandle, 'signal' | 'update' | 'endStep'>): Promise<SetResult> {
  const { signal } = task;
  const result = emptyResult(set, source.commit);
  const planned = await planSet(target, set, source, how, signal);
  result.findings = planned.findings;
  if (planned.findings.length > 0) return { ...result, ok: false };
  acting.getStore()?.review?.(planned.looks.flatMap(({ look }) => look.send ?? []));
  const tell = (about: SetObject): void => {
    if (about.word in counted) result[counted[about.word as keyof typeof counted]] += 1;
    if (['refused', 'missing', 'keep'].includes(about.word)) result.told.push(about);
    if (about.word !== 'unchanged') task.endStep(nameOf(about), stateOf(about), about.detail ?? done[about.word]);
  };
  const some = planned.looks.some(({ look }) => look.send) || planned.old.some(({ about }) => about.word === 'remove');
  const kept = planned.old.map(({ entry }) => entry);
  const applied = entriesOf(planned);
  // Written before anything is applied: a Hearth that is killed meanwhile leaves nothing that nobody knows of.
  if (applied.length > 0 || kept.length > 0) await writeInventory(target.client, set, [...applied, ...kept]);
  const steps = planned.looks.length + planned.old.length;
  const discovery = createDiscovery(target.client);
  const brings = planned.looks.some(({ declared }) => declared.object.kind === 'CustomResourceDefinition');
  for (const [index, { declared, wanted, look }] of planned.looks.entries()) {
    signal.throwIfAborted();
    task.update({ progress: index / steps, detail: nameOf(look.about) });
    if (!look.send) {
      tell(look.about);
      continue;
    }
    try {
      const kind = wanted?.kind ?? (await served(discovery, declared.object, brings, signal));
      const namespace = kind.namespaced ? (declared.object.metadata.namespace ?? 'default') : undefined;
      // What it stands in is there by now: what the look could not ask is asked, and the disks in the bin are seen.
      const now = look.about.word === 'create' ? await lookAt(target, { ...declared, kind, namespace }, false, signal) : look;
      if (now.send) await applyOne(target, { object: now.send, kind, namespace }, { fieldManager: setManager, signal });
      tell(now.about);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProblemError) || isUnreachable(error)) throw error;
      tell({ ...look.about, word: 'refused', detail: asProblem(error).detail });
    }
  }
  const still: Entry[] = [];
  for (const [index, each] of planned.old.entries()) {
    signal.throwIfAborted();
    task.update({ progress: (planned.looks.length + index) / steps, detail: nameOf(each.about) });
    const about = each.about.word === 'remove' ? await removeOld(target, each) : each.about;
    if (about.word !== 'remove' && !each.handedOver) still.push(each.entry);
    tell(about);
  }
  if (applied.length > 0 || kept.length > 0) await writeInventory(target.client, set, [...applied, ...still]);
  if (some && planned.looks.some(({ declared }) => changesOffers.has(declared.object.kind))) await target.refresh(true);
  return { ...result, ok: !result.told.some(({ word }) => word !== 'keep') };
} // prettier-ignore

/** What is, or is about to be, the set's own on the target; what somebody else made is never taken for it. */
const entriesOf = ({ looks }: Planned): Entry[] =>
  looks.map(({ declared, wanted }) =>
    entryOf(declared.object, wanted ? wanted.namespace : declared.object.metadata.namespace),
  );

const done: Partial<Record<SetObject['word'], string>> = { create: 'made', change: 'changed', remove: 'removed' };
const nameOf = (about: SetObject): string =>
  wordOf({ kind: about.kind, metadata: { name: about.name, ...(about.namespace !== undefined && { namespace: about.namespace }) } }); // prettier-ignore
const stateOf = ({ word }: SetObject): 'done' | 'skipped' | 'failed' =>
  word === 'keep' ? 'skipped' : word === 'refused' || word === 'missing' ? 'failed' : 'done';

/** Throws the Problem that a result with something undone is. */
export function refuseUndone({ told, created, changed, removed, unchanged }: SetResult): void {
  const undone = told.filter(({ word }) => word !== 'keep');
  if (undone.length === 0) return;
  const none = created + changed + removed + unchanged === 0;
  throw new ProblemError({
    code: none ? 'set-refused' : 'set-partly-applied',
    title: none ? 'Nothing of the set was applied' : `${undone.length} object${undone.length === 1 ? '' : 's'} of the set could not be applied`,
    detail: none ? 'The target refused every object.' : 'The others are there and stay.',
    fix: 'Correct what is told and apply again: what is there already stays as it is.',
    output: undone.map((about) => `${about.file === undefined ? '' : `${about.file}:${about.line ?? 1}: `}${nameOf(about)}: ${about.detail ?? ''}`),
  });
} // prettier-ignore
