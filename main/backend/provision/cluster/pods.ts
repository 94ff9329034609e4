import type { PodTrouble } from '../../../../provisioning/ladder/observations.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import { pickList, pickText } from '../../target/pick.ts';

const ordinary = new Set(['ContainerCreating', 'PodInitializing']);

/** What keeps pods from running, in their own words. Pure. */
export function podTroubles(pods: readonly KubeObject[]): PodTrouble[] {
  const troubles: PodTrouble[] = [];
  for (const pod of pods) {
    const name = pod.metadata.name ?? '';
    const unscheduled = pickList(pod, 'status', 'conditions').find(
      (each) => each['type'] === 'PodScheduled' && each['status'] === 'False',
    );
    if (unscheduled) {
      troubles.push({
        pod: name,
        reason: pickText(unscheduled, 'reason') ?? 'Unschedulable',
        message: pickText(unscheduled, 'message') ?? '',
      });
      continue;
    }
    for (const container of [
      ...pickList(pod, 'status', 'initContainerStatuses'),
      ...pickList(pod, 'status', 'containerStatuses'),
    ]) {
      const reason = pickText(container, 'state', 'waiting', 'reason');
      if (!reason || ordinary.has(reason)) continue;
      const last = pickText(container, 'lastState', 'terminated', 'message');
      troubles.push({
        pod: name,
        reason,
        message: (last ?? pickText(container, 'state', 'waiting', 'message') ?? '').trim(),
      });
    }
  }
  return troubles;
}
