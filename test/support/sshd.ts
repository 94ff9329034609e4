import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Where Debian, Fedora and others put the server; it must be named by its whole path. */
export const sshdPath = ['/usr/sbin/sshd', '/usr/bin/sshd', '/sbin/sshd'].find((path) => existsSync(path));
const sftpServer = ['/usr/lib/openssh/sftp-server', '/usr/libexec/openssh/sftp-server', '/usr/lib/ssh/sftp-server'].find((path) => existsSync(path)); // prettier-ignore

/** A real OpenSSH server on a port of its own, with keys of its own, that lets this user in with one key. */
export interface TestSshd {
  readonly port: number;
  readonly user: string;
  readonly key: string;
  readonly lockedKey: string;
  readonly passphrase: string;
  readonly strangerKey: string;
  /** What `ssh-keygen -l` says of its host key. */
  readonly fingerprint: string;
  readonly folder: string;
  /** Ends it, and starts it again with new host keys. */
  renewHostKeys(): Promise<void>;
  stop(): Promise<void>;
}

const keygen = (path: string, ...more: string[]): void => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-f', path, ...(more.length > 0 ? more : ['-N', ''])]);
};

export async function startSshd(): Promise<TestSshd> {
  if (!sshdPath || !sftpServer) throw new Error('no sshd: install openssh-server');
  const folder = mkdtempSync(join(tmpdir(), 'hearth-sshd-'));
  const at = (name: string): string => join(folder, name);
  const passphrase = 'a passphrase';
  keygen(at('key'));
  keygen(at('stranger'));
  keygen(at('locked'), '-N', passphrase);
  writeFileSync(
    at('authorized_keys'),
    ['key', 'locked'].map((name) => readFileSync(at(`${name}.pub`), 'utf8')).join(''),
  );
  chmodSync(at('authorized_keys'), 0o600);
  const port = await freePort();
  writeFileSync(
    at('config'),
    [
      `Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${at('host_key')}`, `PidFile ${at('pid')}`,
      `AuthorizedKeysFile ${at('authorized_keys')}`, 'StrictModes no', 'UsePAM no', 'PasswordAuthentication yes',
      'PermitRootLogin yes', 'PrintMotd no', `Subsystem sftp ${sftpServer}`, '',
    ].join('\n'),
  ); // prettier-ignore
  // Started by root it wants its folder for privilege separation, which an init script makes.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  let child: ChildProcess | undefined;
  const up = async (): Promise<void> => {
    rmSync(at('host_key'), { force: true });
    rmSync(at('host_key.pub'), { force: true });
    keygen(at('host_key'));
    const running = spawn(sshdPath, ['-D', '-e', '-f', at('config')], { stdio: ['ignore', 'ignore', 'pipe'] });
    child = running;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      running.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Server listening')) resolve();
      });
      running.once('exit', (code) => reject(new Error(`sshd ended with ${code}: ${said}`)));
    });
  };
  const down = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null) return;
    await new Promise((resolve) => {
      ending.once('exit', resolve);
      ending.kill('SIGTERM');
    });
  };
  await up();
  return {
    port,
    user: userInfo().username,
    key: at('key'),
    lockedKey: at('locked'),
    passphrase,
    strangerKey: at('stranger'),
    folder,
    get fingerprint() {
      return execFileSync('ssh-keygen', ['-l', '-f', at('host_key.pub')], { encoding: 'utf8' }).split(' ')[1] ?? '';
    },
    async renewHostKeys() {
      await down();
      await up();
    },
    async stop() {
      await down();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A line to a server that can be cut after so many bytes, or stand still. */
export interface Wire {
  readonly port: number;
  /** Bytes that went to the server. */
  readonly sent: number;
  /** Cuts every connection once so many more bytes went to the server. */
  cutAfter(bytes: number): void;
  /** Nothing goes through any more, and nobody is told. */
  freeze(): void;
  close(): Promise<void>;
}

/** `silentMs`: the server's first bytes come so much later. */
export async function startWire(to: number, silentMs = 0): Promise<Wire> {
  const sockets = new Set<Socket>();
  let sent = 0;
  let limit = Infinity;
  let frozen = false;
  const server: Server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    if (silentMs > 0) {
      near.cork();
      setTimeout(() => near.uncork(), silentMs);
    }
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('data', (chunk: Buffer) => {
      if (frozen) return;
      sent += chunk.length;
      far.write(chunk);
      if (sent >= limit) {
        limit = Infinity;
        for (const socket of sockets) socket.destroy();
      }
    });
    far.on('data', (chunk: Buffer) => {
      if (frozen) return;
      near.write(chunk);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get sent() {
      return sent;
    },
    cutAfter(bytes) {
      limit = sent + bytes;
    },
    freeze() {
      frozen = true;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
