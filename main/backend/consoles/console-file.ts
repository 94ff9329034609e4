import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { writeFileAtomic } from '../json-file.ts';
import type { Log } from '../log.ts';
import type { Ring } from './ring.ts';

/** How many times what the ring keeps a file may hold before it is cut down to that. */
const times = 8;
/** Milliseconds until a file that could not be written is tried again. */
const againMs = 5000;

/** What a serial console said, on disk: bounded, and whole again after a disk that was full for a while. */
export interface ConsoleFile {
  /** After it was pushed into the ring. Waits for nothing. */
  heard(chunk: Buffer): void;
  /** What was heard is on disk when it resolves, where the disk takes it. */
  close(): Promise<void>;
}

/**
 * Appends to a file of `size` bytes. One that is too long, or that lost something because it could not be written, is written
 * anew from the ring: the file never needs to be read for it, and never has a gap.
 */
export function createConsoleFile(options: { path: string; size: number; ring: Ring; log: Log }): ConsoleFile {
  const { path, ring, log } = options;
  let { size } = options;
  const most = times * ring.size;
  let waiting: Buffer[] = [];
  let behind = 0;
  /** Something is missing in the file. */
  let gap = size > most;
  let failed = false;
  let file: FileHandle | undefined;
  let again: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  async function anew(): Promise<void> {
    await file?.close();
    file = undefined;
    [waiting, behind, gap] = [[], 0, false];
    const all = ring.read();
    await writeFileAtomic(path, all);
    size = all.length;
  }
  async function write(): Promise<void> {
    try {
      file ??= await open(path, 'a', 0o600);
      while (gap || waiting.length > 0) {
        if (gap || size > most) {
          await anew();
          continue;
        }
        const bytes = Buffer.concat(waiting.splice(0));
        behind = 0;
        file ??= await open(path, 'a', 0o600);
        const { bytesWritten } = await file.write(bytes);
        size += bytesWritten;
        if (bytesWritten < bytes.length) gap = true;
      }
      failed = false;
    } catch (error) {
      if (!failed) log.warn({ err: error, file: path }, 'a console log cannot be written; it is tried again');
      failed = gap = true;
      [waiting, behind] = [[], 0];
      clearTimeout(again);
      again = setTimeout(begin, againMs);
      again.unref();
    }
  }
  function begin(): void {
    writing ??= write().finally(() => {
      writing = undefined;
      if (!failed && (gap || waiting.length > 0)) begin();
    });
  }
  // It is there from the beginning: somebody looked at this console.
  begin();
  return {
    heard(chunk) {
      // The ring has it: nothing needs to be kept twice.
      if (gap) return;
      waiting.push(chunk);
      behind += chunk.length;
      if (behind > ring.size) [waiting, behind, gap] = [[], 0, true];
      begin();
    },
    async close() {
      clearTimeout(again);
      await writing;
      if (gap) await write();
      clearTimeout(again);
      await file
        ?.close()
        .catch((error: unknown) => log.warn({ err: error, file: path }, 'a console log cannot be closed'));
    },
  };
}
