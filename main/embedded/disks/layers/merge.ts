import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { chmod, copyFile, rename, rm } from 'node:fs/promises';
import { reflink, requireSpace, settle, sizeOf } from '../files.ts';
import { toRefusal } from '../refusal.ts';
import { swapping, sweepBases } from '../storage.ts';
import type { Storage } from '../storage.ts';
import { absorbInto, realign, ridersOf } from './live-merge.ts';
import { planMerges } from './plan-merge.ts';
import type { Merge } from './plan-merge.ts';

/** Milliseconds until what was in the way (work that ends, a machine that starts or stops) is asked for again, each time longer. */
const pauses = [500, 2000, 8000, 30_000];

/**
 * Merges layers that nobody but one other layer stands on any more, then removes what is not needed. One merge after the
 * other; what cannot be merged now is tried again a few times, and waits for the next call where a machine keeps it open.
 */
export async function mergeLayers(storage: Storage, tries = 0): Promise<void> {
  const whole = await mergeAll(storage);
  const pause = pauses[tries];
  if (whole || pause === undefined || storage.context.signal.aborted) return;
  setTimeout(() => {
    mergeLayers(storage, tries + 1).catch((error: unknown) =>
      storage.context.log.error({ err: error }, 'Layers could not be merged'),
    );
  }, pause).unref();
}

/** Whether nothing was in the way. */
function mergeAll(storage: Storage): Promise<boolean> {
  return storage.turns.run('merge', async () => {
    const passed = new Set<string>();
    // An engine that has ended does not know what its successor is about to stand on.
    if (storage.context.signal.aborted) return true;
    await sweepBases(storage);
    for (;;) {
      if (storage.context.signal.aborted) return true;
      const { merges, hindered } = await possible(storage);
      const merge = merges.find((each) => !passed.has(keyOf(each)));
      if (!merge) return !hindered && passed.size === 0;
      try {
        const done = merge.kind === 'claim' ? await mergeClaim(storage, merge) : await mergeBase(storage, merge);
        if (!done) passed.add(keyOf(merge));
        else await sweepBases(storage);
      } catch (error) {
        // The layers are as they were, or merged on disk and not yet in the record: both read the same.
        storage.context.log.warn({ err: error, merge, reason: toRefusal(error).message }, 'layers stay unmerged');
        passed.add(keyOf(merge));
      }
    }
  });
}

const keyOf = (merge: Merge): string => JSON.stringify(merge);

/** What could be merged now; `hindered` when work under way keeps layers, or a disk is just being made. */
async function possible(storage: Storage): Promise<{ merges: Merge[]; hindered: boolean }> {
  if ((await storage.claims.untold()).length > 0) return { merges: [], hindered: true };
  const kept = (await storage.snapshots.all()).map(({ base }) => base);
  const pinned = [...storage.bases.pinned()];
  const merges = planMerges({
    claims: await storage.claims.all(),
    bases: await storage.bases.all(),
    rooted: new Set([...kept, ...pinned]),
  });
  return { merges, hindered: pinned.length > 0 };
}

async function mergeClaim(storage: Storage, merge: Extract<Merge, { kind: 'claim' }>): Promise<boolean> {
  const { claims, bases, usage, turns, layout, qemuImg } = storage;
  return turns.run(merge.uid, async () => {
    const record = await claims.record(merge.uid);
    if (record?.base !== merge.drop || record.live || !(await claims.ownsData(merge.uid))) return false;
    const onto = merge.onto === undefined ? undefined : await bases.require(merge.onto);
    const drop = await bases.require(merge.drop);
    const volume = layout.volume(merge.uid);
    const writer = usage.writer(merge.uid, '');
    if (writer !== undefined) return absorbInto(storage, record, writer);
    if (usage.users(merge.uid).length > 0) return false;
    const own = (await sizeOf(volume))?.allocated ?? 0;
    const below = await bases.allocated(drop);
    await requireSpace(layout.volumes, Math.min(own, below), 'Merging the layers of a disk');
    await claims.relabel(record);
    if (own < below) {
      // The smaller one moves. When the overlay's data is in its base, that takes the overlay's place: a crash before the
      // record is written finds the data under the claim's name, and Claims makes it a base again.
      await chmod(bases.path(drop), 0o600);
      await qemuImg.commit(volume);
      await settle(bases.path(drop));
      await rename(bases.path(drop), volume);
    } else await qemuImg.rebase(volume, onto && { name: bases.reference(onto), format: onto.format });
    await claims.putOnto(record, onto);
    return true;
  });
}

/**
 * A base is never changed in place, others may read it: its successor is made beside it and takes its name. Machines that
 * have the old one open are moved to it while they run; both read the same at any time.
 */
async function mergeBase(storage: Storage, merge: Extract<Merge, { kind: 'base' }>): Promise<boolean> {
  const { bases, layout, qemuImg } = storage;
  const riders = await ridersOf(storage, merge.id);
  if (!riders) return false;
  const base = await bases.require(merge.id);
  const onto = merge.onto === undefined ? undefined : await bases.require(merge.onto);
  const path = bases.path(base);
  const copy = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  const needed = (await bases.allocated(base)) + (await bases.allocated(await bases.require(merge.drop)));
  await requireSpace(layout.bases, needed, 'Merging the layers of snapshots');
  try {
    if (!(await reflink(path, copy))) await copyFile(path, copy);
    await chmod(copy, 0o600);
    await qemuImg.rebase(copy, onto && { name: bases.reference(onto), format: onto.format });
    await chmod(copy, 0o400);
    await settle(copy);
    // Who began to use it meanwhile was told of the old layers; all others are moved.
    const swapped = await storage.turns.run(swapping, async () => {
      if (!isDeepStrictEqual(await ridersOf(storage, merge.id), riders)) return false;
      await rename(copy, path);
      const { backing: _dropped, ...rest } = base;
      await bases.announce({ ...rest, ...(onto ? { backing: onto.id } : {}) });
      return true;
    });
    if (!swapped) return false;
  } finally {
    await rm(copy, { force: true });
  }
  for (const { uid, name } of riders)
    try {
      await storage.turns.run(uid, () => realign(storage, uid));
    } catch (error) {
      // It goes on with the old files, which it has open; its next start, or the next engine, finds the new ones.
      storage.context.log.warn({ err: error, claim: name }, 'a running machine keeps layers that were merged');
    }
  return true;
}
