import { ProblemError, problemSchema } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';
import { shownFingerprint } from '../pairing/fingerprint.ts';
import { line, lines } from './plain-words.ts';

const causes: Record<string, string> = {
  ECONNREFUSED: 'The computer there is on, but no box answers at that port.',
  EHOSTUNREACH: 'Nothing has that address: the box is off, or it got another address.',
  ENETUNREACH: 'This computer has no way into that network.',
  ENOTFOUND: 'The name is not known in this network.',
  EAI_AGAIN: 'The name is not known in this network.',
  ETIMEDOUT: 'The box is off, it got another address, or a firewall is between.',
  ECONNRESET: 'What answers there ended the connection.',
};

/** Nobody answers as a box would. */
export function unreachable(address: string, error: unknown): ProblemError {
  const { code = '', message = String(error) } = (error ?? {}) as { code?: string; message?: string };
  const tls = /^ERR_SSL|^EPROTO|^ERR_TLS/.test(code);
  return new ProblemError(
    {
      code: tls ? 'box-no-tls' : 'box-unreachable',
      title: tls ? 'What answers there is no box' : 'The box does not answer',
      detail: `${address}: ${message.slice(0, 200)}`,
      cause: tls ? 'It does not speak TLS 1.3, as every box does.' : (causes[code] ?? 'The connection failed.'),
      fix: tls
        ? 'Type the address that the screen of the box shows.'
        : 'See whether the box is on and its cable is in; its screen shows its address.',
    },
    { cause: error },
  );
}

/** Whether nobody answered, or the connection broke: what was asked may have been done all the same. */
export const isLost = (error: unknown): boolean =>
  error instanceof ProblemError && error.problem.code === 'box-unreachable';

/** The hard stop: another key than the pinned one. Nothing was sent. */
export const keyChanged = (address: string, pinned: string, found: string): ProblemError =>
  new ProblemError({
    code: 'box-key-changed',
    title: 'Another key answers at this address',
    detail: `At ${address} the fingerprint begins with ${shownFingerprint(found)}; the paired box has ${shownFingerprint(pinned)}. Nothing was sent there.`,
    cause:
      'Either the box was installed anew (or reset), or another device has its address now, or somebody pretends to be the box.',
    fix: 'Compare with the fingerprint on the screen of the box. Only if it shows the new one, and you know why: forget the box here and pair it again.',
    kind: 'denied',
  });

export const revoked = (address: string): ProblemError =>
  new ProblemError({
    code: 'box-revoked',
    title: 'The box does not accept this Hearth any more',
    detail: `The box at ${address} proved who it is, and refused this Hearth.`,
    cause: 'Somebody removed this Hearth from its paired apps, or the box was reset.',
    fix: 'Show a new code on the box (its pages, Paired apps; or its screen) and pair again.',
    kind: 'denied',
  });

/** An answer that no box of ours gives. */
export const strange = (address: string, what: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'box-answer-strange',
      title: 'The answer is not that of a box',
      detail: `${address}: ${what}`,
      cause: 'Something else listens there, or the box runs a Hearth of another age.',
      fix: 'Check the address; update the box or this Hearth if their versions are far apart.',
    },
    { cause },
  );

const clip = (text: string, to: number): string => lines(text.slice(0, to));
/** What a box said went wrong, cut to a size that can be shown. */
export function problemOf(value: unknown): Problem | undefined {
  const checked = problemSchema.safeParse(value);
  if (!checked.success) return undefined;
  const { code, title, detail, cause, fix, kind, fields, output } = checked.data;
  return {
    code: code.slice(0, 80),
    title: line(title.slice(0, 200)),
    detail: clip(detail, 2000),
    kind,
    ...(cause !== undefined && { cause: clip(cause, 1000) }),
    ...(fix !== undefined && { fix: clip(fix, 1000) }),
    ...(output && { output: output.slice(-40).map((each) => line(each.slice(0, 500))) }),
    ...(fields && { fields: Object.fromEntries(Object.entries(fields).slice(0, 40).map(([at, text]) => [line(at.slice(0, 100)), line(text.slice(0, 300))])) }),
  }; // prettier-ignore
}
