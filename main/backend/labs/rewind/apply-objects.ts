import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../../contract/kube.ts';
import { isNotFound, isUnreachable, KubeError } from '../../target/kube-error.ts';
import type { KubeClient } from '../../target/client.ts';
import type { Kind } from '../../target/kinds.ts';
import type { OpenTarget } from '../../target/target.ts';
import { idOf, planObjects } from './objects.ts';
import type { ObjectPlan, Placed } from './objects.ts';
import type { CheckpointRecord } from './record.ts';
import { sideBySide } from './side-by-side.ts';

/** Requests at a time. */
const width = 8;
/** Until what goes (finalizers, owners that were exchanged) is gone: so often, so far apart (ms). */
const rounds = { most: 60, pauseMs: 200 };

/** All objects of the namespace, and the kinds of them that this user may list. Throws KubeError where the target does not answer. */
export async function listObjects(
  client: KubeClient,
  namespace: string,
  kinds: readonly Kind[],
): Promise<{ listed: Kind[]; objects: Placed[] }> {
  const lists = await sideBySide(kinds, width, async (kind) => {
    try {
      return { kind, items: await client.list(kind, namespace) };
    } catch (error) {
      // Not for this user, or a kind of a server that is away: it is left alone.
      if (error instanceof KubeError && !isUnreachable(error)) return undefined;
      throw error;
    }
  });
  const found = lists.filter((list) => list !== undefined);
  return {
    listed: found.map(({ kind }) => kind),
    objects: found.flatMap(({ kind, items }) => items.map((object) => ({ kind, object }))),
  };
}

/**
 * Makes the objects of the namespace what they were: changed ones go back, those that came since go, those that went come
 * back. Resolves with what could not be done, in words. Throws KubeError where the target does not answer, AbortError.
 */
export async function bringObjectsBack(
  { client }: Pick<OpenTarget, 'client'>,
  namespace: string,
  record: CheckpointRecord,
  kinds: readonly Kind[],
  signal: AbortSignal,
): Promise<string[]> {
  const refused = new Map<string, string>();
  const tried = new Set<string>();
  let plan: ObjectPlan | undefined;
  for (let round = 0; round < rounds.most; round += 1) {
    signal.throwIfAborted();
    const { listed, objects } = await listObjects(client, namespace, kinds);
    plan = planObjects(record, objects, listed);
    // A controller may change an object again: that is no reason to fight with it.
    plan.replace = plan.replace.filter(({ object }) => !tried.has(idOf(object)));
    // What is refused for good is not asked for again and again.
    const open = (each: Placed): boolean => !refused.has(idOf(each.object));
    plan = { ...plan, remove: plan.remove.filter(open), create: plan.create.filter(open) };
    if (plan.remove.length + plan.create.length + plan.replace.length + plan.going === 0) break;
    if (round > 0) await delay(rounds.pauseMs, undefined, { signal });
    await carryOut(client, plan, tried, refused);
  }
  return [
    ...[...refused].map(([id, why]) => `${wordsOf(id)} could not be brought back: ${why}`),
    ...(plan?.lost ?? []).map(({ kind, name }) => `${kind} ${name} was deleted since, and what it held is gone.`),
    ...(plan?.going ? ['Some objects were still being deleted and did not come back.'] : []),
  ];
}

const wordsOf = (id: string): string => id.slice(id.indexOf('/') + 1);

async function carryOut(
  client: KubeClient,
  plan: ObjectPlan,
  tried: Set<string>,
  refused: Map<string, string>,
): Promise<void> {
  /** A refusal is noted and the others go on; one that is gone, there or newer already is looked at again. */
  const attempt = async (object: KubeObject, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (isNotFound(error) || (error instanceof KubeError && error.code === 409)) return;
      if (!(error instanceof KubeError) || isUnreachable(error)) throw error;
      refused.set(idOf(object), error.problem.detail);
    }
  };
  const refOf = (object: KubeObject) => ({ namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }); // prettier-ignore
  const remove = (kind: Kind, object: KubeObject): Promise<void> =>
    client.delete(kind, refOf(object), object.metadata.uid ? { uid: object.metadata.uid } : {});
  await sideBySide(plan.remove, width, ({ kind, object }) => attempt(object, () => remove(kind, object)));
  await sideBySide(plan.replace, width, ({ kind, was, object }) =>
    attempt(object, async () => {
      try {
        await client.replace(kind, was, object);
        tried.add(idOf(object));
      } catch (error) {
        // A field that cannot be changed any more: it is made anew, in the next round.
        if (!(error instanceof KubeError) || error.code !== 422) throw error;
        tried.add(idOf(object));
        await remove(kind, was);
      }
    }),
  );
  await sideBySide([...plan.create].sort(firstNeeded), width, ({ kind, object }) =>
    attempt(object, () => client.create(kind, object)),
  );
}

/** What others read comes before them. */
const early = ['ServiceAccount', 'Secret', 'ConfigMap'];
const firstNeeded = (a: Placed, b: Placed): number => {
  const place = ({ kind }: Placed): number => (early.includes(kind.kind) ? early.indexOf(kind.kind) : early.length);
  return place(a) - place(b);
};
