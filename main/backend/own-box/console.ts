import { ProblemError } from '../../contract/problem.ts';

/** What the programs of the box's console are answered. */
export interface ConsoleAnswers {
  'box-code': { digits: string; secondsLeft: number };
  'box-forget-account': { forgotten: string | null };
  'box-new-identity': { fingerprint: string };
}

export const notYet = (): ProblemError =>
  new ProblemError({
    code: 'box-identity-damaged',
    title: 'The box has no key',
    detail: 'Without a key nobody can pair with it.',
    fix: 'Make a new one: `hearth box new-identity`.',
  });
