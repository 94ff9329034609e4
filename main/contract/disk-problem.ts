/** A Problem (problem.ts, which asks for it) of these two. */
interface DiskProblem {
  code: 'disk-full' | 'disk-read-only';
  title: string;
  detail: string;
  cause: string;
  fix: string;
  output?: string[];
  kind: 'failed';
}

/**
 * What the system says where nothing can be written, as a Problem: `disk-full` (ENOSPC, EDQUOT) or `disk-read-only` (EROFS);
 * undefined for any other error. Names the file where the error does.
 */
export function diskProblem(error: unknown): DiskProblem | undefined {
  const { code, path } = (error ?? {}) as { code?: unknown; path?: unknown };
  const where = typeof path === 'string' ? path : undefined;
  const output = error instanceof Error ? { output: [error.message] } : {};
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return {
      code: 'disk-full',
      title: 'The disk is full',
      detail: where === undefined ? 'Nothing more can be saved.' : `${where} could not be written: nothing more fits.`,
      cause: code === 'EDQUOT' ? 'The quota of your user is used up.' : 'The file system that it lies on has no space left.',
      fix: 'Free some space there and do it again. What was saved before is whole; Hearth goes on by itself when there is room.',
      ...output,
      kind: 'failed',
    };
  if (code === 'EROFS')
    return {
      code: 'disk-read-only',
      title: 'The disk is read-only',
      detail: where === undefined ? 'Nothing can be saved.' : `${where} cannot be written.`,
      cause: 'The file system is mounted read-only. Linux makes it so by itself after errors of the disk.',
      fix: 'Look for errors of the disk in the log of the system (`dmesg`), make it writable again, or choose another folder with --data-dir.',
      ...output,
      kind: 'failed',
    };
  return undefined;
} // prettier-ignore
