import type { ImageRow } from '../../contract/image.ts';
import { rowKeys } from '../../contract/row-keys.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Workspace } from '../targets/workspace.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { pause } from '../target/live-list.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Milliseconds: an image may take until it is there; one that has trouble, which the cluster goes on with for ever; a look. */
export interface ImagePace {
  image: number;
  trouble: number;
  look: number;
}

/**
 * The image of the catalogue, ready in the library; one that is there, or on its way since before a restart, is not fetched
 * twice. Throws what stands in the way.
 */
export async function bringImage({ images }: Workspace, tasks: Tasks, id: string, signal: AbortSignal, pace: ImagePace): Promise<void> {
  const over = new AbortController();
  const rows = followRows(images, AbortSignal.any([signal, over.signal]));
  try {
    let taskId: string | undefined;
    const before = await rows.first(id);
    if (before?.state === 'ready') return;
    // What failed before is begun anew: its address, or its checksum, may be another one by now.
    if (before && (before.state === 'failed' || before.problem !== undefined)) {
      await images.handlers.remove({ namespace: before.namespace, name: before.name }, { signal });
      await rows.gone(id, pace.look);
    }
    if (!before || before.state !== 'importing' || before.problem !== undefined)
      ({ taskId } = await images.handlers.addFromCatalogue({ id }, { signal }));
    await arrival();

    async function arrival(): Promise<void> {
      let troubled = 0;
      for (const deadline = monotonic() + pace.image; ; await pause(pace.look, signal)) {
        signal.throwIfAborted();
        const row = rows.now(id);
        const task = taskId === undefined ? undefined : tasks.get(taskId);
        if (row?.state === 'ready') return;
        if (task?.state === 'failed' || task?.state === 'cancelled') throw new ProblemError(task.problem ?? stopped(id).problem);
        if (row?.state === 'failed') throw trouble(id, row.problem);
        troubled = row?.problem === undefined ? 0 : troubled || monotonic();
        if (troubled && monotonic() - troubled > pace.trouble) throw trouble(id, row?.problem);
        if (monotonic() > deadline) throw slow(id);
      }
    }
  } finally {
    over.abort();
  }
} // prettier-ignore

/** The rows of the library, as they are. */
function followRows(images: Workspace['images'], signal: AbortSignal) {
  const rows = new Map<string, ImageRow>();
  const find = (id: string): ImageRow | undefined =>
    [...rows.values()].find(({ name, catalogueId, golden }) => !golden && (name === id || catalogueId === id));
  let loaded: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (loaded = resolve));
  const follow = async (): Promise<void> => {
    for await (const update of images.handlers.watch({}, { signal })) {
      if (update.type === 'snapshot' || update.type === 'reset') rows.clear();
      if (update.type === 'delta') for (const key of update.removed) rows.delete(key);
      const fresh = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
      for (const row of fresh) rows.set(rowKeys.image(row), row);
      if (update.type === 'snapshot') loaded();
    }
  };
  // The end of the watch is the end of whoever asked.
  follow().finally(() => loaded()).catch(() => undefined); // prettier-ignore
  return {
    now: find,
    async first(id: string): Promise<ImageRow | undefined> {
      await first;
      signal.throwIfAborted();
      return find(id);
    },
    async gone(id: string, look: number): Promise<void> {
      while (find(id)) {
        signal.throwIfAborted();
        await pause(look, signal);
      }
    },
  };
}

const stopped = (id: string): ProblemError =>
  new ProblemError({
    code: 'image-stopped',
    title: 'Somebody stopped it',
    detail: `The image ${id} was not added.`,
    kind: 'cancelled',
  });
const trouble = (id: string, why: string | undefined): ProblemError =>
  new ProblemError({
    code: 'image-not-imported',
    title: 'The image could not be imported',
    detail: why ?? `The cluster gives no reason for ${id}.`,
    cause: 'No internet connection, a proxy in between, or the publisher moved the image.',
    fix: 'Look at the connection of the box, then try again.',
  });
const slow = (id: string): ProblemError =>
  new ProblemError({
    code: 'image-slow',
    title: 'The image takes too long',
    detail: `${id} was not there within hours. Its import goes on in the cluster.`,
    fix: 'Look at it on the page Images, and try again once it is there.',
  });
