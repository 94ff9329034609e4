import { t } from './text.ts';
import type { MachinesText } from './text.ts';

const words: Record<string, MachinesText> = {
  ErrorUnschedulable: 'status.ErrorUnschedulable',
  ErrorPvcNotFound: 'status.ErrorPvcNotFound',
  ErrorDataVolumeNotFound: 'status.ErrorDataVolumeNotFound',
  DataVolumeError: 'status.DataVolumeError',
  ErrImagePull: 'status.ErrImagePull',
  ImagePullBackOff: 'status.ImagePullBackOff',
  CrashLoopBackOff: 'status.CrashLoopBackOff',
  WaitingForVolumeBinding: 'status.WaitingForVolumeBinding',
  WaitingForReceiver: 'status.WaitingForReceiver',
  Running: 'status.Running',
  Stopped: 'status.Stopped',
  Paused: 'status.Paused',
  Starting: 'status.Starting',
  Stopping: 'status.Stopping',
  Provisioning: 'status.Provisioning',
  Migrating: 'status.Migrating',
  Terminating: 'status.Terminating',
};

/** KubeVirt's status in plain words of the page's language; what is not known stays. */
export function statusWord(status: string): string {
  const key = words[status];
  return key === undefined ? status : t(key);
}

/** Without the scheduler's count of nodes before the reason, where a reason follows. */
export const plainWhy = (why: string): string => why.replace(/^\d+\/\d+ nodes are available: [^.]*\.\s+(?=\S)/, '');
