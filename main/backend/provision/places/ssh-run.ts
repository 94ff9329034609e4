import { StringDecoder } from 'node:string_decoder';
import type { RunOptions } from '../../process.ts';
import { connectionLost } from './ssh-problems.ts';
import { remoteCommand } from './ssh-quote.ts';
import type { SshConnection } from './ssh-connection.ts';

export interface Ran {
  code: number | null;
  stdout: Buffer;
  stderr: Buffer;
  timedOut: boolean;
}
export interface RunRemote extends RunOptions {
  /** Lines of stdout as they come; nothing of it is kept then. */
  onLine?: (line: string) => void;
  /** Milliseconds a program may go on after `signal` told it to end. */
  patienceMs?: number;
}

/** A line longer than this is cut: whoever prints it is broken or hostile. */
const longestLine = 64 * 1024;
/** Milliseconds a program may take to end after it was told to. */
const graceMs = 1000;
// English messages, since we read them; and the folders of system programs, which an SSH login of a user may lack.
const environment = [
  'env', 'LC_ALL=C', 'LANGUAGE=C', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin',
]; // prettier-ignore

/** Runs a program there. Throws `connection-lost` when the connection ends first, AbortError when `signal` ended it. */
export async function runRemote(
  connection: SshConnection,
  argv: readonly string[],
  options: RunRemote,
  where: string,
): Promise<Ran> {
  const { signal, limit = 4 * 1024 * 1024 } = options;
  signal?.throwIfAborted();
  const timeoutMs = options.timeoutMs ?? 30_000;
  // Nothing of ours may go on there for ever, whatever becomes of the connection; root's helper sees to its own end.
  const limited =
    options.patienceMs === undefined ? ['timeout', '-k', '5', String(Math.ceil(timeoutMs / 1000) + 5)] : [];
  const { channel, ended } = await connection.exec(remoteCommand([...environment, ...limited, ...argv]));
  const stdout = collector(limit);
  const stderr = collector(limit);
  const lines = options.onLine && lineReader(options.onLine);
  channel.on('data', (chunk: Buffer) => (lines ? lines.push(chunk) : stdout.push(chunk)));
  channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  let timedOut = false;
  let hang: NodeJS.Timeout | undefined;
  let giveUp: () => void = () => undefined;
  const givenUp = new Promise<undefined>((resolve) => (giveUp = () => resolve(undefined)));
  const end = (afterMs: number): void => {
    // OpenSSH passes signals on since 7.9, but not for root nor to what became another user: then it is hung up on.
    channel.signal('TERM');
    hang ??= setTimeout(giveUp, afterMs);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end(graceMs);
  }, timeoutMs);
  const abort = (): void => end(options.patienceMs ?? graceMs);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    channel.end(options.stdin);
    const exit = await Promise.race([ended, givenUp, connection.lost]);
    lines?.end();
    // Closed without an exit code: by us, or because the connection went in the same moment.
    if (exit === undefined && !timedOut && !signal?.aborted)
      await Promise.race([connection.lost, Promise.reject(connectionLost(where))]);
    if (signal?.aborted && options.patienceMs === undefined) signal.throwIfAborted();
    return { code: exit ?? null, stdout: stdout.read(), stderr: stderr.read(), timedOut };
  } finally {
    clearTimeout(timer);
    clearTimeout(hang);
    signal?.removeEventListener('abort', abort);
    channel.close();
  }
}

function collector(limit: number): { push(chunk: Buffer): void; read(): Buffer } {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    push(chunk) {
      const room = limit - size;
      if (room <= 0) return;
      chunks.push(chunk.subarray(0, room));
      size += Math.min(room, chunk.length);
    },
    read: () => Buffer.concat(chunks),
  };
}

function lineReader(onLine: (line: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const parts = (rest + text).split('\n');
    rest = (parts.pop() ?? '').slice(0, longestLine);
    for (const part of parts) onLine(part.slice(0, longestLine));
  };
  return {
    push: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
