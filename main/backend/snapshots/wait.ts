import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';

type Ref = { namespace: string; name: string };

/** Waits until an object is as wanted: `undefined` means that it is gone. Throws what `holds` throws, AbortError on abort. */
export async function until<T>(
  target: OpenTarget,
  kind: Kind,
  ref: Ref,
  signal: AbortSignal,
  holds: (object: KubeObject | undefined) => T | undefined,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const look = (): void => {
    if (!collection?.synced) return;
    try {
      const result = holds(collection.get(ref.namespace, ref.name));
      if (result !== undefined) resolve(result);
    } catch (error) {
      reject(error);
    }
  };
  const stop = (): void => reject(new DOMException('aborted', 'AbortError'));
  let collection: ReturnType<OpenTarget['cache']['use']> | undefined;
  collection = target.cache.use(kind, ref.namespace, { changed: look, state: look });
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  else look();
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    collection.release();
  }
}

/** The machine has no instance any more: it is off. */
export const untilOff = (target: OpenTarget, ref: Ref, signal: AbortSignal): Promise<true> =>
  until(target, kinds.virtualMachineInstances, ref, signal, (vmi) => (vmi ? undefined : true));

export const failed = (title: string, detail: string, fix: string, code = 'snapshot-failed'): ProblemError =>
  new ProblemError({ code, title, detail, fix });
