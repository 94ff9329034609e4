import { ProblemError } from '../../contract/problem.ts';
import type { HostKey } from '../provision/places/known-hosts.ts';

const because = (cause: unknown): string => (cause instanceof Error ? ` (${cause.message || 'it was closed'})` : '');

/** Nothing that speaks SSH was there: usually the guest is still starting, so it is tried again. */
export const noServer = (name: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'ssh-no-server',
      title: 'The machine does not answer over SSH yet',
      detail: `Port 22 of ${name} gave no SSH greeting${because(cause)}.`,
      cause: 'It is still starting, has no SSH server, or its firewall is closed.',
      fix: 'Wait until it has started; else install openssh-server in it on its console.',
    },
    { cause },
  );
export const sshLost = (name: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'ssh-lost',
      title: 'The SSH connection was lost',
      detail: `The connection to ${name} ended${because(cause)}.`,
      cause: 'The machine was restarted or its network changed.',
    },
    { cause },
  );
export const sshEnded = (name: string): ProblemError =>
  new ProblemError({ code: 'ssh-ended', title: 'You are logged out', detail: `The session on ${name} ended.` });
export const notAnswered = (name: string): ProblemError =>
  new ProblemError({
    code: 'ssh-ended',
    title: 'Not logged in',
    detail: `The login to ${name} was broken off.`,
    kind: 'cancelled',
  });
export const accessDenied = (user: string, name: string, takes: readonly string[]): ProblemError =>
  new ProblemError({
    code: 'ssh-denied',
    title: 'The machine did not let us in',
    detail: `${name} lets ${user} in neither with Hearth's key nor otherwise. It takes: ${takes.join(', ') || 'nothing'}.`,
    cause: "Hearth's key is not in ~/.ssh/authorized_keys of this user there, or the password was wrong.",
    fix: "Log in on the serial console and add Hearth's key, or make the machine with it (Hearth's own key in the login part).",
    kind: 'denied',
  });
/** The machine shows another host key than at the first login. */
export const machineKeyChanged = (name: string, found: HostKey, pinned: HostKey): ProblemError =>
  new ProblemError({
    code: 'host-key-changed',
    title: 'The host key of the machine is another one than before',
    detail: `${name} shows ${found.key} (${found.type}); remembered is ${pinned.key} (${pinned.type}). Nothing was sent to it.`,
    cause: 'The guest was installed anew, a snapshot was restored, or somebody stands between.',
    fix: 'Compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on its serial console. If you know why, forget the old key and connect again.',
    kind: 'denied',
  });
