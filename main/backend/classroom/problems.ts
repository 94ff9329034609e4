import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { problemOf } from '../boxes/link/problems.ts';

export const denied = (code: string, title: string, detail: string, fix?: string): ProblemError =>
  new ProblemError({ code, title, detail, ...(fix !== undefined && { fix }), kind: 'denied' });

export const noClass = (): ProblemError =>
  denied('class-none', 'No class is held here', 'It was ended, or never opened.', 'Open a class first.');
export const noSeat = (): ProblemError =>
  denied(
    'class-no-seat',
    'This Hearth is in no class',
    'It left the class, or never joined one.',
    'Join a class first.',
  );
export const seatGone = (): ProblemError =>
  denied('class-seat-gone', 'This seat is not in the class', 'It left, or it was removed.');
export const seatAway = (name: string): ProblemError =>
  denied('class-seat-away', 'The seat is not connected', `${name} cannot be reached just now.`, 'It comes back by itself once its Hearth runs and reaches this computer.'); // prettier-ignore
export const tooOften = (): ProblemError =>
  denied('too-often', 'Too many tries', 'The class was asked too often within a minute.', 'Wait a minute, then try again.'); // prettier-ignore
/** The token, or the certificate that it belongs to, is not of this class. */
export const notOfThisClass = (): ProblemError =>
  denied('class-seat-unknown', 'The class does not know this seat', 'It was removed, or the class is another one by now.', 'Ask for the code and join again.'); // prettier-ignore

/** What stands in the code door's own words is about a box with a screen. */
export function inWordsOfClass(error: unknown): unknown {
  const { code } = asProblem(error);
  if (code === 'code-wait') return denied(code, 'Too many wrong codes', 'Nobody may join for a while; then there is another code.', 'Wait, then type the new code.'); // prettier-ignore
  if (code === 'code-closed') return denied(code, 'The class takes nobody in now', 'Its code has ended, or it is closed for newcomers.', 'Ask for a new code.'); // prettier-ignore
  if (code === 'code-wrong') return denied(code, 'The code is not right', 'It is not the one of this class, or another computer stands between.', 'Compare the digits and try again.'); // prettier-ignore
  return error;
}

/** What went wrong between a seat and its class, in words of classes instead of boxes. */
export function asClassProblem(error: unknown): Problem {
  const problem = asProblem(error);
  const of = (title: string, cause: string, fix: string): Problem => ({ code: problem.code.replace(/^box-/, 'class-'), title, detail: problem.detail, cause, fix, kind: problem.kind }); // prettier-ignore
  switch (problem.code) {
    case 'box-unreachable':
      return of('The class does not answer', 'The class is closed, its computer is off or in another network, or a firewall is between.', 'Compare the address with the one that the teacher shows. Both computers must be in the same network.'); // prettier-ignore
    case 'box-no-tls':
    case 'box-answer-strange':
      return of('What answers there is no class', 'Something else listens at this address, or it runs another version of Hearth.', 'Compare the address with the one that the teacher shows.'); // prettier-ignore
    case 'box-key-changed':
      return {
        ...of('Another key answers at this address', 'Another computer has that address now, the teacher’s Hearth lost its key, or somebody pretends to be the class.', 'Ask the teacher. Only if they know why: leave the class and join it again.'),
        detail: 'Nothing was sent there.',
      }; // prettier-ignore
    case 'box-address':
      return of('This is no address', 'It is neither an IPv4 address nor a host name, with or without a port.', 'Type what the teacher shows, e.g. 192.168.1.20.'); // prettier-ignore
    default:
      return problem;
  }
}

/** An error that came from the other Hearth: it can say anything, so only what can be shown is kept. */
export function fromOutside(error: unknown): ProblemError {
  const problem = problemOf(asProblem(error));
  return new ProblemError(problem ?? { code: 'class-answer-strange', title: 'The answer is not understood', detail: 'The other Hearth answered something that is no answer.' }); // prettier-ignore
}
