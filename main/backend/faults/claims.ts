import type { FaultKind } from '../../contract/faults.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { OpenTarget } from '../target/target.ts';

/** Who does something about a fault just now. */
interface Holder {
  /** Ends when it has let go. */
  over: Promise<void>;
  /** Asks it to stop where it has changed nothing yet; undefined: it is somebody's wish, which is done to its end. */
  giveWay?: () => void;
}
export interface Claim {
  letGo(): void;
  /** Aborts when a person's wish waits for the place: what has not begun to change anything then ends. */
  signal: AbortSignal;
}

const held = new WeakMap<OpenTarget, Map<string, Holder>>();
const placeOf = (target: OpenTarget, { namespace, name }: ObjectRef, kind: FaultKind) => {
  const all = held.get(target) ?? new Map<string, Holder>();
  held.set(target, all);
  return { all, key: `${namespace}/${name} ${kind}` };
};

function take(all: Map<string, Holder>, key: string, givesWay: boolean): Claim {
  const wanted = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  all.set(key, { over: promise, ...(givesWay && { giveWay: () => wanted.abort() }) });
  const letGo = (): void => {
    all.delete(key);
    resolve();
  };
  return { letGo, signal: wanted.signal };
}

/** For what Hearth does by itself: gives way to people. Undefined where somebody is at it already. */
export function claimInPassing(target: OpenTarget, ref: ObjectRef, kind: FaultKind): Claim | undefined {
  const { all, key } = placeOf(target, ref, kind);
  return all.has(key) ? undefined : take(all, key, true);
}

/** For what a person asked for. Undefined where the same is done for another wish; what Hearth does by itself is waited for. */
export async function claimFault(target: OpenTarget, ref: ObjectRef, kind: FaultKind): Promise<Claim | undefined> {
  const { all, key } = placeOf(target, ref, kind);
  for (let holder = all.get(key); holder; holder = all.get(key)) {
    if (!holder.giveWay) return undefined;
    holder.giveWay();
    await holder.over;
  }
  return take(all, key, false);
}
