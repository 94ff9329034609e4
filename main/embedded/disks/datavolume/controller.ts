import { mkdir, rm } from 'node:fs/promises';
import type { Stored } from '../../kube/object.ts';
import { keyOf } from '../../kube/object.ts';
import { dataVolumes, persistentVolumeClaims } from '../../kube/resources.ts';
import type { ClaimRecord } from '../claims/claims.ts';
import { refuseKept } from '../claims/restore.ts';
import { readySnapshot } from '../layers/from-snapshot.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import { holds, sweepBases } from '../storage.ts';
import type { Storage } from '../storage.ts';
import type { Uploads } from '../upload/uploads.ts';
import { ensureClaim, finishClaim } from './claim.ts';
import { fill, kindOf, sourcesOf } from './populate.ts';
import type { Kind } from './populate.ts';
import { StatusWriter } from './status.ts';

/** CDI's words at the end of each kind of source. */
const words: Record<Kind, { done: string; succeeded: string; failed: string; into: string }> = {
  blank: {
    done: 'Import Complete',
    succeeded: 'ImportSucceeded',
    failed: 'ImportFailed',
    into: 'Successfully imported into PVC',
  },
  http: {
    done: 'Import Complete',
    succeeded: 'ImportSucceeded',
    failed: 'ImportFailed',
    into: 'Successfully imported into PVC',
  },
  path: {
    done: 'Import Complete',
    succeeded: 'ImportSucceeded',
    failed: 'ImportFailed',
    into: 'Successfully imported into PVC',
  },
  upload: {
    done: 'Upload Complete',
    succeeded: 'UploadSucceeded',
    failed: 'UploadFailed',
    into: 'Successfully uploaded into',
  },
  pvc: { done: 'Clone Complete', succeeded: 'CloneSucceeded', failed: 'CloneFailed', into: 'Successfully cloned into' },
  snapshot: {
    done: 'Clone Complete',
    succeeded: 'CloneSucceeded',
    failed: 'CloneFailed',
    into: 'Successfully cloned into',
  },
};

/** Makes DataVolumes true: one job each, from its claim to its data. */
export class DataVolumeController {
  private readonly storage: Storage;
  private readonly uploads: Uploads;
  private readonly jobs = new Map<string, { cancel: AbortController; ended: Promise<void> }>();
  constructor(storage: Storage, uploads: Uploads) {
    this.storage = storage;
    this.uploads = uploads;
  }

  /** Starts the job of a DataVolume that has none and needs one; ends the job of one that goes. */
  reconcile(volume: Stored): void {
    const { uid, deletionTimestamp } = volume.metadata;
    if (deletionTimestamp) this.removed(volume);
    else if (!this.jobs.has(uid) && volume.status?.['phase'] !== 'Succeeded' && volume.status?.['phase'] !== 'Failed') {
      const cancel = new AbortController();
      // Begins in a later turn: its first write calls back here, and must find the job.
      const ended = Promise.resolve()
        .then(() => this.work(volume, cancel.signal))
        .catch((error: unknown) => {
          // Not even its failure could be written down (a full disk): the next start takes it up again.
          this.storage.context.log.error({ dataVolume: keyOf(volume), error }, 'Work on a DataVolume broke off');
        })
        .finally(() => {
          this.jobs.delete(uid);
          this.storage.changes.notify();
        });
      this.jobs.set(uid, { cancel, ended });
    }
  }

  /** Cancels what is under way; the job cleans up after itself. */
  removed(volume: Stored): void {
    this.jobs.get(volume.metadata.uid)?.cancel.abort(new Cancelled());
  }

  /** Ends all jobs, keeping half-done work for the next start. */
  async stop(): Promise<void> {
    const jobs = [...this.jobs.values()];
    for (const { cancel } of jobs) cancel.abort(new Error('The engine stops'));
    await Promise.all(jobs.map(({ ended }) => ended));
  }

  private async work(volume: Stored, signal: AbortSignal): Promise<void> {
    const status = new StatusWriter(this.storage.context, volume);
    const work = this.storage.layout.work(volume.metadata.uid);
    const { hold, release } = holds(this.storage);
    let kind: Kind = 'http';
    try {
      kind = kindOf(volume);
      const claim = await this.claim(volume, status, signal);
      await mkdir(work, { recursive: true, mode: 0o700 });
      const before = await this.storage.claims.record(claim.metadata.uid);
      const { record } = before
        ? { record: before }
        : await fill(kind, { ...this.parts(), volume, claim, status, signal, hold, work });
      // From here on it is done: a cancellation now deletes the claim, and with it the data.
      await this.keep(record);
      await this.succeeded(kind, volume, claim, status, record);
      await rm(work, { recursive: true, force: true });
    } catch (error) {
      if (signal.aborted && !(signal.reason instanceof Cancelled)) return;
      await rm(work, { recursive: true, force: true });
      if (!signal.aborted) this.failed(kind, volume, status, error);
    } finally {
      await release();
    }
    await sweepBases(this.storage);
  }

  /** Writes a claim's record, unless the claim went in the meantime: then nobody would ever remove its data. */
  private async keep(record: ClaimRecord): Promise<void> {
    const { claims, context, turns } = this.storage;
    await turns.run(record.uid, async () => {
      await claims.put(record);
      const claim = context.store.get(persistentVolumeClaims, record.namespace, record.name);
      if (claim?.metadata.uid === record.uid) return;
      await claims.remove(record.uid);
      throw new Refusal('ClaimGone', `The claim ${record.name} was deleted while it was being filled.`);
    });
  }

  /** The claim; waits while another object has its name, or while the size of a clone's source is not known. */
  private async claim(volume: Stored, status: StatusWriter, signal: AbortSignal): Promise<Stored> {
    for (;;) {
      const changed = this.storage.changes.next(signal);
      try {
        const claim = ensureClaim(this.storage, volume, await this.sourceSize(volume));
        if (!(await this.storage.claims.record(claim.metadata.uid)))
          refuseKept(this.storage, claim.metadata.namespace, claim.metadata.name);
        status.set({ claimName: claim.metadata.name, bound: true, phase: 'PVCBound' });
        return claim;
      } catch (error) {
        const refusal = toRefusal(error);
        // A clone that says no size takes its source's, once there is one.
        const waits =
          ['ErrResourceExists', 'DiskKept'].includes(refusal.code) ||
          (refusal.code === 'ErrClaimNotValid' && (sourcesOf(volume).pvc ?? sourcesOf(volume).snapshot));
        if (!waits) throw refusal;
        status.set({ phase: 'Pending', running: { status: 'False', reason: refusal.code, message: refusal.message } });
        status.event('Warning', refusal.code, refusal.message);
        await changed;
      }
    }
  }

  private async sourceSize(volume: Stored): Promise<number | undefined> {
    const snapshot = sourcesOf(volume).snapshot;
    if (snapshot) {
      const from = snapshot.namespace ?? volume.metadata.namespace ?? '';
      return (await readySnapshot(this.storage, from, snapshot.name ?? ''))?.virtualSize;
    }
    const { namespace = volume.metadata.namespace, name } = sourcesOf(volume).pvc ?? {};
    if (name === undefined) return undefined;
    const source = this.storage.context.store.get(persistentVolumeClaims, namespace, name);
    return source && (await this.storage.claims.record(source.metadata.uid))?.virtualSize;
  }

  private async succeeded(
    kind: Kind,
    volume: Stored,
    claim: Stored,
    status: StatusWriter,
    record: ClaimRecord,
  ): Promise<void> {
    const base = record.base === undefined ? undefined : await this.storage.bases.get(record.base);
    const sizes = await this.storage.claims.sizes(record);
    finishClaim(this.storage, claim, record.virtualSize);
    const content = base && /^[0-9a-f]{64}$/.test(base.id) ? base.id : undefined;
    const known = volume.metadata.annotations?.['hearth.dev/checksum'];
    status.annotate({
      'hearth.dev/real-size': String(sizes.real),
      'hearth.dev/virtual-size': String(sizes.virtual),
      'hearth.dev/format': base?.sourceFormat ?? 'qcow2',
      ...(content ? { 'hearth.dev/content-sha256': content, 'hearth.dev/checksum': known ?? `sha256:${content}` } : {}),
      ...(sourcesOf(volume).http?.checksum ? { 'hearth.dev/checksum-verified': 'true' } : {}),
    });
    status.set({
      phase: 'Succeeded',
      progress: 1,
      running: { status: 'False', reason: 'Completed', message: words[kind].done },
    });
    status.event('Normal', words[kind].succeeded, `${words[kind].into} ${claim.metadata.name}`);
  }

  private failed(kind: Kind, volume: Stored, status: StatusWriter, error: unknown): void {
    const refusal = toRefusal(error);
    this.storage.context.log.warn({ dataVolume: keyOf(volume), code: refusal.code, error }, 'A DataVolume failed');
    if (!this.storage.context.store.get(dataVolumes, volume.metadata.namespace, volume.metadata.name)) return;
    status.set({
      phase: 'Failed',
      progress: undefined,
      running: { status: 'False', reason: refusal.code, message: refusal.message },
    });
    status.event('Warning', words[kind].failed, refusal.message);
  }

  private parts(): { storage: Storage; uploads: Uploads } {
    return { storage: this.storage, uploads: this.uploads };
  }
}

/** The DataVolume was deleted. */
class Cancelled extends Error {}
