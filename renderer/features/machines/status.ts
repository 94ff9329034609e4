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
};

/** KubeVirt's status in plain words; those that are plain already stay. */
export function statusWord(status: string): string {
  const key = words[status];
  return key === undefined ? status : t(key);
}

/** Without the scheduler's count of nodes before the reason, where a reason follows. */
export const plainWhy = (why: string): string => why.replace(/^\d+\/\d+ nodes are available: [^.]*\.\s+(?=\S)/, '');
