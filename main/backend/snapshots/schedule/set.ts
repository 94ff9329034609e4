import type { ObjectRef } from '../../../contract/machine-ref.ts';
import type { Schedule } from '../../../contract/snapshot-schedule.ts';
import { machineGone } from '../../machines/present.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import type { OpenTarget } from '../../target/target.ts';
import { scheduleAnnotation, scheduleStateAnnotation } from './written.ts';

/** Sets, changes or (null) ends the schedule of a machine. Snapshots that it took stay. Throws `machine-not-found`, KubeError. */
export async function setSchedule(
  { client }: Pick<OpenTarget, 'client'>,
  ref: ObjectRef,
  schedule: Schedule | null,
  now = new Date(),
): Promise<void> {
  try {
    const { uid } = (await client.get(kinds.virtualMachines, ref.namespace, ref.name)).metadata;
    const annotations = {
      [scheduleAnnotation]: schedule && JSON.stringify({ ...schedule, uid, since: now.toISOString() }),
      [scheduleStateAnnotation]: null,
    };
    await client.patch(kinds.virtualMachines, ref, { metadata: { uid, annotations } });
  } catch (error) {
    throw isNotFound(error) ? machineGone(ref) : error;
  }
}
