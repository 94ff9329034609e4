import { asProblem, ProblemError } from '../../../../contract/problem.ts';
import { StreamError } from './stream.ts';

/** How far an installation was when it failed. */
export type Reached = 'untouched' | 'erased' | 'installed';

const after: Record<Reached, { detail: string; fix: string }> = {
  untouched: { detail: 'Nothing was erased.', fix: 'Then choose the disk again.' },
  erased: {
    detail: 'The disk was erased, and the box is not on it yet; the stick is as it was.',
    fix: 'Then try again, or start the box from the stick again: it goes on with this disk.',
  },
  installed: {
    detail: 'The box is on its disk; only the stick could not be told.',
    fix: 'Remove the stick and start the box. The stick still has its secrets: write it anew or erase it.',
  },
};

const causes: Record<string, { title: string; cause: string; fix: string }> = {
  EIO: { title: 'A drive does not work properly', cause: 'Reading or writing failed: the disk or the stick is failing, or was pulled out.', fix: 'Check both and their cables, put the stick into another port, or take another disk.' },
  ENOSPC: { title: 'The disk is full', cause: 'What has to go onto the disk is larger than the room on it.', fix: 'Take a larger disk.' },
  EBUSY: { title: 'The disk is in use', cause: 'Something on this computer uses it, e.g. an array or a volume that is open.', fix: 'Start the box from the stick again.' },
  EROFS: { title: 'The disk is write-protected', cause: 'It refuses every change; some do so at the end of their life.', fix: 'Take another disk.' },
  ENODEV: { title: 'The disk went away', cause: 'The disk or the stick was pulled out.', fix: 'Put it back.' },
}; // prettier-ignore
const alike: Record<string, string> = { ENXIO: 'ENODEV', ENOENT: 'ENODEV', EACCES: 'EROFS', EPERM: 'EROFS', ESTALE: 'ENODEV', ENOTCONN: 'ENODEV', EUCLEAN: 'EIO', EBADMSG: 'EIO', EREMOTEIO: 'EIO' }; // prettier-ignore

/** Any failure of an installation as a Problem that says what state the disk is in. A stop stays a stop. */
export function installProblem(error: unknown, reached: Reached, step: string): ProblemError {
  const { detail, fix } = after[reached];
  if (error instanceof ProblemError)
    return new ProblemError(
      {
        ...error.problem,
        detail: error.problem.detail.includes('Nothing was erased') && reached === 'untouched' ? error.problem.detail : `${error.problem.detail} ${detail}`,
        fix: [error.problem.fix, ...(reached === 'untouched' ? [] : [fix])].filter(Boolean).join(' '),
      },
      { cause: error },
    ); // prettier-ignore
  if (error instanceof Error && error.name === 'AbortError')
    return new ProblemError({ ...asProblem(error), title: 'The installation was stopped', detail, fix }, { cause: error }); // prettier-ignore
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const known = causes[alike[code] ?? code];
  const words = error instanceof Error ? error.message : String(error);
  return new ProblemError(
    {
      code: known ? `install-${(alike[code] ?? code).toLowerCase()}` : 'install-failed',
      title: known?.title ?? 'The installation failed',
      detail: `${step}: ${words}. ${detail}`,
      ...(known && { cause: known.cause }),
      fix: [known?.fix, fix].filter(Boolean).join(' '),
      ...(error instanceof StreamError && { output: error.stderr.split('\n').slice(-5) }),
    },
    { cause: error },
  );
}

/** A program of the installation that failed, with its last words. */
export const programFailed = (argv: readonly string[], output: string): ProblemError =>
  new ProblemError({
    code: 'install-program-failed',
    title: 'The installation failed',
    detail: `${argv[0]} failed.`,
    cause: output.trim().split('\n').at(-1) ?? '',
    command: argv.join(' '),
    output: output.trim().split('\n').slice(-5),
  });
