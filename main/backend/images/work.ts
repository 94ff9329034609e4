import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';
import { ensureNamespace } from '../target/namespace.ts';
import type { TaskHandle, Tasks } from '../tasks/tasks.ts';
import { imageReaches, isReady } from './follow.ts';
import { imageStatus } from './row.ts';
import { pause } from '../target/live-list.ts';
import type { ImageList } from './list.ts';
import { imageNamespace, imageObject } from './manifest.ts';
import type { ImageSpec } from './manifest.ts';

export interface Started {
  taskId: string;
  image: ObjectRef;
}
export interface ImageWork {
  /** Runs work on an image as a task, one at a time for each image. A cancelled one takes the image away again, then calls `cancelled`. */
  run(
    name: string,
    spec: { type: string; title: string; steps: string[] },
    work: (task: TaskHandle) => Promise<void>,
    cancelled?: () => Promise<void>,
  ): Started;
  /** Cancels the task that works on this image, if any, and waits for its end. */
  stop(name: string): Promise<void>;
  /** The task that works on this image now. */
  taskOf(name: string): string | undefined;
  create(spec: ImageSpec, signal: AbortSignal): Promise<void>;
  /** Waits until the target has the image ready. */
  finish(name: string, task: TaskHandle): Promise<void>;
  /** Deletes the image on the target; nothing happens when it is gone already. */
  discard(name: string): Promise<void>;
  /** Throws when the library has an image of this name. One whose import failed for good goes: it never was one. */
  free(name: string): Promise<void>;
  /** Forgets the tasks of an earlier run of Hearth that its end interrupted: they read as if somebody had cancelled them. */
  forgetInterrupted(name: string): Promise<void>;
  /** Hearth ends: what runs now goes on later and is not taken for cancelled. */
  closing(): void;
  /** Ends the tasks that run now, and waits for it. */
  halt(): Promise<void>;
}

export function createWork(target: OpenTarget, tasks: Tasks, list: ImageList, log: Log): ImageWork {
  const running = new Map<string, { id: string; done: Promise<unknown> }>();
  let ends = false;
  const work: ImageWork = {
    run(name, spec, doIt, cancelled) {
      list.working(name, true);
      const object = { kind: 'Image', namespace: imageNamespace, name };
      const { id, done } = tasks.start({ ...spec, object }, async (task) => {
        try {
          await doIt(task);
        } catch (error) {
          if (task.signal.aborted && !ends) {
            await work.discard(name);
            await cancelled?.();
          }
          throw error;
        }
      });
      const over = done.finally(() => {
        if (running.get(name)?.id === id) running.delete(name);
        list.working(name, false);
      });
      running.set(name, { id, done: over });
      over.catch((error: unknown) => log.error({ err: error, image: name }, 'an image task could not be ended'));
      return { taskId: id, image: { namespace: imageNamespace, name } };
    },
    async stop(name) {
      const task = running.get(name);
      if (!task) return;
      tasks.cancel(task.id);
      await task.done;
    },
    taskOf: (name) => running.get(name)?.id,
    async create(spec, signal) {
      await ensureNamespace(target, imageNamespace);
      await target.client.create(kinds.dataVolumes, imageObject(spec), { signal });
    },
    async finish(name, task) {
      await imageReaches(list, name, isReady, task);
    },
    async discard(name) {
      try {
        await target.client.delete(kinds.dataVolumes, { namespace: imageNamespace, name });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
    async free(name) {
      const there = await list.volume(name);
      if (!running.has(name) && !there) return;
      if (!running.has(name) && there && imageStatus(there, false).state === 'failed') {
        await work.discard(name);
        const signal = AbortSignal.timeout(30_000);
        while (!signal.aborted && (await list.volume(name))) await pause(50, signal);
        if (!signal.aborted) return;
      }
      throw new ProblemError({
        code: 'already-exists',
        title: 'There is an image of that name already',
        detail: `The library has an image named ${name}.`,
        fix: 'Choose another name, or remove that image first.',
        fields: { name: 'taken' },
      });
    },
    async forgetInterrupted(name) {
      const done = new AbortController();
      for await (const update of tasks.watch(done.signal)) {
        const all = update.type === 'snapshot' ? update.items : [];
        for (const { id, state, object } of all)
          if (state === 'cancelled' && object?.kind === 'Image' && object.name === name) tasks.dismiss(id);
        break;
      }
      done.abort();
    },
    closing() {
      ends = true;
    },
    async halt() {
      for (const name of running.keys()) await work.stop(name);
    },
  };
  return work;
}
