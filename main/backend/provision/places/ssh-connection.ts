import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Client, ClientChannel, ConnectConfig, SFTPWrapper } from 'ssh2';
import type { Place as PlaceChoice } from '../../../contract/appliance.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { HostKey } from './known-hosts.ts';
import { connectionLost, connectProblem } from './ssh-problems.ts';
import type { SshFailure } from './ssh-problems.ts';

export type SshChoice = Extract<PlaceChoice, { type: 'ssh' }>;

/** Milliseconds from the first packet to a session, and between two signs of life. Three missed ones end it. */
export const sshTimes = { readyMs: 20_000, aliveMs: 10_000 };

/** One live connection. Everything on it rejects with `connection-lost` when it ends. */
export interface SshConnection {
  exec(command: string): Promise<Started>;
  sftp(): Promise<SFTPWrapper>;
  /** Rejects when the connection ends; races with whatever waits for an answer. */
  readonly lost: Promise<never>;
  readonly open: boolean;
  end(): void;
}

/** A program that was started there. */
export interface Started {
  channel: ClientChannel;
  /** Its exit code, null when a signal ended it, undefined when the channel closed and nobody said. */
  ended: Promise<number | null | undefined>;
}

/** Of the raw key, as `ssh-keygen -l` prints it. */
export function hostKeyOf(raw: Buffer): HostKey {
  const type = raw.subarray(4, 4 + raw.readUInt32BE(0)).toString('latin1');
  return { key: `SHA256:${createHash('sha256').update(raw).digest('base64').replace(/=+$/, '')}`, type };
}

/** ssh2 is loaded when it is needed: most people never leave their own computer. */
const library = async (): Promise<typeof import('ssh2')> => {
  const loaded = await import('ssh2');
  return (loaded as { default?: typeof import('ssh2') }).default ?? loaded;
};

/**
 * Connects and signs in. `judge` sees the host key before anything else is sent and throws to refuse it.
 * Throws a Problem for every way this can fail.
 */
export async function connectSsh(
  choice: Pick<SshChoice, 'host' | 'port' | 'user' | 'auth'>,
  judge: (key: HostKey) => Promise<void>,
  times = sshTimes,
): Promise<SshConnection> {
  const where = `${choice.host}:${choice.port}`;
  const { Client, utils } = await library();
  const credentials = await credentialsOf(choice, utils);
  const client: Client = new Client();
  let refused: unknown;
  let ended: (reason: unknown) => void = () => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    ended = (reason) => reject(connectionLost(where, reason));
  });
  lost.catch(() => undefined); // told to whoever waits on it
  let open = false;
  await new Promise<void>((resolve, reject) => {
    let last: SshFailure | undefined;
    client.once('ready', () => {
      open = true;
      resolve();
    });
    client.on('error', (error) => {
      last = error;
      // After a refusal of ours the library only says that the key was refused.
      if (!open) reject(refused ?? connectProblem(error, where, choice.auth.by));
    });
    client.on('close', () => {
      open = false;
      ended(last);
      reject(refused ?? connectProblem(last ?? new Error('The connection was closed.'), where, choice.auth.by));
    });
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
      const { auth } = choice;
      finish(prompts.map(() => (auth.by === 'password' ? auth.password : '')));
    });
    client.connect({
      host: choice.host,
      port: choice.port,
      username: choice.user,
      readyTimeout: times.readyMs,
      keepaliveInterval: times.aliveMs,
      keepaliveCountMax: 3,
      hostVerifier: (key: Buffer, accept: (fine: boolean) => void) => {
        judge(hostKeyOf(key)).then(
          () => accept(true),
          (error: unknown) => {
            refused = error;
            accept(false);
          },
        );
      },
      ...credentials,
    });
  });
  return {
    lost,
    get open() {
      return open;
    },
    exec: (command) =>
      Promise.race([
        lost,
        new Promise<Started>((resolve, reject) => {
          client.exec(command, (error, channel) => {
            if (error) reject(connectionLost(where, error));
            // At once: the exit code of a short program may be in the same packet, and is told before any promise goes on.
            else resolve({ channel, ended: closed(channel) });
          });
        }),
      ]),
    sftp: () =>
      Promise.race([
        lost,
        new Promise<SFTPWrapper>((resolve, reject) => {
          client.sftp((error, sftp) => {
            if (error) reject(noSftp(where, error));
            else resolve(sftp);
          });
        }),
      ]),
    end() {
      client.end();
      // A peer that is gone never says goodbye.
      setTimeout(() => client.destroy(), 2000).unref();
    },
  };
}

function closed(channel: ClientChannel): Promise<number | null | undefined> {
  return new Promise((resolve) => {
    let exit: number | null | undefined;
    channel.on('exit', (code: number | null) => (exit = code));
    channel.on('close', () => resolve(exit));
    channel.on('error', () => resolve(exit));
  });
}

async function credentialsOf(
  { auth }: Pick<SshChoice, 'auth'>,
  utils: typeof import('ssh2').utils,
): Promise<Pick<ConnectConfig, 'agent' | 'privateKey' | 'passphrase' | 'password' | 'tryKeyboard'>> {
  if (auth.by === 'password') return { password: auth.password, tryKeyboard: true };
  if (auth.by === 'agent') {
    const agent = process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : process.env['SSH_AUTH_SOCK'];
    if (agent) return { agent };
    throw new ProblemError({
      code: 'ssh-no-agent',
      title: 'There is no SSH agent',
      detail: 'SSH_AUTH_SOCK is not set where Hearth runs.',
      fix: 'Start one (`eval $(ssh-agent)`, then `ssh-add`) before Hearth, or choose a key file or a password.',
    });
  }
  const path = auth.path.startsWith('~/') ? join(homedir(), auth.path.slice(2)) : auth.path;
  let privateKey: Buffer;
  try {
    privateKey = await readFile(path);
  } catch (error) {
    throw keyProblem('ssh-key-unreadable', `${path}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const parsed: unknown = utils.parseKey(privateKey, auth.passphrase);
  if (parsed instanceof Error) {
    if (/no passphrase given/i.test(parsed.message))
      throw keyProblem('ssh-key-passphrase', `${path} is locked with a passphrase.`, parsed, 'passphrase');
    if (auth.passphrase !== undefined && /integrity check failed|bad decrypt|bad passphrase|passphrase/i.test(parsed.message))
      throw keyProblem('ssh-key-passphrase', `The passphrase of ${path} is another one.`, parsed, 'passphrase');
    throw keyProblem('ssh-key-unreadable', `${path}: ${parsed.message}`, parsed);
  }
  return { privateKey, ...(auth.passphrase !== undefined && { passphrase: auth.passphrase }) };
} // prettier-ignore

const keyProblem = (code: string, detail: string, cause: unknown, field = 'path'): ProblemError =>
  new ProblemError({ code, title: 'The SSH key cannot be used', detail, fields: { [field]: detail } }, { cause });

const noSftp = (where: string, cause: Error): ProblemError =>
  new ProblemError(
    {
      code: 'ssh-no-sftp',
      title: 'The machine takes no files over SSH',
      detail: `${where}: ${cause.message}`,
      cause: 'Its SSH server offers no SFTP.',
      fix: 'Install its SFTP server (Debian: openssh-sftp-server) and keep `Subsystem sftp` in sshd_config.',
    },
    { cause },
  );
