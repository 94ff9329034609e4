import { execa } from 'execa';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** How a command in the guest ended. `code` is null when it was not finished in time. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}
export interface ExecOptions {
  stdin?: string | Uint8Array;
  /** Milliseconds; 60 s unless told. */
  timeoutMs?: number;
}

/** One held SSH connection to a guest: the first command pays for the handshake, the others do not. */
export class Ssh {
  readonly #options: string[];
  readonly port: number;

  constructor(folder: string, port: number, key: string, user = 'root') {
    mkdirSync(folder, { recursive: true });
    this.port = port;
    this.#options = [
      '-F', 'none', '-i', key, '-p', String(port), '-l', user,
      ...Object.entries({
        BatchMode: 'yes', IdentitiesOnly: 'yes', StrictHostKeyChecking: 'no', UserKnownHostsFile: '/dev/null', LogLevel: 'ERROR',
        ConnectTimeout: '20', ServerAliveInterval: '5', ServerAliveCountMax: '12', ControlMaster: 'auto', ControlPersist: '600',
        ControlPath: join(folder, `ssh-${port}`), KexAlgorithms: 'curve25519-sha256', Ciphers: 'aes128-ctr', MACs: 'hmac-sha2-256',
      }).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ]; // prettier-ignore
  }

  /** Waits until the guest lets us in. */
  async ready(timeoutMs: number): Promise<void> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      // QEMU's network takes the connection before the guest does: only a greeting tells that sshd is there.
      if (!(await greets(this.port))) {
        if (Date.now() > until) throw new Error(`sshd of the guest said nothing within ${timeoutMs / 1000} s`);
        await wait(150);
        continue;
      }
      const { code, stderr } = await this.run(['true'], { timeoutMs: Math.min(30_000, timeoutMs) });
      if (code === 0) return;
      if (Date.now() > until) throw new Error(`the guest did not let us in within ${timeoutMs / 1000} s: ${stderr}`);
      await wait(200);
    }
  }

  /** Runs a program with its arguments in the guest, without a shell's reading of them. */
  async run(argv: readonly string[], options: ExecOptions = {}): Promise<Outcome> {
    const limit = options.timeoutMs ?? 60_000;
    // The guest ends what takes too long: killing the client here would leave it running there, and our pipes open.
    const words = ['timeout', '-k', '3', String(Math.ceil(limit / 1000)), ...argv];
    const started = Date.now();
    const result = await execa('ssh', [...this.#options, '127.0.0.1', '--', words.map(quoted).join(' ')], {
      ...(options.stdin === undefined ? { stdin: 'ignore' as const } : { input: options.stdin }),
      timeout: limit + 15_000,
      reject: false,
      stripFinalNewline: false,
      maxBuffer: 64 * 2 ** 20,
    });
    // 124 is what `timeout` says; killed itself, ssh knows no code and says 255.
    const cut = [124, 137, 255].includes(result.exitCode ?? 0) && Date.now() - started >= limit - 1000;
    const late = result.timedOut || cut;
    return { code: late ? null : (result.exitCode ?? null), stdout: result.stdout, stderr: result.stderr };
  }

  /** Lets go of the held connection. */
  async close(): Promise<void> {
    await execa('ssh', [...this.#options, '-O', 'exit', '127.0.0.1'], { reject: false, timeout: 5000 });
  }
}

/** sshd hands what it is told to the user's shell: each word is quoted so that it arrives as it is. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

const greets = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(1200, () => socket.destroy());
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
