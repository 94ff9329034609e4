import { isAbsolute, join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { SetResult, SetSource, SetState } from '../../contract/sets.ts';
import { turnsByKey } from '../shared-file.ts';
import { acting } from '../target/acting.ts';
import { createLiveValue } from '../target/live-value.ts';
import type { Scope } from '../target/scope.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { readChecked } from './changes.ts';
import { startFollowing } from './follow.ts';
import { gather } from './gather.ts';
import { refuseAddress } from './git.ts';
import { nameOfSet, refuseFindings, shownPlan } from './plan.ts';
import type { Pruning } from './prune.ts';
import { readObjects } from './read.ts';
import type { Source } from './read.ts';
import { applySet, emptyResult, refuseUndone } from './run.ts';
import { openStore } from './store.ts';
import type { Follow } from './store.ts';
import { writeFolder } from './write.ts';

export interface SetsParts extends Pick<Scope, 'target' | 'follow' | 'tasks' | 'paths' | 'log' | 'ending'> {
  /** Opens a target without showing it. */
  open(id: string): Promise<OpenTarget>;
  /** Whether a target is registered. */
  isKnown(id: string): boolean;
  /** Told when the registered targets may have changed. */
  changes(signal: AbortSignal): AsyncIterable<unknown>;
  /** As `Targets.onForgotten`. */
  onForgotten(tell: (id: string) => void): () => void;
}
export const setsFile = 'sets.json';

/** Everything declarative of a target as a folder: written, applied, and followed while Hearth runs. */
export async function openSets(parts: SetsParts): Promise<{ handlers: ContractHandlers['sets']; close(): Promise<void> }> {
  const { tasks, paths, log, ending } = parts;
  const store = await openStore(join(paths.root, setsFile), log);
  const followers = new Map<string, ReturnType<typeof startFollowing>>();
  const busy = new Set<string>();
  const version = createLiveValue(0);
  const changed = (): void => version.set(version.value + 1);
  /** Two applies of one target would run into each other... */
  const applies = turnsByKey();
  /** ...and of two followers that begin at once nobody would end the first. */
  const steering = turnsByKey();
  const inTurn = <T>(id: string, work: () => Promise<T>): Promise<T> =>
    applies(id, async () => {
      busy.add(id);
      changed();
      try {
        return await work();
      } finally {
        busy.delete(id);
        changed();
      }
    });
  const keep = async (id: string, last: SetResult): Promise<void> => {
    // A cluster that gets the name of a forgotten one has not applied anything.
    if (!parts.isKnown(id)) return;
    await store.put(id, { last });
    changed();
  };
  /** Applies and keeps what came of it, also of what failed as a whole. Throws what failed. */
  const applied = (target: OpenTarget, name: string, source: Source, how: Pruning, task: Pick<TaskHandle, 'signal' | 'update' | 'endStep'>): Promise<SetResult> =>
    inTurn(idOf(target), async () => {
      try {
        const result = await applySet(target, name, source, how, task);
        await keep(idOf(target), result);
        return result;
      } catch (error) {
        if (!ending.aborted) await keep(idOf(target), failed(name, source.commit, error));
        throw error;
      }
    }); // prettier-ignore
  const asTask = (target: OpenTarget, name: string, source: Source, how: Pruning) => {
    let result: SetResult | undefined;
    const { id, done } = tasks.start({ type: 'set-apply', title: `Applying the set ${name}` }, async (task) => {
      result = await applied(target, name, source, how, task);
      refuseFindings(result.findings);
      refuseUndone(result);
    });
    return { id, done: done.then((task) => ({ result, task })) };
  };

  const followParts = {
    folder: join(paths.root, 'sets'),
    log,
    told: keep,
    async apply(id: string, { name, prune, pruneDisks }: Follow, source: Source, quiet: boolean, signal: AbortSignal) {
      try {
        const target = await parts.open(id);
        const how = { prune, pruneDisks };
        if (quiet) return await applied(target, name, source, how, { signal, update: () => undefined, endStep: () => undefined }); // prettier-ignore
        const { id: taskId, done } = asTask(target, name, source, how);
        const stop = (): void => void tasks.cancel(taskId);
        signal.addEventListener('abort', stop, { once: true });
        const { result, task } = await done;
        signal.removeEventListener('abort', stop);
        if (result) return result;
        return failed(name, source.commit, task.problem ? new ProblemError(task.problem) : new Error('It was stopped.'));
      } catch (error) {
        signal.throwIfAborted();
        return failed(name, source.commit, error);
      }
    },
  };
  // Who asked for it, or whose call loaded this, does not act in all that comes of it later.
  const begin = (id: string, follow: Follow): void =>
    acting.exit(() => void followers.set(id, startFollowing(id, follow, followParts)));
  const end = async (id: string): Promise<void> => {
    const follower = followers.get(id);
    followers.delete(id);
    await follower?.stop();
  };
  /** A target that is no more follows nothing, and another one that gets its id begins with nothing. */
  const forgetThose = async (gone: readonly string[]): Promise<void> => {
    for (const id of gone)
      await steering(id, async () => {
        await end(id);
        await store.drop(id);
      });
    if (gone.length > 0) changed();
  };
  const drop = (gone: readonly string[]): Promise<void> =>
    forgetThose(gone).catch((error: unknown) =>
      log.error({ err: error }, 'the set of a forgotten target is not ended'),
    );
  const tidy = (): Promise<void> => drop(store.known().filter((id) => !parts.isKnown(id)));
  await tidy();
  // One that is added anew at once is never seen to be gone.
  const stopListening = parts.onForgotten((id) => void drop(store.known().filter((each) => each === id)));
  for (const id of store.followed()) {
    const { follow } = store.get(id);
    if (follow && parts.isKnown(id)) begin(id, follow);
  }
  const over = new AbortController();
  const looking = (async () => {
    for await (const _ of parts.changes(over.signal)) await tidy();
  })().catch((error: unknown) => {
    if (!over.signal.aborted) log.error({ err: error }, 'sets of forgotten targets are not ended any more');
  });

  const handlers: ContractHandlers['sets'] = {
    async export({ dir, namespaces, overwrite }) {
      needAbsolute(dir);
      return writeFolder(dir, await gather(parts.target().client, namespaces), overwrite);
    },
    async plan({ dir, name, ...how }, { signal }) {
      needAbsolute(dir);
      return shownPlan(parts.target(), nameOfSet(dir, name), await readChecked(dir, asSignal(signal)), how, asSignal(signal)); // prettier-ignore
    },
    async apply({ dir, name, ...how }, { signal }) {
      needAbsolute(dir);
      const target = parts.target();
      const source = await readChecked(dir, asSignal(signal));
      refuseFindings((await readObjects(source, asSignal(signal))).findings);
      return { taskId: asTask(target, nameOfSet(dir, name), source, how).id };
    },
    async follow({ source, name, prune, pruneDisks }) {
      const id = idOf(parts.target());
      if (source.type === 'git') refuseAddress(source.url);
      else needAbsolute(source.dir);
      const follow = { name: nameOfSet(whereOf(source), name), source, prune, pruneDisks };
      await steering(id, async () => {
        await end(id);
        await store.put(id, { follow, last: undefined });
        begin(id, follow);
      });
      changed();
    },
    async forget() {
      const id = idOf(parts.target());
      await steering(id, async () => {
        await end(id);
        await store.put(id, { follow: undefined });
      });
      changed();
    },
    async applyNow() {
      const follower = followers.get(idOf(parts.target()));
      if (follower) return follower.now();
      throw new ProblemError({ code: 'set-not-followed', title: 'This target follows no folder', detail: 'There is nothing to look at.', fix: 'Begin with `hearth set follow`.' }); // prettier-ignore
    },
    watch: (_input, { signal }) =>
      parts.follow(signal, async function* states(target, over): AsyncGenerator<SetState> {
        for await (const _ of version.watch(over)) {
          const { follow, last } = store.get(idOf(target));
          yield { ...(follow && { follow }), busy: busy.has(idOf(target)), ...(last && { last }) };
        }
      }),
  };
  return {
    handlers,
    async close() {
      stopListening();
      over.abort();
      await looking;
      await Promise.all([...followers.keys()].map(end));
    },
  };
} // prettier-ignore
const idOf = (target: OpenTarget): string => target.state.value.id;
const asSignal = (signal: unknown): AbortSignal => signal as AbortSignal;
/** What a set is named after: two folders of one repository are two sets. */
const whereOf = (source: SetSource): string => (source.type === 'folder' ? source.dir : source.within || source.url);
const failed = (name: string, commit: string | undefined, error: unknown): SetResult => {
  const { title, detail, fix } = asProblem(error);
  return { ...emptyResult(name, commit), ok: false, problem: { title, detail, ...(fix !== undefined && { fix }) } };
};

/** A way that begins nowhere would begin where Hearth happened to be started. */
function needAbsolute(dir: string): void {
  if (isAbsolute(dir)) return;
  throw new ProblemError({ code: 'set-folder', title: 'This is no whole path', detail: `${dir} does not begin at the top.`, fix: 'Give the whole path of the folder.' }); // prettier-ignore
}
