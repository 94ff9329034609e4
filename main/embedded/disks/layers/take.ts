import type { LiveLayer, Taking } from '../../kube/block.ts';
import { keyOf } from '../../kube/object.ts';
import type { Stored } from '../../kube/object.ts';
import { persistentVolumeClaims, volumeSnapshots } from '../../kube/resources.ts';
import type { ClaimRecord } from '../claims/claims.ts';
import { Refusal } from '../refusal.ts';
import { holds } from '../storage.ts';
import type { Storage } from '../storage.ts';
import { realign } from './live-merge.ts';

type SwitchOver = (layers: readonly LiveLayer[]) => Promise<void>;

/**
 * Keeps the data of claims as it is now. First the files: each claim's data becomes a base, and an empty overlay takes its
 * place; that is right for a start after a crash at any point, since until the machine is in the overlay it goes on writing
 * into the base, and base with empty overlay read the same. Then the machine moves, all disks at once. Only then the
 * snapshots exist. Throws Refusal.
 */
export async function take(
  storage: Storage,
  namespace: string,
  takings: readonly Taking[],
  vmi: Stored | undefined,
  switchOver: SwitchOver,
): Promise<void> {
  const { hold, release } = holds(storage);
  const sources = takings.map((taking) => ({ ...taking, uid: uidOf(storage, namespace, taking.claim) }));
  try {
    await inTurns(storage, [...new Set(sources.map(({ uid }) => uid))].sort(), async () => {
      const frozen = new Map<string, ClaimRecord>();
      for (const { uid, claim } of sources) {
        if (frozen.has(uid)) continue;
        const record = await finishEarlier(storage, await recordOf(storage, namespace, claim, uid), vmi, switchOver);
        const writer = storage.usage.writer(uid, '');
        if (writer !== undefined && writer !== vmi?.metadata.uid)
          throw new Refusal('VolumeInUse', `The disk ${claim} is being opened or used by another machine.`, {
            retry: true,
          });
        if (record.base !== undefined) hold(record.base);
        frozen.set(uid, await storage.claims.freeze(record, hold, writer));
      }
      const live = [...frozen.values()].filter((record) => record.live);
      if (live.length > 0) await switchOver(await Promise.all(live.map((record) => layerOf(storage, record))));
      for (const record of live) await storage.claims.settle(record);
      for (const { uid, snapshot } of sources) await keep(storage, frozen.get(uid), snapshot);
    });
  } finally {
    await release();
  }
}

/** The overlay that a record's machine has to go on in; makes it where it is not there yet. */
export async function layerOf(storage: Storage, record: ClaimRecord): Promise<LiveLayer> {
  const { path } = await storage.claims.node(record, false);
  return { claim: record.name, node: record.live?.node ?? '', path };
}

/** A machine that an earlier snapshot left in the layer below moves first; a merge whose end was missed is noted. */
async function finishEarlier(
  storage: Storage,
  record: ClaimRecord,
  vmi: Stored | undefined,
  switchOver: SwitchOver,
): Promise<ClaimRecord> {
  if (!record.live) {
    if (vmi === undefined) return record;
    await realign(storage, record.uid);
    return (await storage.claims.record(record.uid)) ?? record;
  }
  if (record.live.vmi === vmi?.metadata.uid) await switchOver([await layerOf(storage, record)]);
  return storage.claims.settle(record);
}

async function keep(storage: Storage, record: ClaimRecord | undefined, snapshot: Stored): Promise<void> {
  if (record?.base === undefined)
    throw new Refusal('SnapshotFailed', `The disk ${record?.name} has no data that could be kept.`);
  const { uid, namespace = '', name } = snapshot.metadata;
  await storage.snapshots.put({
    uid,
    namespace,
    name,
    claim: record.name,
    base: record.base,
    virtualSize: record.virtualSize,
    takenAt: new Date().toISOString(),
  });
  // Deleted meanwhile: whoever removed its data may not have seen this record.
  const now = storage.context.store.get(volumeSnapshots, namespace, name);
  if (now?.metadata.uid === uid && !now.metadata.deletionTimestamp) return;
  await storage.snapshots.remove(uid);
  throw new Refusal('SnapshotGone', `The volume snapshot ${name} was deleted while it was taken.`);
}

function uidOf(storage: Storage, namespace: string, claim: string): string {
  const found = storage.context.store.get(persistentVolumeClaims, namespace, claim);
  if (!found) throw new Refusal('SnapshotSourceMissing', `PVC ${namespace}/${claim} does not exist`);
  return found.metadata.uid;
}

async function recordOf(storage: Storage, namespace: string, claim: string, uid: string): Promise<ClaimRecord> {
  const record = await storage.claims.record(uid);
  if (record) return record;
  const key = keyOf({ metadata: { namespace, name: claim } });
  throw new Refusal('SnapshotSourceNotReady', `The disk ${key} has no data yet: it is still being filled.`, {
    retry: true,
  });
}

/** Work while nobody else works on any of these claims. Sorted keys: two such pieces of work cannot wait for each other. */
function inTurns<T>(storage: Storage, uids: readonly string[], work: () => Promise<T>): Promise<T> {
  const [first, ...rest] = uids;
  return first === undefined ? work() : storage.turns.run(first, () => inTurns(storage, rest, work));
}
