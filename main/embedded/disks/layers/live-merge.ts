import type { Storage } from '../storage.ts';

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

/** The machine that writes to a claim sees the layers of its record from here on. Within the claim's turn. */
export async function realign(storage: Storage, uid: string): Promise<void> {
  const { claims, usage, running } = storage;
  const record = await claims.record(uid);
  const vmi = usage.writer(uid, '');
  if (!record || record.live || vmi === undefined || !running) return;
  const seen = await running.depth(vmi, record.name);
  const depth = (await claims.depthOf(record)) + 1;
  // Merging makes chains shorter, never longer.
  if (seen === undefined || seen <= depth || record.base === undefined) return;
  await running.reseat(vmi, record.name, await claims.baseNode(await storage.bases.require(record.base)));
}
