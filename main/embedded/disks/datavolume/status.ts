import type { Condition, KubeObject, Stored } from '../../kube/object.ts';
import { dataVolumes } from '../../kube/resources.ts';
import type { EngineContext } from '../../kube/context.ts';
import { monotonic } from '../../kube/monotonic.ts';

/** The phases of CDI that this engine goes through. */
export type Phase =
  | 'Pending' | 'PVCBound' | 'ImportScheduled' | 'ImportInProgress' | 'CloneScheduled' | 'CloneInProgress'
  | 'UploadScheduled' | 'UploadReady' | 'Succeeded' | 'Failed'; // prettier-ignore

export interface Change {
  phase?: Phase;
  /** 0..1, or undefined for "N/A". */
  progress?: number | undefined;
  /** Texts of the condition Running; `False` with a reason is where CDI puts a failure. */
  running?: { status: 'True' | 'False'; reason: string; message: string };
  bound?: boolean;
  restarted?: boolean;
  claimName?: string;
}

/** Writes the status of one DataVolume as CDI prints it. Writes nothing once it was replaced by another of its name. */
export class StatusWriter {
  private readonly context: EngineContext;
  private readonly volume: Stored;
  private last = 0;
  constructor(context: EngineContext, volume: Stored) {
    this.context = context;
    this.volume = volume;
  }

  set(change: Change): void {
    this.write((draft) => {
      const status = { ...draft.status };
      if (change.claimName) status['claimName'] = change.claimName;
      if (change.phase) status['phase'] = change.phase;
      if ('progress' in change) status['progress'] = percent(change.progress);
      if (change.restarted) status['restartCount'] = Number(status['restartCount'] ?? 0) + 1;
      status['conditions'] = conditions(status, change);
      draft.status = status;
    });
  }

  /** Progress and byte counts, at most twice a second. */
  progress(done: number, bytes?: { done: number; total?: number | undefined; rate?: number | undefined }): void {
    const now = monotonic();
    if (now - this.last < 500) return;
    this.last = now;
    this.write((draft) => {
      draft.status = { ...draft.status, progress: percent(done) };
    });
    if (!bytes) return;
    this.annotate({
      'hearth.dev/bytes-done': String(bytes.done),
      ...(bytes.total === undefined ? {} : { 'hearth.dev/bytes-total': String(bytes.total) }),
      ...(bytes.rate === undefined ? {} : { 'hearth.dev/bytes-per-second': String(Math.round(bytes.rate)) }),
    });
  }

  annotate(annotations: Record<string, string>): void {
    const { namespace, name, uid } = this.volume.metadata;
    this.context.store.mutate(dataVolumes, namespace, name, (draft) => {
      if (draft.metadata.uid !== uid) return;
      draft.metadata.annotations = { ...draft.metadata.annotations, ...annotations };
    });
  }

  event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.context.event(this.volume, type, reason, message);
  }

  private write(change: (draft: KubeObject) => void): void {
    const { namespace, name, uid } = this.volume.metadata;
    this.context.store.mutate(
      dataVolumes,
      namespace,
      name,
      (draft) => {
        if (draft.metadata.uid === uid) change(draft);
      },
      { subresource: 'status' },
    );
  }
}

const percent = (done: number | undefined): string =>
  done === undefined ? 'N/A' : `${(100 * Math.min(1, Math.max(0, done))).toFixed(2)}%`;

function conditions(status: Record<string, unknown>, change: Change): Condition[] {
  const before = (status['conditions'] as Condition[] | undefined) ?? [];
  const phase = status['phase'] as string | undefined;
  const claim = status['claimName'] as string | undefined;
  const bound = change.bound ?? before.find(({ type }) => type === 'Bound')?.status === 'True';
  const old = before.find(({ type }) => type === 'Running');
  const wanted: Omit<Condition, 'lastTransitionTime'>[] = [
    bound
      ? { type: 'Bound', status: 'True', reason: 'Bound', message: `PVC ${claim} Bound` }
      : { type: 'Bound', status: 'False', reason: 'Pending', message: claim ? `PVC ${claim} Pending` : 'No PVC found' },
    ready(phase),
    change.running
      ? { type: 'Running', ...change.running }
      : { type: 'Running', status: old?.status ?? 'False', reason: old?.reason ?? '', message: old?.message ?? '' },
  ];
  const now = new Date().toISOString();
  return wanted.map((condition) => {
    const same = before.find(({ type, status }) => type === condition.type && status === condition.status);
    const time = same?.lastTransitionTime ?? now;
    return { ...condition, lastTransitionTime: time, lastHeartbeatTime: now };
  });
}

function ready(phase: string | undefined): Omit<Condition, 'lastTransitionTime'> {
  if (phase === 'Succeeded') return { type: 'Ready', status: 'True', reason: '', message: '' };
  return { type: 'Ready', status: 'False', reason: phase === 'Failed' ? 'Error' : 'TransferRunning', message: '' };
}
