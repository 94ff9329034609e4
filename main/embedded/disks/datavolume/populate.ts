import type { Stored } from '../../kube/object.ts';
import type { Base } from '../base/bases.ts';
import { sectors, requestOf } from '../claims/controller.ts';
import type { ClaimRecord } from '../claims/claims.ts';
import { Refusal } from '../refusal.ts';
import { onSnapshot, readySnapshot } from '../layers/from-snapshot.ts';
import { cloneBase, cloneSource } from '../source/clone.ts';
import { fetchBase } from '../source/http.ts';
import type { HttpSource } from '../source/http.ts';
import { importPath } from '../source/path.ts';
import type { Filling } from './filling.ts';
import { roomOf, sizeOn } from './size.ts';

export type Kind = 'blank' | 'http' | 'upload' | 'path' | 'pvc' | 'snapshot';
interface Sources {
  blank?: object;
  http?: HttpSource;
  upload?: object;
  pvc?: { namespace?: string; name?: string };
  snapshot?: { namespace?: string; name?: string };
}
export const sourcesOf = (volume: Stored): Sources => (volume.spec?.['source'] as Sources | undefined) ?? {};
const annotation = (volume: Stored, name: string): string | undefined =>
  volume.metadata.annotations?.[`hearth.dev/${name}`];

/** Which source a DataVolume has. Throws NotSupported for those of CDI that are not made here. */
export function kindOf(volume: Stored): Kind {
  if (volume.spec?.['sourceRef'])
    throw new Refusal(
      'NotSupported',
      'spec.sourceRef (a DataSource) is not served by the quick lab. Name the claim itself: source.pvc with namespace and name.',
    );
  const sources = sourcesOf(volume);
  if (sources.upload) return annotation(volume, 'import-from-path') === undefined ? 'upload' : 'path';
  if (sources.http) return 'http';
  if (sources.pvc) return 'pvc';
  if (sources.snapshot) return 'snapshot';
  if (sources.blank) return 'blank';
  throw new Refusal(
    'NotSupported',
    `The quick lab serves the sources blank, http, upload, pvc and snapshot; this one is ${Object.keys(sources)[0] ?? 'missing'}.`,
  );
}

/** Makes the claim's data. What it returns becomes the claim's record. */
export async function fill(kind: Kind, filling: Filling): Promise<{ record: ClaimRecord; base?: Base | undefined }> {
  const { storage, claim } = filling;
  const identity = { uid: claim.metadata.uid, namespace: claim.metadata.namespace ?? '', name: claim.metadata.name };
  if (kind === 'blank') {
    const record = { ...identity, virtualSize: sectors(requestOf(claim) ?? 0) };
    await storage.claims.makeBlank(record);
    return { record };
  }
  if (kind === 'pvc') return clone(filling, identity);
  if (kind === 'snapshot') return ofSnapshot(filling, identity);
  const base = await imported(kind, filling);
  return { base, record: { ...identity, base: base.id, virtualSize: sizeOn(base, claim) } };
}

async function imported(kind: 'http' | 'upload' | 'path', filling: Filling): Promise<Base> {
  const { storage, claim, volume, status, signal, work, uploads, hold } = filling;
  const room = roomOf(claim);
  if (kind === 'upload') return uploads.receive(filling);
  status.set({
    phase: 'ImportScheduled',
    progress: undefined,
    running: { status: 'False', reason: 'Pending', message: '' },
  });
  status.event('Normal', 'ImportScheduled', `Import into ${claim.metadata.name} scheduled`);
  const lanes = kind === 'http' ? storage.downloads : storage.lanes;
  return lanes.run(signal, async () => {
    status.set({
      phase: 'ImportInProgress',
      progress: 0,
      running: { status: 'True', reason: 'Pod is running', message: '' },
    });
    status.event('Normal', 'ImportInProgress', `Import into ${claim.metadata.name} in progress`);
    if (kind === 'http') {
      const source = sourcesOf(volume).http;
      if (!source) throw new Refusal('NotSupported', 'spec.source.http is missing.');
      return fetchBase(source, annotation(volume, 'mirrors'), filling);
    }
    const path = annotation(volume, 'import-from-path') ?? '';
    const mode = annotation(volume, 'import-mode') ?? 'copy';
    if (mode !== 'in-place' && mode !== 'copy')
      throw new Refusal('NotSupported', `hearth.dev/import-mode is "${mode}"; it may be in-place or copy.`);
    const progress = (done: number): void => status.progress(done);
    return importPath(
      { path, mode, work, signal, hold, progress, ...(room === undefined ? {} : { limit: room }) },
      storage.bases,
      storage.ingest,
    );
  });
}

async function clone(
  filling: Filling,
  identity: Omit<ClaimRecord, 'virtualSize'>,
): Promise<{ record: ClaimRecord; base?: Base | undefined }> {
  const { storage, volume, claim, status, signal, hold } = filling;
  const { namespace = volume.metadata.namespace ?? '', name = '' } = sourcesOf(volume).pvc ?? {};
  const label = `from ${namespace}/${name} into ${identity.namespace}/${identity.name}`;
  for (let told = ''; ;) {
    const changed = storage.changes.next(signal);
    const state = await cloneSource(storage, namespace, name);
    if (!state.ready) {
      if (told !== state.message) {
        told = state.message;
        status.set({
          phase: 'CloneScheduled',
          progress: undefined,
          running: { status: 'False', reason: state.reason, message: state.message },
        });
        status.event('Warning', state.reason, state.message);
      }
      await changed;
      continue;
    }
    status.set({
      phase: 'CloneInProgress',
      progress: 0,
      running: { status: 'True', reason: 'Pod is running', message: '' },
    });
    const done = await storage.turns.run(state.claim.metadata.uid, async () => {
      // Asked again in the source's own turn: a machine may have opened it in between.
      const again = await cloneSource(storage, namespace, name);
      if (!again.ready) return undefined;
      const { base, virtualSize } = await cloneBase(storage, again.record, hold);
      const record = {
        ...identity,
        ...(base ? { base: base.id } : {}),
        virtualSize: cloneSize(base, claim, virtualSize),
      };
      if (!base) await storage.claims.makeBlank(record);
      return { record, base };
    });
    if (!done) continue;
    status.event('Normal', 'CloneInProgress', `Cloning ${label} in progress`);
    return done;
  }
}

/** A disk from a VolumeSnapshot, in CDI's words. Waits while it is not ready. */
async function ofSnapshot(
  filling: Filling,
  identity: Omit<ClaimRecord, 'virtualSize'>,
): Promise<{ record: ClaimRecord; base: Base }> {
  const { storage, volume, claim, status, signal, hold } = filling;
  const { namespace = volume.metadata.namespace ?? '', name = '' } = sourcesOf(volume).snapshot ?? {};
  for (;;) {
    const changed = storage.changes.next(signal);
    const snapshot = await readySnapshot(storage, namespace, name);
    if (!snapshot) {
      const message = `The source snapshot ${namespace}/${name} is not there or not ready yet`;
      const running = { status: 'False', reason: 'SnapshotNotReady', message } as const;
      status.set({ phase: 'CloneScheduled', progress: undefined, running });
      await changed;
      continue;
    }
    hold(snapshot.base);
    // It may have gone before it was held.
    if (!(await storage.snapshots.get(snapshot.uid))) continue;
    return onSnapshot(storage, identity, snapshot, roomOf(claim));
  }
}

function cloneSize(base: Base | undefined, claim: Stored, source: number): number {
  if (base?.sourceFormat === 'iso' || roomOf(claim) === undefined) return source;
  const room = roomOf(claim) ?? source;
  if (room < source)
    throw new Refusal(
      'CloneSizeTooSmall',
      `target resources requests storage size is smaller than the source (${room} < ${source})`,
    );
  return room;
}
