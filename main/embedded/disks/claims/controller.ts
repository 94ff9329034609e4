import { copyAnnotation, copyFailedAnnotation } from '../../clone/words.ts';
import type { KubeObject, Stored } from '../../kube/object.ts';
import { keyOf } from '../../kube/object.ts';
import { persistentVolumeClaims } from '../../kube/resources.ts';
import { largestDisk } from '../inspect/inspect.ts';
import { bytesOf, quantityOf, readable } from '../../kube/quantity.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import { sweepBases } from '../storage.ts';
import type { Storage } from '../storage.ts';
import { fillFromSnapshot, snapshotSourceOf } from '../layers/from-snapshot.ts';
import { fillerReference, remember } from './memory.ts';
import { refuseKept } from './restore.ts';

export const protection = 'kubernetes.io/pvc-protection';

/** Bytes a claim asks for. */
export const requestOf = (claim: KubeObject): number | undefined => {
  const resources = claim.spec?.['resources'] as { requests?: { storage?: unknown } } | undefined;
  return bytesOf(resources?.requests?.storage);
};

/** The DataVolume that fills a claim, if one does. */
export const fillerOf = (claim: KubeObject): string | undefined => fillerReference(claim)?.name;

/** Makes PersistentVolumeClaims true: bound at once, blank unless a DataVolume fills them, grown on request, gone with their file. */
export class ClaimController {
  private readonly storage: Storage;
  constructor(storage: Storage) {
    this.storage = storage;
  }

  /** Looks at one claim again; failures become events. */
  async reconcile(namespace: string, name: string): Promise<void> {
    const { context, usage, growOpen } = this.storage;
    const claim = context.store.get(persistentVolumeClaims, namespace, name);
    if (!claim) return;
    const size = await this.turn(claim, () => this.make(claim));
    if (size === undefined) return;
    const user = usage.openIn(namespace, name, claim.metadata.uid);
    if (!user) await this.turn(claim, () => this.grow(claim, size));
    else await growOpen(user.metadata.uid, (open) => this.turn(claim, () => this.grow(claim, size, open)));
  }

  private turn<T>(claim: Stored, work: () => Promise<T>): Promise<T | undefined> {
    const { context, turns } = this.storage;
    const { namespace, name, uid } = claim.metadata;
    return turns.run(uid, async () => {
      try {
        return await work();
      } catch (error) {
        const refusal = toRefusal(error);
        context.log.warn({ claim: keyOf(claim), error }, 'A claim could not be made true');
        context.event(claim, 'Warning', refusal.code, refusal.message);
        // A clone waits for this one: it has to know.
        if (claim.metadata.annotations?.[copyAnnotation] === 'full' && claim.status?.['phase'] !== 'Bound')
          context.store.mutate(persistentVolumeClaims, namespace, name, (draft) => {
            draft.metadata.annotations = { ...draft.metadata.annotations, [copyFailedAnnotation]: refusal.message };
          });
        return undefined;
      }
    });
  }

  /** The claim's object is gone: so is its data. */
  async removed(claim: Stored): Promise<void> {
    await this.storage.turns.run(claim.metadata.uid, () => this.storage.claims.remove(claim.metadata.uid));
    await sweepBases(this.storage);
  }

  /** Answers the bytes that it has to grow to, if it has. */
  private async make(seen: Stored): Promise<number | undefined> {
    const { context, claims, usage } = this.storage;
    const { namespace = '', name } = seen.metadata;
    const claim = context.store.get(persistentVolumeClaims, namespace, name);
    if (claim?.metadata.uid !== seen.metadata.uid) return undefined;
    if (claim.metadata.deletionTimestamp) {
      // One that only waits for it holds nothing: it would wait for ever.
      if (usage.openIn(namespace, name, claim.metadata.uid)) return undefined;
      await claims.condemn(claim.metadata.uid);
      this.unprotect(claim);
      return undefined;
    }
    const size = requestOf(claim);
    if (size === undefined || size <= 0)
      throw new Refusal(
        'ProvisioningFailed',
        'The claim does not say how big it is to be: set spec.resources.requests.storage, e.g. 10Gi.',
      );
    if (size > largestDisk)
      throw new Refusal(
        'ProvisioningFailed',
        `The claim asks for ${readable(size)}; at most ${readable(largestDisk)} is allowed here.`,
      );
    const snapshot = snapshotSourceOf(claim);
    if (snapshot === undefined && (claim.spec?.['dataSource'] || claim.spec?.['dataSourceRef']))
      throw new Refusal(
        'ProvisioningFailed',
        'Claims are made from a VolumeSnapshot, or blank. Use a DataVolume with source.pvc to clone.',
      );
    const record = await claims.record(claim.metadata.uid);
    if (!record && fillerOf(claim) === undefined) {
      refuseKept(this.storage, namespace, name);
      const identity = { uid: claim.metadata.uid, namespace, name };
      if (snapshot === undefined) await claims.makeBlank({ ...identity, virtualSize: sectors(size) });
      // Not bound before it has its data; a change of the snapshot brings it here again.
      else {
        const copy = claim.metadata.annotations?.[copyAnnotation] === 'full';
        if (!(await fillFromSnapshot(this.storage, identity, snapshot, sectors(size), copy))) return undefined;
      }
    }
    this.bind(claim, size);
    await remember(this.storage, context.store.get(persistentVolumeClaims, namespace, name) ?? claim);
    return record && size > record.virtualSize ? sectors(size) : undefined;
  }

  /** Binding needs nothing: there is one node and one place. */
  private bind(claim: Stored, size: number): void {
    const { store } = this.storage.context;
    const { namespace, name, uid } = claim.metadata;
    store.mutate(persistentVolumeClaims, namespace, name, (draft) => {
      draft.metadata.finalizers = [...new Set([...(draft.metadata.finalizers ?? []), protection])];
      if (draft.spec?.['volumeName']) return;
      draft.spec = { ...draft.spec, volumeName: `pvc-${uid}` };
      draft.metadata.annotations = {
        ...draft.metadata.annotations,
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
      };
    });
    if (claim.status?.['phase'] === 'Bound') return;
    this.setStatus(claim, {
      phase: 'Bound',
      accessModes: claim.spec?.['accessModes'] ?? ['ReadWriteOnce'],
      capacity: { storage: quantityOf(size) },
    });
    this.storage.context.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume pvc-${uid}`);
  }

  /** `open` grows a file that its machine has open. */
  private async grow(
    claim: Stored,
    size: number,
    open?: (file: string, size: number) => Promise<boolean>,
  ): Promise<void> {
    const { claims, bases, usage } = this.storage;
    const { namespace = '', name, uid } = claim.metadata;
    const record = await claims.record(uid);
    // Images and discs keep the size they came with; only their claims say more.
    if (!record || size <= record.virtualSize || claim.metadata.labels?.['hearth.dev/image'] === 'true') return;
    const base = record.base === undefined ? undefined : await bases.get(record.base);
    if (base?.sourceFormat === 'iso') return;
    const user = usage.openIn(namespace, name, uid);
    const live = user !== undefined && (await open?.(this.storage.layout.volume(uid), size)) === true;
    if (user && !live) {
      this.setCondition(
        claim,
        `The disk is used by the machine ${user.metadata.name}, which cannot take a bigger one now; it grows when that is stopped.`,
      );
      return;
    }
    const grown = live ? await claims.grown(record, size) : await claims.grow(record, size);
    this.setStatus(claim, { capacity: { storage: quantityOf(grown.virtualSize) }, conditions: [] });
    this.storage.context.event(
      claim,
      'Normal',
      'VolumeResizeSuccessful',
      `Resized volume pvc-${uid} to ${readable(size)}`,
    );
  }

  private setCondition(claim: Stored, message: string): void {
    const now = new Date().toISOString();
    this.setStatus(claim, {
      conditions: [{ type: 'Resizing', status: 'True', reason: 'InUse', message, lastTransitionTime: now }],
    }, (status) => (status?.['conditions'] as { message?: string }[] | undefined)?.[0]?.message === message); // prettier-ignore
  }

  private setStatus(
    claim: Stored,
    status: Record<string, unknown>,
    same?: (status: KubeObject['status']) => boolean,
  ): void {
    const { namespace, name } = claim.metadata;
    this.storage.context.store.mutate(
      persistentVolumeClaims,
      namespace,
      name,
      (draft) => {
        if (!same?.(draft.status)) draft.status = { ...draft.status, ...status };
      },
      { subresource: 'status' },
    );
  }

  private unprotect(claim: Stored): void {
    const { namespace, name } = claim.metadata;
    this.storage.context.store.mutate(persistentVolumeClaims, namespace, name, (draft) => {
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((finalizer) => finalizer !== protection);
    });
  }
}

/** Disks are whole sectors. */
export const sectors = (bytes: number): number => Math.ceil(bytes / 512) * 512;
