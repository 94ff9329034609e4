import { createReadStream } from 'node:fs';
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Base, Bases } from '../base/bases.ts';
import { requireSpace } from '../files.ts';
import { detect } from '../inspect/detect.ts';
import type { Detected } from '../inspect/detect.ts';
import { inspect, largestDisk } from '../inspect/inspect.ts';
import type { Inspection } from '../inspect/inspect.ts';
import { openReader } from '../inspect/reader.ts';
import { Refusal } from '../refusal.ts';
import { ToolError } from '../tools/run.ts';
import type { QemuImg } from '../tools/qemu-img.ts';
import { decompress } from './decompress.ts';
import { firstDisk } from './ova.ts';
import { SparseFile } from './sparse.ts';

export interface Source {
  /** A complete file. */
  file: string;
  /** It is ours: it may be moved and cut. A user's file is only ever read. */
  owned: boolean;
  /** SHA-256 of the source's content. */
  id: string;
  /** Folder for what is made on the way; the caller removes it. */
  work: string;
  /** Room in the claim, bytes, where the image has to fit into one. */
  limit?: number;
  signal: AbortSignal;
  /** Keeps a base from the sweep until the claim refers to it. */
  hold: (id: string) => void;
  progress?: (done: number) => void;
  /** What it was before it was unpacked. */
  sourceFormat?: string;
  /** Already unpacked once. */
  nested?: boolean;
}

/**
 * Turns one untrusted file into a base of ours. Order: what is it by content -> our own reading of its headers ->
 * qemu-img's reading under limits, which must agree -> space -> our own file (moved, or converted).
 */
export class Ingest {
  private readonly bases: Bases;
  private readonly qemuImg: QemuImg;
  constructor(bases: Bases, qemuImg: QemuImg) {
    this.bases = bases;
    this.qemuImg = qemuImg;
  }

  async run(source: Source): Promise<Base> {
    source.hold(source.id);
    const present = await this.bases.get(source.id);
    if (present) return present;
    const detected = await this.detect(source.file);
    if (detected === 'xz' || detected === 'gz' || detected === 'zst' || detected === 'bz2')
      return this.unpack(source, detected);
    if (detected === 'ova') return this.appliance(source);
    return this.disk(source, await this.examine(source.file, detected, source));
  }

  /** Our reading and qemu-img's of a disk image; nothing is written. */
  async examine(
    file: string,
    format: Exclude<Detected, 'xz' | 'gz' | 'zst' | 'bz2' | 'ova'>,
    source: Pick<Source, 'limit' | 'signal'>,
  ): Promise<Inspection> {
    const reader = await openReader(file);
    let inspection: Inspection;
    try {
      inspection = await inspect(reader, format);
    } finally {
      await reader.close();
    }
    if (source.limit !== undefined && inspection.format !== 'iso' && inspection.virtualSize > source.limit)
      throw tooLarge(inspection.virtualSize, source.limit);
    if (inspection.qemuFormat !== 'raw') await this.compare(file, inspection, source.signal);
    return inspection;
  }

  async detect(file: string): Promise<Detected> {
    const reader = await openReader(file);
    try {
      return await detect(reader);
    } finally {
      await reader.close();
    }
  }

  private async compare(file: string, ours: Inspection, signal: AbortSignal): Promise<void> {
    const theirs = await this.guard(() => this.qemuImg.info(file, ours.qemuFormat, signal));
    const named =
      theirs['backing-filename'] ?? theirs['full-backing-filename'] ?? theirs['format-specific']?.data?.['data-file'];
    if (named !== undefined || theirs.encrypted || theirs.format !== ours.qemuFormat) throw disagree();
    // VHD rounds to the geometry of cylinders; everything else is exact to the sector.
    const slack = ours.qemuFormat === 'vpc' ? 2 ** 24 + ours.virtualSize * 0.02 : 511;
    if (Math.abs(theirs['virtual-size'] - ours.virtualSize) > slack) throw disagree();
    ours.virtualSize = theirs['virtual-size'];
    if (ours.qemuFormat === 'qcow2') await this.guard(() => this.qemuImg.check(file, signal));
  }

  private async disk(source: Source, inspection: Inspection): Promise<Base> {
    const base: Base = {
      id: source.id,
      format: inspection.qemuFormat === 'raw' ? 'raw' : 'qcow2',
      virtualSize: inspection.virtualSize,
      sourceFormat: source.sourceFormat ?? inspection.format,
    };
    if (inspection.plain && source.owned) {
      // Safe to use as it is: all its tables were checked, it names no other file, nobody but us can write it, and it
      // is only ever opened read-only with its format and "no backing" said explicitly.
      if (base.format === 'raw') await truncate(source.file, base.virtualSize);
      return this.bases.adopt(base, source.file);
    }
    const target = join(source.work, 'converted.qcow2');
    await rm(target, { force: true });
    const needed = await this.guard(() => this.qemuImg.measure(source.file, inspection.qemuFormat, source.signal));
    await requireSpace(source.work, needed, 'The converted image');
    await this.guard(() =>
      this.qemuImg.convert(source.file, inspection.qemuFormat, target, {
        signal: source.signal,
        ...(source.progress ? { progress: source.progress } : {}),
      }),
    );
    return this.bases.adopt({ ...base, format: 'qcow2' }, target);
  }

  private async unpack(source: Source, kind: 'xz' | 'gz' | 'zst' | 'bz2'): Promise<Base> {
    if (source.nested)
      throw new Refusal('NestedArchive', 'The file is packed twice. Unpack it once and import the result.');
    const to = join(source.work, 'unpacked');
    const reader = await openReader(source.file);
    await reader.close();
    const input = createReadStream(source.file, { highWaterMark: 1 << 20 });
    await decompress(input, {
      kind,
      to,
      folder: source.work,
      limit: source.limit ?? largestDisk,
      total: reader.size,
      signal: source.signal,
      progress: (taken) => source.progress?.((0.9 * taken) / Math.max(1, reader.size)),
    });
    return this.run({ ...source, file: to, owned: true, nested: true });
  }

  private async appliance(source: Source): Promise<Base> {
    if (source.nested)
      throw new Refusal(
        'NestedArchive',
        'The disk is inside an archive inside another file. Unpack it and import the disk image.',
      );
    const reader = await openReader(source.file);
    const to = join(source.work, 'member');
    try {
      const member = await firstDisk(reader);
      await requireSpace(source.work, member.size, "The appliance's disk");
      const file = await SparseFile.open(to);
      for (let at = 0; at < member.size; at += 1 << 20) {
        source.signal.throwIfAborted();
        await file.append(await reader.read(member.offset + at, Math.min(1 << 20, member.size - at)));
      }
      await file.close();
    } finally {
      await reader.close();
    }
    return this.run({ ...source, file: to, owned: true, nested: true, sourceFormat: 'ova' });
  }

  /** qemu-img's own complaints as refusals; a crash of it is one too. */
  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      if (/No space left on device/.test(error.stderr))
        throw new Refusal('NotEnoughSpace', 'The disk of this computer is full. Free some space and try again.', {
          cause: error,
        });
      if (error.signal)
        throw new Refusal(
          'ImageCrashesReader',
          'Reading this image makes the disk tool crash or run over its limits, as images made for an attack do. Get it from a source you trust.',
          { cause: error },
        );
      throw new Refusal(
        'CorruptImage',
        `The image is damaged: ${error.stderr.trim().split('\n').at(-1)?.slice(0, 300) || 'its check failed'}. Download or copy it again.`,
        { cause: error },
      );
    }
  }
}

/** CDI's words for a claim that is too small. */
export const tooLarge = (size: number, room: number): Refusal =>
  new Refusal(
    'ImageTooLarge',
    `Virtual image size ${size} is larger than the reported available storage ${room}. A larger PVC is required.`,
  );
const disagree = (): Refusal =>
  new Refusal(
    'Ambiguous',
    'Two readings of this image disagree about what it is, as with images made for an attack. Get it from a source you trust, or convert it with qemu-img yourself.',
  );
