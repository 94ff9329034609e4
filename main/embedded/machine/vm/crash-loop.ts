import { kubeTime } from '../spec.ts';

export interface StartFailure {
  consecutiveFailCount?: number;
  lastFailedVMIUID?: string;
  retryAfterTimestamp?: string;
}

/** 10 s × n², plus up to half of it, 300 s at most: KubeVirt's patience with a machine that fails before it runs. */
export function backoffSeconds(failures: number, random = Math.random()): number {
  const delay = 10 * failures ** 2;
  return Math.min(300, delay + Math.floor((random * delay) / 2));
}

/** The next record: counts a start that failed, forgets when the machine runs, else leaves it as it is. */
export function nextStartFailure(
  old: StartFailure | undefined,
  vmi: { uid: string; phase: string; hasRun: boolean } | undefined,
  now: Date,
  random?: number,
): StartFailure | undefined {
  if (!vmi) return old;
  if (vmi.hasRun) return undefined;
  if (vmi.phase !== 'Failed' || old?.lastFailedVMIUID === vmi.uid) return old;
  const consecutiveFailCount = (old?.consecutiveFailCount ?? 0) + 1;
  return {
    consecutiveFailCount,
    lastFailedVMIUID: vmi.uid,
    retryAfterTimestamp: kubeTime(new Date(now.getTime() + backoffSeconds(consecutiveFailCount, random) * 1000)),
  };
}

/** Only what is started by itself is waited with: a person who clicks Start has a reason (KubeVirt: shouldClearStartFailure). */
export const isPatient = (strategy: string): boolean => ['Always', 'RerunOnFailure', 'Once'].includes(strategy);

/** Milliseconds until the next start is due; 0 = now. */
export const waitBeforeStart = (failure: StartFailure | undefined, now: Date): number =>
  failure?.retryAfterTimestamp ? Math.max(0, Date.parse(failure.retryAfterTimestamp) - now.getTime()) : 0;
