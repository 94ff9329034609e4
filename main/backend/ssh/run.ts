import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { HostKey } from '../provision/places/known-hosts.ts';
import { hostKeyOf } from '../provision/places/ssh-connection.ts';
import { sshLibrary } from './library.ts';
import { accessDenied, noServer, sshLost } from './problems.ts';

/** Bytes of each output that are kept; the rest is read and forgotten. */
const most = 256 * 1024;
const aliveMs = 15_000;
/** How often a command may be refused before it counts, and milliseconds in between. */
const execTries = 3;
const againMs = 200;

/** What a command left behind. */
export interface Ran {
  /** undefined: a signal ended it, or nobody said. */
  exit: number | undefined;
  out: string;
  err: string;
}
/** A login of a program's own: with one key, without questions. */
export interface GuestLogin {
  /** Rejects with `ssh-lost` when the connection ends before the command, AbortError when it is called off. */
  run(command: string, signal: AbortSignal): Promise<Ran>;
  readonly open: boolean;
  end(): void;
}

/**
 * Logs in over `stream` (the machine's SSH port) with a key and nothing else. `judge` sees the host key before anything is sent
 * and throws to refuse it. Rejects with `ssh-no-server` while nothing speaks SSH there, `ssh-denied` when the key is not taken.
 * Whoever calls sets the time by its signal.
 */
export async function guestLogin(options: {
  stream: Duplex;
  user: string;
  name: string;
  privateKey: string;
  judge: (key: HostKey) => Promise<void>;
  signal: AbortSignal;
}): Promise<GuestLogin> {
  const { stream, user, name, signal } = options;
  const { Client: SshClient } = await sshLibrary();
  const client: Client = new SshClient();
  let open = false;
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined); // told to whoever runs something
  const stop = (): void => void client.destroy();
  try {
    await new Promise<void>((resolve, reject) => {
      let refused: unknown;
      let last: Error | undefined;
      let greeted = false;
      client.on('error', (error) => (last = error));
      client.on('close', () => {
        open = false;
        const lost = greeted ? sshLost(name, last) : noServer(name, last);
        gone.reject(lost);
        reject(signal.aborted ? (signal.reason as Error) : (refused ?? lost));
      });
      client.on('ready', () => {
        open = true;
        resolve();
      });
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      let tried = false;
      client.connect({
        sock: stream,
        username: user,
        readyTimeout: 0, // the signal's
        keepaliveInterval: aliveMs,
        keepaliveCountMax: 3,
        hostVerifier: (raw: Buffer, accept: (fine: boolean) => void) => {
          greeted = true;
          options.judge(hostKeyOf(raw)).then(
            () => accept(true),
            (error: unknown) => {
              refused = error;
              accept(false);
            },
          );
        },
        authHandler: (left: readonly string[] | null, _partial, login) => {
          if (!tried) {
            tried = true;
            return login({ type: 'publickey', username: user, key: options.privateKey });
          }
          refused = accessDenied(user, name, left ?? []);
          client.end();
        },
      });
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return {
    get open() {
      return open;
    },
    run: (command, called) => Promise.race([gone.promise, runOn(client, name, command, called)]),
    end() {
      client.end();
      stream.destroy();
    },
  };
}

async function runOn(client: Client, name: string, command: string, signal: AbortSignal): Promise<Ran> {
  signal.throwIfAborted();
  const called = Promise.withResolvers<never>();
  const stop = (): void => called.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  let channel: ClientChannel | undefined;
  try {
    return await Promise.race([
      called.promise,
      new Promise<Ran>((resolve, reject) => {
        let tries = execTries;
        const begin = (): void => {
          try {
            client.exec(command, begun);
          } catch (error) {
            reject(sshLost(name, error)); // the connection ended meanwhile
          }
        };
        const begun = (error: Error | undefined, started: ClientChannel): void => {
          // A guest that has much to do refuses one now and then; nothing of the command was done then.
          if (error && --tries > 0 && !signal.aborted) return void setTimeout(begin, againMs);
          if (error) return reject(sshLost(name, error));
          channel = started;
          if (signal.aborted) return void started.destroy();
          const [out, err] = [kept(started), kept(started.stderr)];
          let exit: number | undefined;
          started.on('exit', (code: number | null) => (exit = code ?? undefined));
          started.on('error', () => undefined); // the end of the connection tells
          started.on('close', () => resolve({ exit, out: out(), err: err() }));
          started.end(); // nobody types
        };
        begin();
      }),
    ]);
  } finally {
    signal.removeEventListener('abort', stop);
    if (signal.aborted) channel?.destroy();
  }
}

/** Reads a stream to its end and keeps the beginning. */
function kept(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    if (length < most) chunks.push(chunk.subarray(0, most - length));
    length += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
