import { ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';

/** What ssh2 says beside a message: where it happened, and the socket's own code. */
export interface SshFailure extends Error {
  level?: string;
  code?: string | number;
}

const bySocket: Record<string, Partial<Problem>> = {
  ECONNREFUSED: {
    code: 'ssh-refused',
    title: 'Nothing listens for SSH there',
    cause: 'The SSH server is not installed or not running, or the port is another one.',
    fix: 'On the machine: sudo apt-get install openssh-server (or its like), then try again.',
  },
  ENOTFOUND: {
    code: 'ssh-name-unknown',
    title: 'The name of the machine is not known',
    fix: 'Check the spelling, or use its address (on the machine: `ip -brief address`).',
  },
  EAI_AGAIN: { code: 'ssh-name-unknown', title: 'The name of the machine is not known', fix: 'Check the network.' },
};
const unreachable: Partial<Problem> = {
  code: 'ssh-unreachable',
  title: 'The machine does not answer',
  cause: 'It is off, on another network, or a firewall is between.',
  fix: 'Check that it is on and that this computer can reach it, then try again.',
};

/** Why no connection came about. `auth`: what was tried. */
export function connectProblem(error: SshFailure, where: string, auth: 'agent' | 'key' | 'password'): ProblemError {
  if (error instanceof ProblemError) return error;
  const detail = `${where}: ${error.message}`;
  const of = (problem: Partial<Problem>): ProblemError =>
    new ProblemError({ code: 'ssh-failed', title: 'The SSH connection failed', detail, ...problem }, { cause: error });
  if (error.level === 'client-authentication')
    return of({
      code: `ssh-${auth}-refused`,
      title: 'The machine did not let us in',
      cause: {
        agent: 'None of the keys in the SSH agent is allowed there for this user.',
        key: 'This key is not in ~/.ssh/authorized_keys of this user there.',
        password: 'The password is wrong, or the machine takes no passwords (PasswordAuthentication no).',
      }[auth],
      fix: 'Try `ssh` by hand with the same user; `ssh-copy-id` puts a key there.',
      kind: 'denied',
      ...(auth === 'password' && { fields: { password: 'Not accepted.' } }),
    });
  if (error.level === 'client-timeout') return of({ ...unreachable, code: 'ssh-timeout' });
  if (error.level === 'handshake' || error.level === 'protocol')
    return of({
      code: 'ssh-protocol',
      title: 'No SSH server that we understand',
      cause: 'Something else listens at this port, or the server is very old.',
      fix: 'Check the port.',
    });
  return of(bySocket[String(error.code)] ?? (error.level === 'client-socket' ? unreachable : {}));
}

/** An established connection ended in the middle of something. */
export const connectionLost = (where: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'connection-lost',
      title: 'The connection to the machine was lost',
      detail: `${where}: ${cause instanceof Error ? cause.message : 'it was closed'}.`,
      cause: 'The network dropped, or the machine restarted or went to sleep.',
      fix: 'Start it again: what was finished is not done twice.',
    },
    { cause },
  );
