import { ProblemError } from '../../../../contract/problem.ts';

/** Something on the drive could not be taken out of use. */
export const stillInUse = (what: string, stderr: string): ProblemError =>
  new ProblemError({
    code: 'stick-busy',
    title: 'The drive is in use',
    detail: `${what} could not be unmounted. Nothing was written.`,
    cause: 'A window, a terminal or a program has a file or folder on it open.',
    fix: 'Close it and try again.',
    output: stderr.trim().split('\n').slice(-3),
  });

/** The list of drives did not come, or not in a form that is understood. */
export const drivesUnreadable = (program: string, error: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'drives-unreadable',
      title: 'The drives cannot be listed',
      detail: `${program} did not answer in a form that is understood.`,
      cause: error instanceof Error ? error.message : String(error),
      fix: 'Unplug what does not answer and try again, or write the image to a plain file and use another tool.',
      command: program,
    },
    { cause: error },
  );
