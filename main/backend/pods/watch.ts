import type { KubeObject } from '../../contract/kube.ts';
import type { ListUpdate } from '../../contract/machine.ts';
import { podKindSchema } from '../../contract/pods.ts';
import type { PodDetail, PodKind, PodRow, WorkRef } from '../../contract/pods.ts';
import { ProblemError } from '../../contract/problem.ts';
import { rowKeys } from '../../contract/row-keys.ts';
import type { Collection } from '../target/collection.ts';
import { kinds } from '../target/kinds.ts';
import { createLiveList } from '../target/live-list.ts';
import { createPaced } from '../target/paced.ts';
import { redraw } from '../target/redraw.ts';
import type { OpenTarget } from '../target/target.ts';
import { yamlOf } from './manifest.ts';
import { ownerOf, podRow, workloadKinds, workRow } from './rows.ts';

type Workload = Exclude<PodKind, 'Pod'>;
const workloads = podKindSchema.options.filter((kind): kind is Workload => kind !== 'Pod');
/** Milliseconds in which a workload hears of all that happens to its Pods at once. */
const settle = 100;

const ownerKey = (pod: KubeObject): string | undefined => {
  const owner = ownerOf(pod);
  return owner && `${owner.kind}/${pod.metadata.namespace}/${owner.name}`;
};

/** Workloads and Pods of a target, as they change: a row is made anew when its own object does, or one of its Pods. */
export async function* watchPods(
  target: Pick<OpenTarget, 'cache'>,
  signal: AbortSignal,
): AsyncGenerator<ListUpdate<PodRow>> {
  const list = createLiveList<PodRow>();
  /** Rows of Pods by what keeps them. */
  const kept = new Map<string, Map<string, PodRow>>();
  const keepers = new Map<string, string>();
  const dirty = new Set<string>();
  const objects = new Map<string, KubeObject>();
  const paced = createPaced(() => {
    for (const key of dirty) {
      const object = objects.get(key);
      if (object) list.set(key, workRow(object, [...(kept.get(key)?.values() ?? [])]));
    }
    dirty.clear();
  }, settle);
  const touched = (key: string | undefined): void => {
    if (key === undefined) return;
    dirty.add(key);
    paced.touch();
  };
  const pods = target.cache.use(kinds.pods, undefined, {
    changed(key, pod) {
      const before = keepers.get(key);
      if (before !== undefined) kept.get(before)?.delete(key);
      touched(before);
      if (!pod) {
        keepers.delete(key);
        list.delete(`Pod/${key}`);
        return;
      }
      const row = podRow(pod);
      list.set(rowKeys.pod(row), row);
      const keeper = ownerKey(pod);
      if (keeper === undefined) return void keepers.delete(key);
      keepers.set(key, keeper);
      kept.set(keeper, (kept.get(keeper) ?? new Map<string, PodRow>()).set(key, row));
      touched(keeper);
    },
    // A cache that is open already tells its state while `use` still runs, before `pods` is there.
    state: () => queueMicrotask(sync),
  });
  const others = workloads.map((kind) =>
    target.cache.use(workloadKinds[kind], undefined, {
      changed(name, object) {
        const key = `${kind}/${name}`;
        if (object) {
          objects.set(key, object);
          list.set(key, workRow(object, [...(kept.get(key)?.values() ?? [])]));
        } else {
          objects.delete(key);
          list.delete(key);
        }
      },
      state: () => queueMicrotask(sync),
    }),
  );
  function sync(): void {
    // A kind that this user may not see never comes: the others are shown.
    const known = ({ synced, lost }: Collection): boolean => synced || lost !== undefined;
    if (pods.synced && others.every(known)) list.ready();
    if (pods.lost) list.stale(pods.lost.problem);
    else list.live();
  }
  try {
    yield* list.watch(signal);
  } finally {
    paced.stop();
    for (const each of [pods, ...others]) each.release();
  }
}

/** One of them, with its manifest and, of a workload, its Pods. Ends with `pod-gone` where it is not there. */
export const watchPodDetail = (
  target: Pick<OpenTarget, 'cache'>,
  { kind, namespace, name }: WorkRef,
  signal: AbortSignal,
): AsyncGenerator<PodDetail> =>
  redraw(target.cache, signal, ({ use }) => {
    const key = `${namespace}/${name}`;
    const own = use(workloadKinds[kind], namespace, (changed) => changed === key);
    const all = kind === 'Pod' ? undefined : use(kinds.pods, namespace);
    return {
      first: Promise.all([own.whenSynced(signal), all?.whenSynced(signal)]),
      draw: () => {
        const object = own.get(namespace, name);
        if (!object) throw gone({ kind, namespace, name });
        const pods = [...(all?.values() ?? [])].filter((pod) => ownerKey(pod) === `${kind}/${key}`).map(podRow);
        const row = kind === 'Pod' ? podRow(object) : workRow(object, pods);
        return { row, yaml: yamlOf(object), pods: pods.toSorted((a, b) => a.name.localeCompare(b.name, 'en')) };
      },
    };
  });

export const gone = ({ kind, namespace, name }: WorkRef): ProblemError =>
  new ProblemError({
    code: 'pod-not-found',
    title: `There is no ${kind} ${name} (any more)`,
    detail: `${namespace}/${name} was deleted, or is on another target.`,
    fix: 'Go back to the list.',
  });
