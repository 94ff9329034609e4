import en from '../../assets/locales/en/events.json' with { type: 'json' };
import type { EventRow } from '../../main/contract/machine.ts';
import { texts } from './text.ts';

const t = texts('events', en);

type Words = keyof typeof en | ((row: EventRow, match: RegExpExecArray | undefined) => string);
interface Rule {
  reason: RegExp;
  /** The message must fit as well. */
  message?: RegExp;
  words: Words;
}

/**
 * What a reason of Kubernetes, KubeVirt or CDI means, in plain words; the first that fits. Reasons are those of
 * kubernetes/pkg/kubelet/events, kubevirt/pkg/virt-controller and virt-handler, containerized-data-importer/pkg/controller.
 */
const rules: readonly Rule[] = [
  // Of the Quick lab alone: sentences already, however long.
  { reason: /^(ClockNotSet|DiskFull|DiskKept|FeaturesLeftOut|Interface\w+|MachineLeftAlone|Memory(Not)?Restored|Network(Interrupted|Restored)|ObjectSetAside|OwnerLost|PortConflict|RecordRestored|TpmLost)$/, words: ({ message }) => message },
  { reason: /^FailedScheduling$/, message: /insufficient memory/i, words: 'failedScheduling' },
  { reason: /^FailedScheduling$/, message: /insufficient cpu/i, words: 'failedScheduling2' },
  { reason: /^FailedScheduling$/, message: /insufficient devices\.kubevirt\.io\/kvm/i, words: 'failedScheduling3' },
  { reason: /^FailedScheduling$/, message: /unbound immediate PersistentVolumeClaims|persistentvolumeclaim "?([\w.-]+)"? not found/i, words: 'failedScheduling4' },
  { reason: /^FailedScheduling$/, message: /unschedulable|cordon/i, words: 'failedScheduling5' },
  { reason: /^FailedScheduling$/, message: /taint/i, words: 'failedScheduling6' },
  { reason: /^FailedScheduling$/, message: /node affinity|selector/i, words: 'failedScheduling7' },
  { reason: /^FailedScheduling$/, words: 'failedScheduling8' },
  { reason: /^Scheduled$/, message: /assigned \S+ to (\S+)/i, words: (_row, found) => t('scheduledTo', { node: found?.[1] ?? '' }) },
  { reason: /^Scheduled$/, words: 'scheduled' },
  { reason: /^Preempt/, words: 'preempt' },
  { reason: /^Evict/, words: 'evict' },
  { reason: /^(Pulling|ImagePulling)$/, words: 'pulling' },
  { reason: /^Pulled$/, words: 'pulled' },
  { reason: /^(ErrImagePull|ImagePullBackOff|FailedPull)$|^Failed$/, message: /pull|image/i, words: 'errImagePull' },
  { reason: /^BackOff$/, message: /pulling image/i, words: 'backOff' },
  { reason: /^BackOff$/, words: 'backOff2' },
  { reason: /^Created$/, message: /container/i, words: 'created' },
  { reason: /^Created$/, words: 'created2' },
  { reason: /^Started$/, words: 'started' },
  { reason: /^Killing$/, words: 'killing' },
  { reason: /^Unhealthy$/, words: 'unhealthy' },
  { reason: /^FailedMount$|^FailedAttachVolume$|^FailedMapVolume$/, words: 'failedMount' },
  { reason: /^SuccessfulAttachVolume$|^SuccessfulMountVolume$/, words: 'successfulAttachVolume' },
  { reason: /^(WaitForFirstConsumer|WaitForPodScheduled)$/, words: 'waitForFirstConsumer' },
  { reason: /^(ExternalProvisioning|Provisioning)$/, words: 'externalProvisioning' },
  { reason: /^ProvisioningSucceeded$/, words: 'provisioningSucceeded' },
  { reason: /^ProvisioningFailed$/, message: /exceeded quota|quota/i, words: 'provisioningFailed' },
  { reason: /^ProvisioningFailed$/, message: /space|capacity/i, words: 'provisioningFailed2' },
  { reason: /^ProvisioningFailed$/, words: 'provisioningFailed3' },
  { reason: /^FailedBinding$/, words: 'failedBinding' },
  { reason: /^VolumeResizeSuccessful$|^FileSystemResizeSuccessful$/, words: 'volumeResizeSuccessful' },
  { reason: /^VolumeResizeFailed$/, words: 'volumeResizeFailed' },
  { reason: /^Resizing$|^FileSystemResizeRequired$/, words: 'resizing' },
  { reason: /^ImportScheduled$|^ImportInProgress$/, words: 'importScheduled' },
  { reason: /^ImportSucceeded$/, words: 'importSucceeded' },
  { reason: /^ImportFailed$|^FailedDataVolumeImport$/, words: 'importFailed' },
  { reason: /^CloneScheduled$|^CloneInProgress$|^SmartClone|^CSICloneInProgress$/, words: 'cloneScheduled' },
  { reason: /^CloneSucceeded$/, words: 'cloneSucceeded' },
  { reason: /^CloneFailed$|^CloneValidationFailed$/, words: 'cloneFailed' },
  { reason: /^CloneSourceInUse$/, words: 'cloneSourceInUse' },
  { reason: /^UploadScheduled$|^UploadReady$/, words: 'uploadScheduled' },
  { reason: /^UploadSucceeded$/, words: 'uploadSucceeded' },
  { reason: /^UploadFailed$/, words: 'uploadFailed' },
  { reason: /^SnapshotForSmartClone/, words: 'snapshotForSmartClone' },
  { reason: /^SuccessfulCreate$/, message: /virtual machine instance|VirtualMachineInstance/i, words: 'successfulCreate' },
  { reason: /^SuccessfulCreate$/, message: /pod/i, words: 'successfulCreate2' },
  { reason: /^SuccessfulCreate$/, message: /datavolume|persistentvolumeclaim/i, words: 'successfulCreate3' },
  { reason: /^SuccessfulCreate$/, words: 'successfulCreate4' },
  { reason: /^FailedCreate$/, message: /quota/i, words: 'failedCreate' },
  { reason: /^FailedCreate$/, words: 'failedCreate2' },
  { reason: /^SuccessfulDelete$/, message: /virtual machine instance|VirtualMachineInstance/i, words: 'successfulDelete' },
  { reason: /^SuccessfulDelete$/, words: 'successfulDelete2' },
  { reason: /^SuccessfulHandOver$/, words: 'successfulHandOver' },
  { reason: /^Stopped$/, words: 'stopped' },
  { reason: /^ShuttingDown$|^PreparingTarget$/, words: 'shuttingDown' },
  { reason: /^Deleted$/, words: 'deleted' },
  { reason: /^Migrating$|^SuccessfulMigration$/, words: 'migrating' },
  { reason: /^FailedMigration$/, words: 'failedMigration' },
  { reason: /^(Paused|PausedByUser)$/, words: 'paused' },
  { reason: /^PausedIOError$|^IOerror$/, words: 'pausedIOError' },
  { reason: /^Resumed$|^Unpaused$/, words: 'resumed' },
  { reason: /^(AccessCredentialsSyncSuccess)$/, words: 'accessCredentialsSyncSuccess' },
  { reason: /^AccessCredentialsSyncFailed$/, words: 'accessCredentialsSyncFailed' },
  { reason: /^SyncFailed$|^SynchronizedError$/, words: 'syncFailed' },
  { reason: /^ProcessGone$|^Crashed$/, words: 'processGone' },
  { reason: /^RestartRequired$/, words: 'restartRequired' },
  { reason: /^FailedGuestConnection$|^AgentDisconnected$/, words: 'failedGuestConnection' },
  { reason: /^VirtualMachineSnapshotFailed$|^SnapshotFailed$/, words: 'virtualMachineSnapshotFailed' },
  { reason: /SnapshotContent(Ready|Create)|^SuccessfulVirtualMachineSnapshotContentCreate$/, words: 'snapshotContentReady' },
  { reason: /^VirtualMachineRestoreComplete$/, words: 'virtualMachineRestoreComplete' },
  { reason: /^VirtualMachineRestoreError$/, words: 'virtualMachineRestoreError' },
  { reason: /^NodeReady$/, words: 'nodeReady' },
  { reason: /^NodeNotReady$/, words: 'nodeNotReady' },
  { reason: /^NodeHasDiskPressure$/, words: 'nodeHasDiskPressure' },
  { reason: /^NodeHasInsufficientMemory$|^SystemOOM$|^OOMKilling$/, words: 'nodeHasInsufficientMemory' },
  { reason: /^Rebooted$/, words: 'rebooted' },
  { reason: /^NodeSchedulable$/, words: 'nodeSchedulable' },
  { reason: /^NodeNotSchedulable$/, words: 'nodeNotSchedulable' },
]; // prettier-ignore

const wordsOfReason = (reason: string): string => {
  const text = reason.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
};
/** A sentence of the target that a person can read as it is: not the scheduler's counts, no stack, not over-long. */
const readable = (message: string): boolean =>
  message.length > 0 && message.length < 160 && !/^\d+\/\d+ nodes|rpc error|goroutine|\{|virtHandler|server error/i.test(message); // prettier-ignore

/** An event in plain words. Its own text stays for those who want to look closer. Pure. */
export function eventWords(row: EventRow): string {
  for (const { reason, message, words } of rules) {
    if (!reason.test(row.reason)) continue;
    const found = message?.exec(row.message);
    if (message && !found) continue;
    return typeof words === 'function' ? words(row, found ?? undefined) : t(words);
  }
  return readable(row.message) ? row.message : `${wordsOfReason(row.reason)}.`;
}
