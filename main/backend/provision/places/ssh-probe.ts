import type { SshProbe } from '../../../contract/appliance.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { HostKey, KnownHosts } from './known-hosts.ts';
import { connectSsh, sshTimes } from './ssh-connection.ts';

/** Looks at the host key of a machine and hangs up before any user or credential is named. Throws a Problem when it does not answer. */
export async function probeHostKey(
  host: string,
  port: number,
  knownHosts: Pick<KnownHosts, 'get'>,
  times = sshTimes,
): Promise<SshProbe> {
  let found: HostKey | undefined;
  const seen = new ProblemError({ code: 'seen', title: 'Seen', detail: 'Only looked at.' });
  try {
    const connection = await connectSsh(
      { host, port, user: 'nobody', auth: { by: 'password', password: '' } },
      async (key) => {
        found = key;
        throw seen; // the handshake ends here
      },
      times,
    );
    connection.end();
  } catch (error) {
    if (error !== seen) throw error;
  }
  if (!found) throw new ProblemError({ code: 'ssh-protocol', title: 'No SSH server', detail: `${host}:${port}` });
  const pinned = await knownHosts.get(host, port);
  return {
    hostKey: found.key,
    keyType: found.type,
    trust: !pinned ? 'new' : pinned.key === found.key ? 'same' : 'changed',
    ...(pinned && { pinned: pinned.key }),
  };
}
