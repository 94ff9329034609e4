import { readFileSync } from 'node:fs';
import { createReadStream } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { readJson, sizeOf, writeAtomic } from '../files.ts';
import { errnoOf } from '../refusal.ts';
import { SparseFile } from './sparse.ts';
import { monotonic } from '../../kube/monotonic.ts';

/** What a half-done download came from; enough to ask for the rest of the very same content. */
export interface Origin {
  url: string;
  etag?: string;
  lastModified?: string;
  total?: number;
}
interface State extends Origin {
  /** Bytes certainly on the disk, which is what counts after a power cut. */
  synced: number;
  boot: string;
}

/** A download under way: `part` has its bytes, `part.json` where they are from. */
export class Part {
  readonly path: string;
  private readonly stateFile: string;
  private file: SparseFile | undefined;
  private lastSaved = 0;
  origin: Origin | undefined;

  private constructor(work: string) {
    this.path = join(work, 'part');
    this.stateFile = join(work, 'part.json');
  }

  /** Finds what an earlier run left. */
  static async open(work: string): Promise<Part> {
    const part = new Part(work);
    const state = await readJson<State>(part.stateFile).catch(() => undefined);
    const found = await sizeOf(part.path);
    const length = state && found ? found.size : 0;
    // A killed program loses nothing; a computer that went down may have lost what was not synced.
    const kept = state && state.boot !== bootId() ? Math.min(length, state.synced) : length;
    part.origin = kept > 0 ? state : undefined;
    part.file = await SparseFile.open(part.path, kept);
    return part;
  }

  get length(): number {
    return this.file?.length ?? 0;
  }
  get written(): number {
    return this.file?.written ?? 0;
  }

  /** The bytes so far, for those who have not seen them. */
  async replay(take: (chunk: Buffer) => Promise<void>): Promise<void> {
    if (this.length === 0) return;
    for await (const chunk of createReadStream(this.path, { highWaterMark: 1 << 20, end: this.length - 1 }))
      await take(chunk as Buffer);
  }

  async restart(): Promise<void> {
    await this.file?.abandon();
    this.origin = undefined;
    this.file = await SparseFile.open(this.path);
  }

  /** Notes where the bytes come from, before the first of them. */
  async from(origin: Origin): Promise<void> {
    this.origin = origin;
    await this.save();
  }

  async append(chunk: Uint8Array): Promise<void> {
    await this.file?.append(chunk);
    if (monotonic() - this.lastSaved > 2000) await this.save();
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  async abandon(): Promise<void> {
    const file = this.file;
    this.file = undefined;
    await file?.abandon();
  }

  private async save(): Promise<void> {
    this.lastSaved = monotonic();
    const state: State = { url: '', ...this.origin, synced: this.file?.synced ?? 0, boot: bootId() };
    await writeAtomic(this.stateFile, JSON.stringify(state));
  }
}

/** Names this run of the computer (Linux says it; elsewhere the time of its start, to ten seconds). */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return String(Math.round((Date.now() / 1000 - uptime()) / 10));
  }
}
