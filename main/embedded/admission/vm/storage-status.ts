import type { KubeObject, Stored } from '../../kube/object.ts';
import type { StatusCause } from '../../kube/status-error.ts';
import { same } from '../rules.ts';
import { unsupportedCause, vmSpecOf } from './shapes.ts';

/** What may not change while a snapshot or a restore works on a machine (KubeVirt, pkg/storage/admitters/vm-storage-status.go). */
export function storageStatusCauses(object: KubeObject, old: Stored | undefined): StatusCause[] {
  if (!old) return [];
  const { restoreInProgress, snapshotInProgress } = (old.status ?? {}) as Record<string, string | undefined>;
  const [is, was] = [vmSpecOf(object), vmSpecOf(old)];
  if (restoreInProgress !== undefined && !same(is, was)) {
    const halted = is.running === undefined ? is.runStrategy === 'Halted' : !is.running;
    if (!halted)
      return [unsupportedCause('spec', `Cannot update VM runStrategy until restore "${restoreInProgress}" completes`)];
  }
  if (snapshotInProgress === undefined) return [];
  if (!same(is.template.spec?.volumes, was.template.spec?.volumes))
    return [
      unsupportedCause('spec', `Cannot update vm disks or volumes until snapshot "${snapshotInProgress}" completes`),
    ];
  if (is.running !== was.running || is.runStrategy !== was.runStrategy)
    return [
      unsupportedCause('spec', `Cannot update vm running state until snapshot "${snapshotInProgress}" completes`),
    ];
  return [];
}
