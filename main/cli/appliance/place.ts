import { resolve } from 'node:path';
import type { Place } from '../../contract/appliance.ts';
import { ProblemError } from '../../contract/problem.ts';
import { UsageError } from '../command.ts';
import { confirm, firstLine, secret } from './ask.ts';
import type { Session } from './session.ts';

/** Options of every command that may work on another machine. */
export const placeOptions = {
  ssh: { type: 'string' },
  key: { type: 'string' },
  'host-key': { type: 'string' },
  'password-stdin': { type: 'boolean', default: false },
  'data-dir': { type: 'string' },
  json: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
} as const;
export interface PlaceValues {
  ssh?: string | undefined;
  key?: string | undefined;
  'host-key'?: string | undefined;
  'password-stdin': boolean;
  yes: boolean;
}

export const placeHelp = `  --ssh USER@HOST[:PORT]  on another machine over SSH (agent, or --key FILE)
  --key FILE              private key for --ssh
  --host-key SHA256:...   the host key that is expected (else it is shown and asked for); accepts a changed one
  --password-stdin        the administrator's password comes as the first line of stdin
  --yes                   do not ask
  --json                  one JSON object a line on stdout
  --data-dir DIR          where Hearth keeps its things (default: $HEARTH_DATA_DIR, else the XDG data folder)
`;

/** Where to work. An unknown host key is shown and asked for; another one than pinned ends it. */
export async function readPlace(session: Session, values: PlaceValues): Promise<Place> {
  if (values.ssh === undefined) return { type: 'local' };
  const found = /^([^@\s]+)@(\[[0-9a-f:]+\]|[^@:\s]+)(?::(\d{1,5}))?$/i.exec(values.ssh);
  if (!found) throw new UsageError(`--ssh must be USER@HOST or USER@HOST:PORT, not "${values.ssh}"`);
  const user = found[1] ?? '';
  const host = (found[2] ?? '').replace(/^\[|\]$/g, '');
  const port = Number(found[3] ?? 22);
  const probe = await session.appliances.sshProbe({ host, port }, { signal: new AbortController().signal });
  // Named word by word, the new key is accepted on purpose.
  if (probe.trust === 'changed' && values['host-key'] === probe.hostKey)
    await session.appliances.forgetHostKey({ host, port }, { signal: new AbortController().signal });
  else if (probe.trust === 'changed')
    throw new ProblemError({
      code: 'host-key-changed',
      title: 'The host key is another one than before',
      detail: `${host} shows ${probe.hostKey}; pinned is ${probe.pinned ?? '?'}.`,
      cause: 'The machine was installed anew, or somebody stands between.',
      fix: `Find out which (compare with \`ssh-keygen -lf\` on the machine itself). If it is the machine’s own, say --host-key ${probe.hostKey}`,
      kind: 'denied',
    });
  if (values['host-key'] !== undefined && values['host-key'] !== probe.hostKey)
    throw new ProblemError({
      code: 'host-key-unexpected',
      title: 'The host key is not the expected one',
      detail: `${host} shows ${probe.hostKey}; expected was ${values['host-key']}.`,
      kind: 'denied',
    });
  if (probe.trust === 'new' && values['host-key'] === undefined) {
    process.stderr.write(`${host} has the ${probe.keyType} host key\n  ${probe.hostKey}\n`);
    if (!(await confirm('Is that the machine you mean?', `--host-key ${probe.hostKey}`)))
      throw new ProblemError({ code: 'cancelled', title: 'Cancelled', detail: 'Nothing was sent.', kind: 'cancelled' });
  }
  return {
    type: 'ssh',
    host,
    port,
    user,
    hostKey: probe.hostKey,
    auth: values.key === undefined ? { by: 'agent' } : { by: 'key', path: resolve(values.key) },
  };
}

/** The administrator's password where sudo asks for one and no terminal of its own can. */
export async function readSudo(elevation: string, place: Place, values: PlaceValues): Promise<string | undefined> {
  if (values['password-stdin']) return firstLine('the password');
  // On this computer sudo asks by itself on the terminal.
  if (elevation !== 'sudo-password' || (place.type === 'local' && process.stdin.isTTY)) return undefined;
  return secret(`Password of the administrator${place.type === 'ssh' ? ` on ${place.host}` : ''}: `);
}
