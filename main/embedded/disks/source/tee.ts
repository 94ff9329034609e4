import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { detectHead, headSize } from '../inspect/detect.ts';
import { largestDisk } from '../inspect/inspect.ts';
import { Refusal } from '../refusal.ts';
import { decompress } from './decompress.ts';
import { Digest } from './digest.ts';
import type { Expected } from './digest.ts';

/**
 * Everything that happens to the bytes of a download while they arrive: hashing, and unpacking when they are packed.
 * So a finished download needs no second pass.
 */
export class Tee {
  readonly digest: Digest;
  private readonly options: { work: string; signal: AbortSignal; limit: number };
  private head = Buffer.alloc(0);
  private total: number | undefined;
  private unpacking: { input: PassThrough; ended: Promise<number> } | undefined;
  private failure: Refusal | undefined;

  constructor(
    expected: Expected | undefined,
    options: { work: string; signal: AbortSignal; limit?: number | undefined },
  ) {
    this.digest = new Digest(expected);
    this.options = { work: options.work, signal: options.signal, limit: options.limit ?? largestDisk };
  }

  expect(total: number | undefined): void {
    this.total = total;
  }

  /** Throws Refusal as soon as the content cannot become a disk. */
  async push(chunk: Buffer): Promise<void> {
    this.digest.update(chunk);
    if (this.failure && this.failure.code !== 'CorruptArchive') throw this.failure;
    if (this.unpacking) await this.feed(chunk);
    else if (this.head.length < headSize) await this.look(chunk);
  }

  /** The unpacked file, if the content was packed. */
  async finish(): Promise<string | undefined> {
    if (this.head.length < headSize && !this.unpacking) await this.decide();
    if (!this.unpacking) return undefined;
    this.unpacking.input.end();
    await this.unpacking.ended.catch(() => undefined);
    if (this.failure) throw this.failure;
    return this.target;
  }

  async abandon(): Promise<void> {
    this.unpacking?.input.destroy(new Error('The download was given up'));
    await this.unpacking?.ended.catch(() => undefined);
    await rm(this.target, { force: true });
  }

  private get target(): string {
    return join(this.options.work, 'unpacked');
  }

  private async look(chunk: Buffer): Promise<void> {
    this.head = Buffer.concat([this.head, chunk]);
    if (this.head.length >= headSize) await this.decide();
  }

  private async decide(): Promise<void> {
    const kind = detectHead(this.head);
    if (kind !== 'xz' && kind !== 'gz' && kind !== 'zst' && kind !== 'bz2') return;
    const input = new PassThrough({ highWaterMark: 4 << 20 });
    const ended = decompress(input, {
      kind,
      to: this.target,
      folder: this.options.work,
      limit: this.options.limit,
      signal: this.options.signal,
      ...(this.total === undefined ? {} : { total: this.total }),
    });
    ended.catch((error: unknown) => {
      this.failure = error instanceof Refusal ? error : new Refusal('Failed', String(error));
    });
    this.unpacking = { input, ended };
    await this.feed(this.head);
  }

  private async feed(chunk: Buffer): Promise<void> {
    const { input, ended } = this.unpacking ?? {};
    // What is broken inside is only known to matter when the checksum turns out right: the download goes on.
    if (!input || input.destroyed || this.failure) return;
    if (input.write(chunk)) return;
    await Promise.race([new Promise((resolve) => input.once('drain', resolve)), ended?.catch(() => undefined)]);
  }
}
