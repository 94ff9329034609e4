import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Run } from '../disks/lsblk.ts';
import { fileBytes, notKept, sha256Of, signedBytes, textBytes } from './copying.ts';
import { openFat } from './fat-files.ts';
import type { CopyItem } from './plan.ts';
import { programFailed } from './problems.ts';

/** The new boot partition while it is filled. */
export interface BootPartition {
  /** Copies files of the stick, each checked against what was signed. */
  copy(items: readonly CopyItem[], onBytes: (count: number) => void): Promise<void>;
  text(path: string, content: string | Uint8Array): Promise<void>;
  /** Writes everything to the disk itself, and reads back what was put since the last time. Problem `disk-lies`. */
  settle(onBytes?: (count: number) => void): Promise<void>;
}

export function createBootPartition(run: Run, partition: string, medium: string, signal: AbortSignal): BootPartition {
  const fat = openFat(run, partition);
  const unread = new Map<string, string>();
  const put = async (path: string, bytes: AsyncIterable<Uint8Array>, sha256: string): Promise<void> => {
    signal.throwIfAborted();
    await fat.folder(dirname(path));
    await fat.put(path, bytes, { signal });
    unread.set(path, sha256);
  };
  return {
    async copy(items, onBytes) {
      for (const { file, to } of items)
        await put(to, signedBytes(fileBytes(join(medium, file.path)), file, onBytes), file.sha256);
    },
    text: (path, content) => put(path, textBytes(content), createHash('sha256').update(content).digest('hex')),
    async settle(onBytes) {
      await flush(run, partition);
      for (const [path, sha256] of unread) {
        if ((await sha256Of(fat.get(path, { signal }), onBytes)) !== sha256) throw notKept(path);
        unread.delete(path);
      }
    },
  };
}

/** Onto the disk, and out of the memory of this computer, so that the next reading comes from the disk. */
export async function flush(run: Run, device: string): Promise<void> {
  const file = await open(device, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  const argv = ['blockdev', '--flushbufs', device];
  const { code, stderr } = await run(argv, { timeoutMs: 300_000 });
  if (code !== 0) throw programFailed(argv, stderr);
}
