import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { quantity } from '../target/quantity.ts';
import { pickText } from '../target/pick.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import type { ImageList } from './list.ts';
import { annotation, imageStatus } from './row.ts';

const mib = (bytes: number): string => (bytes / 1024 ** 2).toFixed(bytes < 10 * 1024 ** 2 ? 1 : 0);

/** "212 of 431 MiB, 38 MiB/s" and the seconds left, from counts. Pure. */
export function transferText(done: number, total?: number, rate?: number): { detail: string; secondsLeft?: number } {
  const amount = total ? `${mib(done)} of ${mib(total)} MiB` : `${mib(done)} MiB`;
  if (!rate) return { detail: amount };
  const left = total ? { secondsLeft: Math.max(0, Math.round((total - done) / rate)) } : {};
  return { detail: `${amount}, ${mib(rate)} MiB/s`, ...left };
}

/** Progress of an import as the target tells it. Pure. */
export function importProgress(volume: KubeObject): Parameters<TaskHandle['update']>[0] {
  const { progress, problem } = imageStatus(volume, true);
  const done = quantity(annotation(volume, 'bytes-done'));
  const total = quantity(annotation(volume, 'bytes-total'));
  const rate = quantity(annotation(volume, 'bytes-per-second'));
  const text: { detail?: string; secondsLeft?: number } = done === undefined ? {} : transferText(done, total, rate);
  // All bytes are here: what the progress counts from now on is the check and the conversion.
  const converting = total !== undefined && done === total;
  return {
    progress,
    detail: problem ?? (converting ? 'Checking and converting' : text.detail),
    secondsLeft: converting ? undefined : text.secondsLeft,
  };
}

/**
 * Waits until the image reaches a state. Rejects with the reason when the import fails or the image is removed, and with
 * AbortError on abort. Shows the progress in the task on the way.
 */
export function imageReaches(
  list: ImageList,
  name: string,
  reached: (volume: KubeObject) => boolean,
  task: Pick<TaskHandle, 'signal' | 'update'>,
): Promise<KubeObject> {
  return new Promise((resolve, reject) => {
    let seen = false;
    let stop: (() => void) | undefined;
    const end = (settle: () => void): void => {
      task.signal.removeEventListener('abort', abort);
      // The first call comes from inside follow(), before `stop` is there.
      queueMicrotask(() => stop?.());
      settle();
    };
    const abort = (): void => end(() => reject(new DOMException('cancelled', 'AbortError')));
    task.signal.addEventListener('abort', abort, { once: true });
    if (task.signal.aborted) return abort();
    stop = list.follow(name, (volume) => {
      if (!volume) {
        // The watch may be a moment behind the creation.
        if (seen) end(() => reject(removedMeanwhile(name)));
        return;
      }
      seen = true;
      if (reached(volume)) return end(() => resolve(volume));
      const { state, problem } = imageStatus(volume, true);
      if (state === 'failed') return end(() => reject(importProblem(volume, problem ?? '')));
      task.update(importProgress(volume));
    });
  });
}

export const isReady = (volume: KubeObject): boolean => imageStatus(volume, true).state === 'ready';

const removedMeanwhile = (name: string): ProblemError =>
  new ProblemError({
    code: 'image-removed',
    title: 'The image was removed',
    detail: `${name} was removed while it was being imported.`,
    kind: 'cancelled',
  });

/** The target's own words; its reason becomes the stable code, e.g. `import-checksum-mismatch`. */
export function importProblem(volume: KubeObject, message: string): ProblemError {
  const conditions = (volume.status?.['conditions'] ?? []) as { type?: string; reason?: string }[];
  const reason = conditions.find((condition) => condition.type === 'Running')?.reason ?? 'Error';
  const slug = reason
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  const url = pickText(volume, 'spec', 'source', 'http', 'url');
  return new ProblemError({
    code: `import-${slug}`,
    title: 'The image could not be imported',
    detail: message,
    fix: 'Remove the failed image, mend what is named here, and add it again.',
    ...(url && { command: `GET ${url}` }),
  });
}
