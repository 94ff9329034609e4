import type { ClaimRecord } from '../claims/claims.ts';
import type { Storage } from '../storage.ts';
import { backingName } from '../tools/qcow2-header.ts';

/** A claim that a running machine writes to. */
export interface Rider {
  uid: string;
  name: string;
  vmi: string;
}

/**
 * Claims in use that stand on a base, so that their machines can be moved to its successor. Undefined where one of them
 * cannot: it has no overlay to put anywhere else, or its machine is just starting, or sees other layers.
 */
export async function ridersOf(storage: Storage, id: string): Promise<Rider[] | undefined> {
  const { claims, bases, usage, running } = storage;
  const riders: Rider[] = [];
  for (const record of await claims.all()) {
    const users = usage.users(record.uid);
    if (users.length === 0) continue;
    let stands = false;
    for (let at = record.base; at !== undefined && !stands; at = (await bases.get(at))?.backing) stands = at === id;
    if (!stands) continue;
    const vmi = usage.writer(record.uid, '');
    if (vmi === undefined || users.length > 1 || record.live || !running) return undefined;
    const depth = await running.depth(vmi, record.name).catch(() => undefined);
    if (depth !== (await claims.depthOf(record)) + 1) return undefined;
    riders.push({ uid: record.uid, name: record.name, vmi });
  }
  return riders;
}

/**
 * The layer that a claim's overlay stands on becomes a part of it inside the machine that writes to it. The record follows
 * when all of it is in the overlay's file; until then it names the layer, and reads the same. False where the machine sees
 * other layers. Within the claim's turn.
 */
export async function absorbInto(storage: Storage, record: ClaimRecord, vmi: string): Promise<boolean> {
  const { claims, bases, layout, running } = storage;
  const drop = record.base === undefined ? undefined : await bases.require(record.base);
  if (!drop || record.live) return false;
  const onto = drop.backing === undefined ? undefined : await bases.require(drop.backing);
  const depth = (await claims.depthOf(record)) + 1;
  const reference = onto && bases.reference(onto);
  // One layer less is a merge that was done before, if its last step tells so: the overlay's header names what is below now.
  const seen = await running?.depth(vmi, record.name);
  if (seen === depth - 1 && (await backingName(layout.volume(record.uid))) !== reference) return false;
  if (!(await running?.absorb(vmi, record.name, depth, reference))) return false;
  await claims.putOnto(record, onto);
  return true;
}

/**
 * The machine that writes to a claim sees the layers of its record from here on, and the record notes a merge whose end it
 * missed. Within the claim's turn.
 */
export async function realign(storage: Storage, uid: string): Promise<void> {
  const { claims, usage, running } = storage;
  const record = await claims.record(uid);
  const vmi = usage.writer(uid, '');
  if (!record || record.live || vmi === undefined || !running || record.base === undefined) return;
  const seen = await running.depth(vmi, record.name);
  const depth = (await claims.depthOf(record)) + 1;
  if (seen === depth - 1) await absorbInto(storage, record, vmi);
  else if (seen !== undefined && seen > depth)
    await running.reseat(vmi, record.name, await claims.baseNode(await storage.bases.require(record.base)));
}
