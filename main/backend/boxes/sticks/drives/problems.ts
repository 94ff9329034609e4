import { ProblemError } from '../../../../contract/problem.ts';

export const driveGone = (path: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'stick-gone',
      title: 'The drive is gone',
      detail: `${path} is not there any more.`,
      fix: 'Plug it in again and choose it anew.',
    },
    { cause },
  );

export const driveChanged = (path: string): ProblemError =>
  new ProblemError({
    code: 'stick-changed',
    title: 'This is another drive now',
    detail: `${path} is not the drive that was chosen. Nothing was written.`,
    cause: 'It was unplugged, or another one took its name.',
    fix: 'Choose the drive anew.',
  });

/** `why`: of the policy. */
export const driveRefused = (name: string, why: string): ProblemError =>
  new ProblemError({
    code: 'stick-refused',
    title: `Hearth keeps away from ${name}`,
    detail: why,
    fix: 'Choose another drive (`hearth usb list`).',
    kind: 'denied',
  });

/** `typed`: its size in GB, which stands for having looked at it. */
export const driveNotTyped = (typed: string): ProblemError =>
  new ProblemError({
    code: 'stick-not-typed',
    title: 'This is a large drive',
    detail: `Type ${typed}, its size in GB, before it is erased.`,
    fix: 'Look whether it is the right one, then type the number.',
    fields: { typed: `Type ${typed}.` },
    kind: 'denied',
  });
