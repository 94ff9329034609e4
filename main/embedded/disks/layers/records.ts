import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeAtomic } from '../files.ts';
import type { Layout } from '../layout.ts';

/** What a VolumeSnapshot kept: the layer that its claim stood on at that moment. */
export interface SnapshotRecord {
  /** Of the VolumeSnapshot. */
  uid: string;
  namespace: string;
  name: string;
  claim: string;
  base: string;
  virtualSize: number;
  /** ISO 8601. */
  takenAt: string;
}

/** The records of snapshots: DATA/engine/disks/snapshots, one small file each. They keep layers from being swept. */
export class SnapshotRecords {
  private readonly layout: Layout;
  constructor(layout: Layout) {
    this.layout = layout;
  }

  get(uid: string): Promise<SnapshotRecord | undefined> {
    return readJson<SnapshotRecord>(this.layout.snapshot(uid));
  }

  async put(record: SnapshotRecord): Promise<void> {
    await writeAtomic(this.layout.snapshot(record.uid), JSON.stringify(record));
  }

  async remove(uid: string): Promise<void> {
    await rm(this.layout.snapshot(uid), { force: true });
  }

  async all(): Promise<SnapshotRecord[]> {
    const found: SnapshotRecord[] = [];
    for (const name of await readdir(this.layout.snapshots)) {
      if (!name.endsWith('.json')) continue;
      const record = await readJson<SnapshotRecord>(join(this.layout.snapshots, name));
      if (record) found.push(record);
    }
    return found;
  }
}
