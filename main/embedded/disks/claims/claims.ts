import { randomUUID } from 'node:crypto';
import { chmod, readdir, rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import type { BlockNode } from '../../kube/block.ts';
import type { Bases, Base } from '../base/bases.ts';
import { exists, readJson, sizeOf, writeAtomic } from '../files.ts';
import type { Layout } from '../layout.ts';
import { Refusal } from '../refusal.ts';
import type { Kept } from './kept.ts';
import { backingName } from '../tools/qcow2-header.ts';
import type { QemuImg } from '../tools/qemu-img.ts';

/** What a claim's data is: a base as it came (no file of its own yet), or an overlay volumes/<uid>.qcow2 on `base`. */
export interface ClaimRecord {
  uid: string;
  namespace: string;
  name: string;
  /** Absent for a disk that began blank. */
  base?: string;
  virtualSize: number;
  /**
   * A running machine was to go on in a new overlay, called `node` inside its QEMU; that it does is not yet sure. Until
   * then it may still write into `base`, so nobody else may stand on that. For any other instance it means nothing.
   */
  live?: { vmi: string; node: string };
  /** Its objects, to bring them back should their files be lost. Absent in records of earlier versions. */
  kept?: Kept;
}

/** Bases on top of each other before a copy is made. */
const deepest = 24;
/** How often, how far apart (ms) data without a record is looked at again: a blank disk gets its record a moment later. */
const looks = 10;
const between = 200;

/** The files of claims. Callers serialise work on one claim. */
export class Claims {
  private readonly layout: Layout;
  private readonly bases: Bases;
  private readonly qemuImg: QemuImg;
  /** Data that stayed without a record: it is not waited for again. */
  private lasting = new Set<string>();
  constructor(layout: Layout, bases: Bases, qemuImg: QemuImg) {
    this.layout = layout;
    this.bases = bases;
    this.qemuImg = qemuImg;
  }

  record(uid: string): Promise<ClaimRecord | undefined> {
    return readJson<ClaimRecord>(this.layout.record(uid));
  }

  /** The claim has its data from here on. */
  async put(record: ClaimRecord): Promise<void> {
    await writeAtomic(this.layout.record(record.uid), JSON.stringify(record));
  }

  /** Its overlay stands on `onto` from here on; undefined: on nothing. */
  async putOnto({ base: _dropped, ...record }: ClaimRecord, onto: Base | undefined): Promise<void> {
    await this.put({ ...record, ...(onto ? { base: onto.id } : {}) });
  }

  /** A claim that has written data of its own (or began blank). */
  ownsData(uid: string): Promise<boolean> {
    return exists(this.layout.volume(uid));
  }

  /** Nothing written yet: an empty disk, sparse. One that is there already (its record was lost, say) is never replaced. */
  async makeBlank(record: ClaimRecord): Promise<void> {
    if (!(await this.ownsData(record.uid))) await this.createOverlay(record);
    await this.put(record);
  }

  /** What QEMU opens. A writable open of a pristine image makes its overlay now (milliseconds). */
  async node(record: ClaimRecord, readOnly: boolean): Promise<BlockNode> {
    await this.finishFreeze(record);
    const base = record.base === undefined ? undefined : await this.baseNode(await this.bases.require(record.base));
    const own = await this.ownsData(record.uid);
    if (!own && readOnly && base) return base;
    if (!own) await this.createOverlay(record);
    return {
      format: 'qcow2',
      path: this.layout.volume(record.uid),
      readOnly,
      virtualSize: record.virtualSize,
      ...(base ? { backing: base } : {}),
    };
  }

  async baseNode(base: Base): Promise<BlockNode> {
    const backing =
      base.backing === undefined ? undefined : await this.baseNode(await this.bases.require(base.backing));
    return {
      format: base.format,
      path: this.bases.path(base),
      readOnly: true,
      virtualSize: base.virtualSize,
      ...(backing ? { backing } : {}),
    };
  }

  /**
   * Makes the claim's present data a read-only base that others may stand on, itself among them. Where a running machine
   * (`vmi`) writes to it, that one has to go on in the new overlay before anyone may: see `live`. Else it must not be in use.
   */
  async freeze(
    { live: _over, ...record }: ClaimRecord,
    hold: (id: string) => void,
    vmi?: string,
  ): Promise<ClaimRecord> {
    await this.finishFreeze(record);
    if (!(await this.ownsData(record.uid))) return record;
    if (vmi === undefined) await this.relabel(record);
    const id = `frozen-${randomUUID()}`;
    const under = record.base === undefined ? undefined : await this.bases.require(record.base);
    hold(id);
    // What a machine writes to cannot be copied; its chain is shortened by merging (see disks/layers/merge.ts).
    if (vmi === undefined && under && (await this.depth(under)) >= deepest) return this.flatten(record, under, id);
    // In this order a crash at any point is completed by finishFreeze (or, before the record, forgotten by the sweep).
    await this.bases.announce({
      id,
      format: 'qcow2',
      virtualSize: record.virtualSize,
      sourceFormat: under?.sourceFormat ?? 'blank',
      ...(under ? { backing: under.id } : {}),
    });
    const live = vmi === undefined ? {} : { live: { vmi, node: nodeNameOf(id) } };
    const frozen: ClaimRecord = { ...record, base: id, ...live };
    await this.put(frozen);
    await this.finishFreeze(frozen);
    return frozen;
  }

  /** The machine goes on in the overlay, or there is no such machine any more. */
  async settle({ live, ...record }: ClaimRecord): Promise<ClaimRecord> {
    if (live) await this.put(record);
    return record;
  }

  /**
   * Makes an overlay's header say what the record does: tools that read it alone go by that. A live merge that was cut short
   * (the engine killed, then QEMU) names the next layer already, while the table of what it copied never was in the file.
   * From the record's layers the disk reads as it should. It must not be in use.
   */
  async relabel(record: ClaimRecord): Promise<void> {
    if (record.base === undefined) return;
    const base = await this.bases.require(record.base);
    const volume = this.layout.volume(record.uid);
    const name = this.bases.reference(base);
    if ((await backingName(volume)) !== name) await this.qemuImg.relabel(volume, { name, format: base.format });
  }

  /** As freeze, but the new base stands alone: long chains make every read slower. */
  private async flatten(record: ClaimRecord, under: Base, id: string): Promise<ClaimRecord> {
    const volume = this.layout.volume(record.uid);
    const copy = `${volume}.${randomUUID().slice(0, 8)}.tmp`;
    try {
      await this.qemuImg.convert(volume, 'qcow2', copy);
      const { virtualSize } = record;
      await this.bases.adopt({ id, format: 'qcow2', virtualSize, sourceFormat: under.sourceFormat }, copy);
    } finally {
      await rm(copy, { force: true });
    }
    const flat = { ...record, base: id };
    // A crash between these leaves the overlay on a base with the same content: nothing is wrong with that.
    await this.put(flat);
    await rm(volume);
    return flat;
  }

  /** Bases on top of each other below a claim. */
  async depthOf(record: ClaimRecord): Promise<number> {
    return record.base === undefined ? 0 : this.depth(await this.bases.require(record.base));
  }

  private async depth(base: Base): Promise<number> {
    const under = base.backing === undefined ? undefined : await this.bases.get(base.backing);
    return under ? 1 + (await this.depth(under)) : 1;
  }

  async grow(record: ClaimRecord, size: number): Promise<ClaimRecord> {
    if (size <= record.virtualSize) return record;
    if (await this.ownsData(record.uid)) await this.qemuImg.grow(this.layout.volume(record.uid), size);
    const grown = { ...record, virtualSize: size };
    await this.put(grown);
    return grown;
  }

  /** Its file was made bigger by the QEMU that has it open. */
  async grown(record: ClaimRecord, size: number): Promise<ClaimRecord> {
    const grown = { ...record, virtualSize: Math.max(size, record.virtualSize) };
    await this.put(grown);
    return grown;
  }

  /** To be called before a claim's object goes, so that a start after a crash knows its data for waste. */
  async condemn(uid: string): Promise<void> {
    await writeAtomic(this.layout.condemned(uid), '');
  }

  async remove(uid: string): Promise<void> {
    await rm(this.layout.record(uid), { force: true });
    await rm(this.layout.volume(uid), { force: true });
    await rm(this.layout.condemned(uid), { force: true });
  }

  async sizes(record: ClaimRecord): Promise<{ real: number; virtual: number }> {
    const own = await sizeOf(this.layout.volume(record.uid));
    const base = record.base === undefined ? undefined : await this.bases.get(record.base);
    return { real: own?.allocated ?? (base ? await this.bases.allocated(base) : 0), virtual: record.virtualSize };
  }

  async all(): Promise<ClaimRecord[]> {
    const found: ClaimRecord[] = [];
    for (const name of await readdir(this.layout.volumes)) {
      if (!name.endsWith('.json')) continue;
      const record = await readJson<ClaimRecord>(join(this.layout.volumes, name));
      if (record) found.push(record);
    }
    return found;
  }

  /** Data without a record: what it stands on is not known. What is only just being made or removed is waited for. */
  async untold(): Promise<string[]> {
    const look = async (): Promise<string[]> => {
      const names = new Set(await readdir(this.layout.volumes));
      return [...names].filter((name) => name.endsWith('.qcow2') && !names.has(name.replace(/qcow2$/, 'json')));
    };
    let found = await look();
    for (let left = looks; left > 0 && found.some((name) => !this.lasting.has(name)); left -= 1) {
      await delay(between);
      const now = new Set(await look());
      found = found.filter((name) => now.has(name));
    }
    this.lasting = new Set(found);
    return found;
  }

  /** A frozen base whose data still lies under the claim's name: the rename that a crash left out. */
  private async finishFreeze(record: ClaimRecord): Promise<void> {
    if (!record.base?.startsWith('frozen-')) return;
    const base = await this.bases.require(record.base);
    const target = this.bases.path(base);
    if (await exists(target)) return;
    const source = this.layout.volume(record.uid);
    if (!(await exists(source)))
      throw new Refusal(
        'ImageMissing',
        'The data this disk stands on is no longer in the data folder. Restore it from a backup.',
      );
    await chmod(source, 0o400);
    await rename(source, target);
  }

  private async createOverlay(record: ClaimRecord): Promise<void> {
    const base = record.base === undefined ? undefined : await this.bases.require(record.base);
    const temporary = `${this.layout.volume(record.uid)}.${randomUUID().slice(0, 8)}.tmp`;
    try {
      const backing = base && { name: this.bases.reference(base), format: base.format };
      await this.qemuImg.create(temporary, record.virtualSize, backing);
      await chmod(temporary, 0o600);
      await rename(temporary, this.layout.volume(record.uid));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

/** QEMU's name of the overlay on top of a base: its own, valid (a letter first), at most 31 characters. */
const nodeNameOf = (base: string): string => `l${base.replace('frozen-', '').replaceAll('-', '').slice(0, 24)}`;
