import type { EventRow } from '../../main/contract/machine.ts';

type Words = string | ((row: EventRow, match: RegExpExecArray | undefined) => string);
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
  { reason: /^FailedScheduling$/, message: /insufficient memory/i, words: 'No node has enough free memory for it.' },
  { reason: /^FailedScheduling$/, message: /insufficient cpu/i, words: 'No node has enough free processors for it.' },
  { reason: /^FailedScheduling$/, message: /insufficient devices\.kubevirt\.io\/kvm/i, words: 'No node offers hardware virtualization (KVM).' },
  { reason: /^FailedScheduling$/, message: /unbound immediate PersistentVolumeClaims|persistentvolumeclaim "?([\w.-]+)"? not found/i, words: 'Its disk is not ready yet, so it has no place to run.' },
  { reason: /^FailedScheduling$/, message: /unschedulable|cordon/i, words: 'The node takes no new work (it is cordoned).' },
  { reason: /^FailedScheduling$/, message: /taint/i, words: 'The nodes are reserved for other work (taints).' },
  { reason: /^FailedScheduling$/, message: /node affinity|selector/i, words: 'No node has the labels that it asks for.' },
  { reason: /^FailedScheduling$/, words: 'No node could take it.' },
  { reason: /^Scheduled$/, message: /assigned \S+ to (\S+)/i, words: (_row, found) => `It was given to node ${found?.[1] ?? ''}.` },
  { reason: /^Scheduled$/, words: 'A node was found for it.' },
  { reason: /^Preempt/, words: 'It had to make room for something more important.' },
  { reason: /^Evict/, words: 'The node sent it away, mostly because something ran out there.' },
  { reason: /^(Pulling|ImagePulling)$/, words: 'Its container image is being fetched.' },
  { reason: /^Pulled$/, words: 'Its container image is there.' },
  { reason: /^(ErrImagePull|ImagePullBackOff|FailedPull)$|^Failed$/, message: /pull|image/i, words: 'Its container image could not be fetched.' },
  { reason: /^BackOff$/, message: /pulling image/i, words: 'The image could not be fetched; it is tried again in a while.' },
  { reason: /^BackOff$/, words: 'It failed again and is started anew after a pause.' },
  { reason: /^Created$/, message: /container/i, words: 'Its container was made.' },
  { reason: /^Created$/, words: 'It was made on its node.' },
  { reason: /^Started$/, words: 'It was started.' },
  { reason: /^Killing$/, words: 'It is being stopped.' },
  { reason: /^Unhealthy$/, words: 'A health check failed.' },
  { reason: /^FailedMount$|^FailedAttachVolume$|^FailedMapVolume$/, words: 'A disk could not be connected to its node.' },
  { reason: /^SuccessfulAttachVolume$|^SuccessfulMountVolume$/, words: 'A disk was connected to its node.' },
  { reason: /^(WaitForFirstConsumer|WaitForPodScheduled)$/, words: 'The disk is made when its machine first starts.' },
  { reason: /^(ExternalProvisioning|Provisioning)$/, words: 'The storage is making the disk.' },
  { reason: /^ProvisioningSucceeded$/, words: 'The storage made the disk.' },
  { reason: /^ProvisioningFailed$/, message: /exceeded quota|quota/i, words: 'The disk was not made: the quota is used up.' },
  { reason: /^ProvisioningFailed$/, message: /space|capacity/i, words: 'The disk was not made: the storage has not enough space.' },
  { reason: /^ProvisioningFailed$/, words: 'The storage could not make the disk.' },
  { reason: /^FailedBinding$/, words: 'No storage fits what the disk asks for.' },
  { reason: /^VolumeResizeSuccessful$|^FileSystemResizeSuccessful$/, words: 'The disk was made larger.' },
  { reason: /^VolumeResizeFailed$/, words: 'The disk could not be made larger.' },
  { reason: /^Resizing$|^FileSystemResizeRequired$/, words: 'The disk is being made larger.' },
  { reason: /^ImportScheduled$|^ImportInProgress$/, words: 'Its content is being fetched.' },
  { reason: /^ImportSucceeded$/, words: 'Its content was fetched.' },
  { reason: /^ImportFailed$|^FailedDataVolumeImport$/, words: 'Its content could not be fetched.' },
  { reason: /^CloneScheduled$|^CloneInProgress$|^SmartClone|^CSICloneInProgress$/, words: 'It is being copied from another disk.' },
  { reason: /^CloneSucceeded$/, words: 'It was copied from another disk.' },
  { reason: /^CloneFailed$|^CloneValidationFailed$/, words: 'It could not be copied from the other disk.' },
  { reason: /^CloneSourceInUse$/, words: 'The disk it is copied from is in use; the copy begins when that ends.' },
  { reason: /^UploadScheduled$|^UploadReady$/, words: 'It waits for its content to be uploaded.' },
  { reason: /^UploadSucceeded$/, words: 'Its content was uploaded.' },
  { reason: /^UploadFailed$/, words: 'The upload did not work.' },
  { reason: /^SnapshotForSmartClone/, words: 'A snapshot of the source is taken for the copy.' },
  { reason: /^SuccessfulCreate$/, message: /virtual machine instance|VirtualMachineInstance/i, words: 'The machine is being started.' },
  { reason: /^SuccessfulCreate$/, message: /pod/i, words: 'A place to run was made for it.' },
  { reason: /^SuccessfulCreate$/, message: /datavolume|persistentvolumeclaim/i, words: 'Its disk was ordered.' },
  { reason: /^SuccessfulCreate$/, words: 'What it needs was made.' },
  { reason: /^FailedCreate$/, message: /quota/i, words: 'It could not be started: the quota is used up.' },
  { reason: /^FailedCreate$/, words: 'What it needs could not be made.' },
  { reason: /^SuccessfulDelete$/, message: /virtual machine instance|VirtualMachineInstance/i, words: 'The machine is being stopped.' },
  { reason: /^SuccessfulDelete$/, words: 'What it needed was taken away.' },
  { reason: /^SuccessfulHandOver$/, words: 'Its node took it over and starts it.' },
  { reason: /^Stopped$/, words: 'It stopped.' },
  { reason: /^ShuttingDown$|^PreparingTarget$/, words: 'It is being shut down.' },
  { reason: /^Deleted$/, words: 'It was taken away.' },
  { reason: /^Migrating$|^SuccessfulMigration$/, words: 'It moves to another node, or has moved.' },
  { reason: /^FailedMigration$/, words: 'It could not be moved to another node.' },
  { reason: /^(Paused|PausedByUser)$/, words: 'It was paused.' },
  { reason: /^PausedIOError$|^IOerror$/, words: 'It was paused because a disk could not be written, mostly because no space was left.' },
  { reason: /^Resumed$|^Unpaused$/, words: 'It goes on.' },
  { reason: /^(AccessCredentialsSyncSuccess)$/, words: 'Its keys and passwords were passed to the guest.' },
  { reason: /^AccessCredentialsSyncFailed$/, words: 'Its keys or passwords could not be passed to the guest.' },
  { reason: /^SyncFailed$|^SynchronizedError$/, words: 'It could not be brought to what was asked for.' },
  { reason: /^ProcessGone$|^Crashed$/, words: 'Its process ended unexpectedly.' },
  { reason: /^RestartRequired$/, words: 'A change waits for its next start.' },
  { reason: /^FailedGuestConnection$|^AgentDisconnected$/, words: 'The guest agent does not answer.' },
  { reason: /^VirtualMachineSnapshotFailed$|^SnapshotFailed$/, words: 'The snapshot could not be taken.' },
  { reason: /SnapshotContent(Ready|Create)|^SuccessfulVirtualMachineSnapshotContentCreate$/, words: 'The snapshot is being taken.' },
  { reason: /^VirtualMachineRestoreComplete$/, words: 'It was put back to its snapshot.' },
  { reason: /^VirtualMachineRestoreError$/, words: 'It could not be put back to its snapshot.' },
  { reason: /^NodeReady$/, words: 'The node is ready.' },
  { reason: /^NodeNotReady$/, words: 'The node does not answer, or is not well.' },
  { reason: /^NodeHasDiskPressure$/, words: 'The disk of the node is nearly full.' },
  { reason: /^NodeHasInsufficientMemory$|^SystemOOM$|^OOMKilling$/, words: 'The node ran out of memory.' },
  { reason: /^Rebooted$/, words: 'The node was rebooted.' },
  { reason: /^NodeSchedulable$/, words: 'The node takes new work again.' },
  { reason: /^NodeNotSchedulable$/, words: 'The node takes no new work.' },
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
    return typeof words === 'function' ? words(row, found ?? undefined) : words;
  }
  return readable(row.message) ? row.message : `${wordsOfReason(row.reason)}.`;
}
