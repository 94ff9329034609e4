import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

const block = 64 * 1024;
const zeros = Buffer.alloc(block);
const syncEvery = 256 * 2 ** 20;

/**
 * A file written from front to back in which runs of zeros take no space. Its length always is the number of bytes
 * taken, so a half-written file says by itself where to go on.
 */
export class SparseFile {
  private readonly handle: FileHandle;
  private position: number;
  private unsynced = 0;
  private syncing: Promise<void> | undefined;
  private failed: unknown;
  /** Bytes that certainly survive a power cut. */
  synced: number;
  written = 0;

  private constructor(handle: FileHandle, position: number) {
    this.handle = handle;
    this.position = position;
    this.synced = position;
  }

  /** Opens for going on at `from`: whatever lies behind is cut off. */
  static async open(path: string, from = 0): Promise<SparseFile> {
    const handle = await open(path, from === 0 ? 'w' : 'r+', 0o600);
    await handle.truncate(from);
    return new SparseFile(handle, from);
  }

  get length(): number {
    return this.position;
  }

  /** Takes the next bytes. Zeros are skipped in whole blocks that lie on block borders of the file. */
  async append(data: Uint8Array): Promise<void> {
    const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    let start = 0;
    let hole = false;
    for (let at = 0; at < buffer.length;) {
      const end = Math.min(buffer.length, at + block - ((this.position + at) % block));
      const empty = buffer[at] === 0 && buffer.compare(zeros, 0, end - at, at, end) === 0;
      if (empty) {
        await this.write(buffer, start, at);
        start = end;
      }
      hole = empty;
      at = end;
    }
    await this.write(buffer, start, buffer.length);
    this.position += buffer.length;
    if (hole) await this.handle.truncate(this.position);
    this.syncNowAndThen(buffer.length);
  }

  /** Everything is on the disk when this returns. */
  async close(): Promise<void> {
    try {
      await this.syncing;
      await this.handle.truncate(this.position);
      await this.handle.datasync();
      if (this.failed) throw this.failed;
      this.synced = this.position;
    } finally {
      await this.handle.close();
    }
  }

  /** Closes without waiting for the disk. */
  async abandon(): Promise<void> {
    await this.syncing;
    await this.handle.close();
  }

  private async write(buffer: Buffer, from: number, to: number): Promise<void> {
    for (let at = from; at < to;) {
      const { bytesWritten } = await this.handle.write(buffer, at, to - at, this.position + at);
      at += bytesWritten;
      this.written += bytesWritten;
    }
  }

  private async sync(upTo: number): Promise<void> {
    try {
      await this.handle.datasync();
      this.synced = upTo;
    } catch (error) {
      this.failed = error;
    } finally {
      this.syncing = undefined;
    }
  }

  /** Keeps the disk busy while the network is, so that the final sync is short. */
  private syncNowAndThen(bytes: number): void {
    this.unsynced += bytes;
    if (this.unsynced < syncEvery || this.syncing) return;
    this.unsynced = 0;
    const upTo = this.position;
    this.syncing = this.sync(upTo);
  }
}

/** The end of a pipeline; `allow` may refuse the next bytes by throwing. */
export const sparseSink =
  (file: SparseFile, allow: (length: number) => void) =>
  async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) {
      allow(file.length + chunk.length);
      await file.append(chunk);
    }
  };
