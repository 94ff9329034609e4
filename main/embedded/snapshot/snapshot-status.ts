import type { EngineContext } from '../kube/context.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import { virtualMachineSnapshots } from '../kube/resources.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { vmSpec } from '../machine/spec.ts';
import { changer } from './change.ts';
import { contentNameOf } from './content.ts';
import {
  diskSizeAnnotation,
  indicationWords,
  memoryMissingAnnotation,
  memorySizeAnnotation,
  setReason,
} from './words.ts';

/** What came of taking a snapshot. */
export interface Taken {
  /** RFC 3339. */
  at: string;
  /** Volume names. */
  included: string[];
  excluded: string[];
  indications: string[];
  diskSize: number;
  /** Bytes of the memory that was kept, or why none was though it was asked for. */
  memory?: number | string;
}

type Change =
  | { state: 'waiting'; why: string; vm?: Stored }
  | { state: 'running'; vm: Stored; indications: string[] }
  | { state: 'error'; vm: Stored; error: { message: string; time: string } }
  | { state: 'done'; vm: Stored; taken: Taken }
  | { state: 'ready'; ready: boolean; error: object | undefined }
  | { state: 'failed' };

/** How the machine stands at the beginning, in KubeVirt's words; nothing for one that is off. */
export function sourceIndications(machine: Machine | undefined): string[] {
  if (!machine) return [];
  if (machine.paused) return ['Online', 'Paused'];
  return [machine.agentConnected ? 'GuestAgent' : 'NoGuestAgent', 'Online'];
}

/** Writes the status of a VirtualMachineSnapshot. */
export function describeSnapshot(context: EngineContext, snapshot: Stored, change: Change): void {
  const write = changer(context, virtualMachineSnapshots);
  // First: who waits for the status reads both.
  if (change.state === 'done') write(snapshot, (draft) => annotate(draft, change.taken));
  write(snapshot, (draft) => describe(draft, snapshot, change), 'status');
}

/** The status that follows. `draft` is changed in place. */
export function describe(draft: KubeObject, snapshot: Stored, change: Change): void {
  const status = (draft.status ??= {});
  status['readyToUse'] ??= false;
  if ('vm' in change && change.vm) status['sourceUID'] = change.vm.metadata.uid;
  switch (change.state) {
    case 'waiting':
      status['phase'] = 'InProgress';
      setReason(draft, 'Progressing', 'False', change.why);
      break;
    case 'running':
      status['phase'] = 'InProgress';
      setReason(draft, 'Progressing', 'True', 'Source locked and operation in progress');
      indicate(status, change.indications);
      break;
    case 'error':
      status['phase'] = 'InProgress';
      status['virtualMachineSnapshotContentName'] = contentNameOf(snapshot);
      status['error'] = change.error;
      setReason(draft, 'Progressing', 'False', 'In error state');
      break;
    case 'done':
      status['phase'] = 'Succeeded';
      status['virtualMachineSnapshotContentName'] = contentNameOf(snapshot);
      status['creationTime'] = change.taken.at;
      status['readyToUse'] = true;
      status['snapshotVolumes'] = {
        ...(change.taken.included.length > 0 ? { includedVolumes: change.taken.included } : {}),
        ...(change.taken.excluded.length > 0 ? { excludedVolumes: change.taken.excluded } : {}),
      };
      delete status['error'];
      indicate(status, change.taken.indications);
      setReason(draft, 'Progressing', 'False', 'Operation complete');
      break;
    case 'ready':
      status['readyToUse'] = change.ready;
      if (change.error) status['error'] = change.error;
      else delete status['error'];
      break;
    case 'failed':
      status['phase'] = 'Failed';
      status['readyToUse'] = false;
      setReason(draft, 'Failure', 'True', 'snapshot deadline exceeded');
      setReason(draft, 'Progressing', 'False', 'Operation failed');
      break;
  }
  const ready = status['readyToUse'] === true;
  setReason(draft, 'Ready', ready ? 'True' : 'False', ready ? 'Ready' : 'Not ready');
}

function indicate(status: Record<string, unknown>, indications: readonly string[]): void {
  if (indications.length === 0) {
    delete status['indications'];
    delete status['sourceIndications'];
    return;
  }
  const sorted = [...new Set(indications)].sort();
  status['indications'] = sorted;
  status['sourceIndications'] = sorted.map((indication) => ({
    indication,
    message: indicationWords[indication] ?? 'Unknown indication',
  }));
}

function annotate(draft: KubeObject, { diskSize, memory }: Taken): void {
  const annotations: Record<string, string> = { ...draft.metadata.annotations, [diskSizeAnnotation]: String(diskSize) };
  if (typeof memory === 'number') annotations[memorySizeAnnotation] = String(memory);
  else if (memory !== undefined) annotations[memoryMissingAnnotation] = memory;
  draft.metadata.annotations = annotations;
}

/** Which of a machine's volumes a snapshot has, and which not; `partial`: one that could have been in it is not. Pure. */
export function volumesOf(
  vm: Stored,
  kept: readonly string[],
): { included: string[]; excluded: string[]; partial: boolean } {
  const volumes = vmSpec(vm).template.spec?.volumes ?? [];
  const excluded = volumes.filter(({ name }) => !kept.includes(name));
  return {
    included: volumes.map(({ name }) => name).filter((name) => kept.includes(name)),
    excluded: excluded.map(({ name }) => name),
    partial: excluded.some((volume) => volume.dataVolume ?? volume.persistentVolumeClaim),
  };
}
