import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { plainEnvironment } from '../../../process.ts';

export interface StreamOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds without a single byte after which the program is ended; 120 s unless told: sticks pause. */
  stallMs?: number;
}
/** A program that takes or gives more bytes than fit into memory, said no. */
export class StreamError extends Error {
  readonly stderr: string;
  readonly code: string | undefined;
  constructor(argv: readonly string[], stderr: string) {
    super(`${argv[0]}: ${stderr.trim() || 'ended too early'}`);
    this.name = 'StreamError';
    this.stderr = stderr;
    this.code = /no space|disk full/i.test(stderr) ? 'ENOSPC' : /input\/output error/i.test(stderr) ? 'EIO' : undefined;
  }
}

/** What mtools said, but for its complaint about devices without a geometry of before 1995. */
export const mtoolsSaid = (stderr: string): string =>
  stderr
    .replaceAll(/Could not get geometry of device \([^)]*\)|Hidden \(\d+\) does not match sectors \(\d+\)/g, '')
    .trim();

interface Running {
  child: ChildProcess;
  /** Restarts the clock of the stall. */
  alive(): void;
  /** Resolves when it ended well; throws a StreamError otherwise, also when it only complained: mcopy exits with 0 on a full disk. */
  end(): Promise<void>;
  stop(): void;
}

function start(argv: readonly string[], stdio: 'in' | 'out', { signal, stallMs = 120_000 }: StreamOptions): Running {
  signal?.throwIfAborted();
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, {
    env: plainEnvironment(),
    stdio: [stdio === 'in' ? 'pipe' : 'ignore', stdio === 'out' ? 'pipe' : 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-4000);
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code));
  });
  closed.catch(() => undefined); // told by end()
  const stop = (): void => {
    child.kill('SIGKILL');
  };
  const clock = setTimeout(() => {
    stderr += `\nno byte moved for ${stallMs / 1000} seconds`;
    stop();
  }, stallMs);
  signal?.addEventListener('abort', stop, { once: true });
  return {
    child,
    alive: () => clock.refresh(),
    stop,
    async end() {
      try {
        const code = await closed;
        signal?.throwIfAborted();
        if (code !== 0 || mtoolsSaid(stderr) !== '') throw new StreamError(argv, stderr);
      } finally {
        clearTimeout(clock);
        signal?.removeEventListener('abort', stop);
      }
    },
  };
}

/** Gives these bytes to a program's standard input. Throws a StreamError, or what reading the bytes throws. */
export async function feed(argv: readonly string[], bytes: AsyncIterable<Uint8Array>, options: StreamOptions = {}): Promise<void> {
  const running = start(argv, 'in', options);
  const { stdin } = running.child;
  if (!stdin) throw new Error('a program was started without a pipe');
  let broken = false;
  stdin.on('error', () => {
    broken = true;
  });
  try {
    for await (const chunk of bytes) {
      if (broken || running.child.exitCode !== null) break;
      running.alive();
      if (!stdin.write(chunk)) await drained(stdin);
    }
    stdin.end();
  } catch (error) {
    running.stop();
    await running.end().catch(() => undefined);
    throw error;
  }
  await running.end();
  if (broken) throw new StreamError(argv, '');
} // prettier-ignore

/** Room for more, or nobody there any longer. */
const drained = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
    if (stream.destroyed) done();
  });

/** The standard output of a program. Throws a StreamError. */
export async function* drain(argv: readonly string[], options: StreamOptions = {}): AsyncGenerator<Uint8Array> {
  const running = start(argv, 'out', options);
  const { stdout } = running.child;
  if (!stdout) throw new Error('a program was started without a pipe');
  let whole = false;
  try {
    for await (const chunk of stdout) {
      running.alive();
      yield chunk as Buffer;
    }
    whole = true;
  } finally {
    if (!whole) {
      running.stop();
      await running.end().catch(() => undefined);
    }
  }
  await running.end();
}
