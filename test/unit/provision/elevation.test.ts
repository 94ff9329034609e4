import { describe, expect, it } from 'vitest';
import { pkexecOutcome, shellWords, sudoOutcome } from '../../../main/backend/provision/places/elevation.ts';

const sudo = (stderr: string, code: number | null = 1, spoke = false): unknown =>
  sudoOutcome({ code, stderr, spoke }).outcome;
const pkexec = (stderr: string, code: number | null, spoke = false): unknown =>
  pkexecOutcome({ code, stderr, spoke }).outcome;

describe('what sudo says', () => {
  it.each([
    // sudo 1.9.13, as it printed them.
    ['[sudo] password for ada: [sudo] password for ada: Sorry, try again.\n[sudo] password for ada: \nsudo: no password was provided\nsudo: 1 incorrect password attempt\n', 'wrong-password'],
    ['sudo: a password is required\n', 'password-needed'],
    ['sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n', 'password-needed'],
    ['[sudo] password for ada: ada is not in the sudoers file.\n', 'denied'],
    ['Sorry, user ada is not allowed to execute \'/bin/sh\' as root on box.\n', 'denied'],
    // sudo-rs, from its error.rs.
    ['[sudo: authenticate] Password: sudo: Authentication failed, try again.\nsudo: Maximum 3 incorrect authentication attempts\n', 'wrong-password'],
    ['sudo: interactive authentication is required\n', 'password-needed'],
    ['sudo: I\'m sorry ada. I\'m afraid I can\'t do that\n', 'denied'],
  ])('%j', (stderr, outcome) => {
    expect(sudo(stderr)).toBe(outcome);
  }); // prettier-ignore

  it('is not taken for its own when the program ran', () => {
    expect(sudo('sudo: a password is required', 1, true)).toBe('ran');
    expect(sudo('sudo: a password is required', 4)).toBe('ran');
    expect(sudo('No space left on device')).toBe('ran');
  });
});

describe('what pkexec says', () => {
  it.each([
    ['Error executing command as another user: Request dismissed\n', 126, 'dismissed'],
    ['Error executing command as another user: Not authorized\n\nThis incident has been reported.\n', 127, 'denied'],
    ['Error executing command as another user: No authentication agent found.\n', 127, 'no-agent'],
    // pkexec 122 without a system bus, as it printed it.
    ['Error getting authority: Error initializing authority: Could not connect: No such file or directory\n', 127, 'no-agent'],
    ['sh: 1: nothing: not found\n', 127, 'ran'],
    ['', 1, 'ran'],
  ])('%j with %i', (stderr, code, outcome) => {
    expect(pkexec(stderr, code)).toBe(outcome);
  }); // prettier-ignore

  it('is not asked when the program spoke', () => {
    expect(pkexec('Error executing command as another user: Not authorized', 127, true)).toBe('ran');
  });
});

it('writes words as a shell reads them back', () => {
  expect(shellWords(['sh', '-c', `echo "it's $HOME"`, ''])).toBe(`sh -c 'echo "it'\\''s $HOME"' ''`);
});
