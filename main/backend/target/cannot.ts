import { ProblemError } from '../../contract/problem.ts';

/** The target cannot do it: why, and what helps, as the disabled button of a page says it. */
export const cannot = ({
  reason,
  remedy,
}: {
  reason?: string | undefined;
  remedy?: string | undefined;
}): ProblemError =>
  new ProblemError({
    code: 'target-cannot',
    title: 'This target cannot do that',
    detail: reason ?? 'The target does not offer it.',
    ...(remedy && { fix: remedy }),
    kind: 'denied',
  });
