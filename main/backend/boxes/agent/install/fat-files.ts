import { ProblemError } from '../../../../contract/problem.ts';
import type { Run } from '../disks/lsblk.ts';
import { drain, feed, mtoolsSaid } from './stream.ts';
import type { StreamOptions } from './stream.ts';

/**
 * Files of a FAT that is not mounted, by mtools. `path`: `/hearth/a/vmlinuz`. What was written is on the disk after `flush`.
 */
export interface FatFiles {
  /** Makes the folder and those above it. */
  folder(path: string): Promise<void>;
  /** Replaces the file. */
  put(path: string, bytes: AsyncIterable<Uint8Array>, options?: StreamOptions): Promise<void>;
  get(path: string, options?: StreamOptions): AsyncIterable<Uint8Array>;
}

export function openFat(run: Run, partition: string): FatFiles {
  const made = new Set<string>();
  return {
    async folder(path) {
      const parts = path.split('/').filter((part) => part !== '');
      for (const [index] of parts.entries()) {
        const each = `/${parts.slice(0, index + 1).join('/')}`;
        if (made.has(each)) continue;
        const { code, stderr } = await run(['mmd', '-D', 's', '-i', partition, `::${each}`], { timeoutMs: 60_000 });
        // A folder that is there is passed over without a word, but not with 0.
        if (code !== 0 && mtoolsSaid(stderr) !== '') throw fatFailed(stderr);
        made.add(each);
      }
    },
    put: (path, bytes, options) => feed(['mcopy', '-o', '-i', partition, '-', `::${path}`], bytes, options),
    get: (path, options) => drain(['mcopy', '-i', partition, `::${path}`, '-'], options),
  };
}

const fatFailed = (output: string): ProblemError =>
  new ProblemError({
    code: 'boot-partition-failed',
    title: 'The boot partition cannot be written',
    detail: 'mtools could not make a folder on the new boot partition.',
    output: output.split('\n').slice(-5),
  });
