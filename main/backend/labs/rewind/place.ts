import { labNamespace } from '../../../contract/labs/words.ts';
import type { Capability } from '../../../contract/target.ts';
import { checkpointLabel } from '../../snapshots/names.ts';
import { KubeError } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import type { Kind } from '../../target/kinds.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { pickText } from '../../target/pick.ts';
import { listServed } from '../../target/served.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { Records } from './record.ts';
import { sideBySide } from './side-by-side.ts';

/** One run of a lab on one target. */
export interface Place {
  target: OpenTarget;
  /** The lab's name. */
  lab: string;
  namespace: string;
  records: Records;
}
export const placeOf = (target: OpenTarget, lab: string, records: Records): Place => ({
  target,
  lab,
  namespace: labNamespace(lab),
  records,
});

/** Machines that are worked on at the same time: enough for small labs, and a large one does not take the whole computer. */
export const machinesAtOnce = 4;

export const ability = ({ target }: Place, id: Capability['id']): Capability | undefined =>
  target.state.value.capabilities.find((each) => each.id === id);

/** Deletes it; one that is gone is no failure. */
export async function discard({ target, namespace }: Place, kind: Kind, name: string, uid?: string): Promise<void> {
  await target.client.delete(kind, { namespace, name }, uid === undefined ? {} : { uid }).catch((error: unknown) => {
    if (!isNotFound(error) && !(error instanceof KubeError && error.code === 409)) throw error;
  });
}

/** Removes snapshots and restores of checkpoints that there are none of (any more): given up, cut short, dropped. */
export async function sweep(place: Place): Promise<void> {
  const { target, namespace, records } = place;
  const known = new Set((await records.list()).map(({ id }) => id));
  await sideBySide([kinds.virtualMachineRestores, kinds.virtualMachineSnapshots], 1, async (kind) => {
    const ours = await listServed(target.client, kind, namespace, checkpointLabel);
    const stray = ours.filter(
      (each) => kind === kinds.virtualMachineRestores || !known.has(pickText(each, 'metadata', 'labels', checkpointLabel) ?? ''),
    ); // prettier-ignore
    await sideBySide(stray, machinesAtOnce, ({ metadata }) => discard(place, kind, metadata.name ?? '', metadata.uid));
  });
}
