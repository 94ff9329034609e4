import type { KubeObject } from '../../kube/object.ts';
import { setCondition } from '../conditions.ts';
import { draftStatus, kubeTime } from '../spec.ts';
import type { VmiStatus } from '../spec.ts';

export type Phase = 'Pending' | 'Scheduling' | 'Scheduled' | 'Running' | 'Succeeded' | 'Failed';

/** Moves a draft to a phase and notes when. */
export function setPhase(draft: KubeObject, phase: Phase): void {
  const status = draftStatus<VmiStatus>(draft);
  if (status.phase === phase) return;
  status.phase = phase;
  const stamps = (status.phaseTransitionTimestamps ??= []).filter((stamp) => stamp.phase !== phase);
  status.phaseTransitionTimestamps = [...stamps, { phase, phaseTransitionTimestamp: kubeTime() }];
  if (phase !== 'Running')
    setCondition(status, {
      type: 'Ready',
      status: 'False',
      reason: 'GuestNotRunning',
      message: 'Guest VM is not reported as running',
    });
}

/** A final phase with its why. */
export function setOver(draft: KubeObject, phase: 'Succeeded' | 'Failed', reason: string, message: string): void {
  setPhase(draft, phase);
  const status = draftStatus<VmiStatus>(draft);
  status.reason = reason;
  status.conditions = (status.conditions ?? []).filter(
    ({ type }) => !['Paused', 'AgentConnected', 'NoSignOfLife', 'PodScheduled'].includes(type),
  );
  if (phase === 'Failed') setCondition(status, { type: 'Synchronized', status: 'False', reason, message });
}
