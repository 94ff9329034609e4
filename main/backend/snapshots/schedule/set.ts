import type { ObjectRef } from '../../../contract/machine-ref.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Schedule } from '../../../contract/snapshot-schedule.ts';
import { machineGone } from '../../machines/present.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import type { OpenTarget } from '../../target/target.ts';
import { scheduleAnnotation, scheduleStateAnnotation } from './written.ts';

type Target = Pick<OpenTarget, 'client'>;

/**
 * Sets, changes or (null) ends the schedule of a machine. Snapshots that it took stay. Resolves with how an ended one comes back
 * as it was; undefined where there was none. Throws `machine-not-found`, KubeError.
 */
export async function setSchedule(
  { client }: Target,
  ref: ObjectRef,
  schedule: Schedule | null,
  now = new Date(),
): Promise<(() => Promise<void>) | undefined> {
  try {
    const { uid, annotations: before } = (await client.get(kinds.virtualMachines, ref.namespace, ref.name)).metadata;
    const annotations = {
      [scheduleAnnotation]: schedule && JSON.stringify({ ...schedule, uid, since: now.toISOString() }),
      [scheduleStateAnnotation]: null,
    };
    await client.patch(kinds.virtualMachines, ref, { metadata: { uid, annotations } });
    const written = before?.[scheduleAnnotation];
    if (schedule || written === undefined) return undefined;
    const state = before?.[scheduleStateAnnotation];
    return () => putBack({ client }, ref, uid, { [scheduleAnnotation]: written, ...(state !== undefined && { [scheduleStateAnnotation]: state }) }); // prettier-ignore
  } catch (error) {
    throw isNotFound(error) ? machineGone(ref) : error;
  }
}

/** Only on the same machine: a schedule says whose it is. One that was set meanwhile stays. */
async function putBack(
  { client }: Target,
  ref: ObjectRef,
  id: string | undefined,
  annotations: Record<string, string>,
): Promise<void> {
  try {
    const { uid, annotations: now } = (await client.get(kinds.virtualMachines, ref.namespace, ref.name)).metadata;
    if (uid !== id) throw machineGone(ref);
    const there = now?.[scheduleAnnotation];
    if (there === annotations[scheduleAnnotation]) return;
    if (there !== undefined)
      throw new ProblemError({
        code: 'already-exists',
        title: 'It has a schedule again',
        detail: `${ref.name} was given another schedule since the old one was ended.`,
        fix: 'End that one first, then undo again.',
        kind: 'denied',
      });
    await client.patch(kinds.virtualMachines, ref, { metadata: { uid, annotations } });
  } catch (error) {
    throw isNotFound(error) ? machineGone(ref) : error;
  }
}
