import type { Elevated } from '../place.ts';

/** How one attempt through sudo or pkexec went, before it is known whether the program itself ever ran. */
export interface Attempt {
  code: number | null;
  stderr: string;
  /** The program printed something: then it ran, whatever the exit code. */
  spoke: boolean;
}

/** sudo's own last words, of Todd Miller's sudo (1.8 to 1.9, as printed by it) and of sudo-rs (its error.rs). */
const sudoWords: { outcome: 'wrong-password' | 'password-needed' | 'denied'; pattern: RegExp }[] = [
  {
    outcome: 'denied',
    pattern:
      /is not in the sudoers file|is not allowed to (?:execute|run)|may not run|I'm sorry .*\. I'm afraid I can't do that|no new privileges|must be owned by uid 0|is not allowed to run sudo|account validation failure/i,
  },
  {
    outcome: 'wrong-password',
    pattern: /Sorry, try again|incorrect password attempt|incorrect authentication attempt|Authentication failed, try again/i,
  },
  {
    outcome: 'password-needed',
    pattern:
      /a password is required|a terminal is required|interactive authentication is required|no tty present|no password was provided|must have a tty/i,
  },
]; // prettier-ignore

/** What a `sudo` that ended says: it ran the program, or why it did not. `LC_ALL=C` must have been set. */
export function sudoOutcome(attempt: Attempt): Elevated {
  const stderr = withoutPrompt(attempt.stderr);
  if (!attempt.spoke && attempt.code === 1) {
    const found = sudoWords.find(({ pattern }) => pattern.test(stderr));
    if (found?.outcome === 'denied') return { outcome: 'denied', stderr };
    if (found) return { outcome: found.outcome };
  }
  return { outcome: 'ran', code: attempt.code, stderr };
}

/**
 * The same of `pkexec`. 126 is a dismissed dialog, 127 anything else that kept it from running the program
 * (pkexec(1)); which of these it was only its text tells (polkit's pkexec.c).
 */
export function pkexecOutcome(attempt: Attempt): Elevated {
  const { code, stderr, spoke } = attempt;
  if (spoke || (code !== 126 && code !== 127)) return { outcome: 'ran', code, stderr };
  if (/Request dismissed/i.test(stderr) || (code === 126 && stderr.trim() === '')) return { outcome: 'dismissed' };
  if (/No authentication agent found|Error getting authority|Could not connect|No session for cookie/i.test(stderr))
    return { outcome: 'no-agent', stderr };
  if (/Not authorized|Error executing command as another user|This incident has been reported/i.test(stderr))
    return { outcome: 'denied', stderr };
  return { outcome: 'ran', code, stderr };
}

/** Prompts of `sudo -S` stand in front of its messages, on the same line. */
const withoutPrompt = (text: string): string => text.replace(/^(?:\[sudo[^\]]*\][^:\n]*: ?)+/gm, '');

/** For people to copy: every word as a POSIX shell reads it back. */
export const shellWords = (argv: readonly string[]): string =>
  argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
