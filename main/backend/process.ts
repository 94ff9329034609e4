import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { allocator } from '../contract/allocator.ts';
import { ProblemError } from '../contract/problem.ts';

export interface RunOptions {
  stdin?: string | Uint8Array;
  /** 30 s unless told. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Bytes of each stream that are kept; 4 MiB unless told. */
  limit?: number;
}
export interface RunResult {
  /** Exit code; null when a signal or the timeout ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

export interface ProcessOptions extends RunOptions {
  /** Instead of the environment of this process, with `LC_ALL=C` and the folders of the system in PATH. */
  env?: NodeJS.ProcessEnv;
  /** Every line of stdout as it comes, without its end; stdout is then not kept. */
  onLine?: (line: string) => void;
  /** Gets the program's stdin after `stdin` was written to it, and ends it: a program that no signal of ours reaches is told so to stop. */
  feed?: (stdin: Writable) => void;
  /** Stays in this session, so that it can ask on our terminal; only the program itself is ended then, not its children. */
  terminal?: boolean;
  /** Milliseconds between SIGTERM and SIGKILL; 5 s unless told. */
  graceMs?: number;
  /** Milliseconds a program that was told to stop by `signal` may finish what it is at; then it is ended like any other. */
  patienceMs?: number;
}

/** A line longer than this is cut: whoever prints it is broken or hostile. */
const longestLine = 64 * 1024;

const withoutAllocator = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !(name in allocator)));

/** The environment programs run in: English messages, since we read them, and the folders where system programs live. */
export const plainEnvironment = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => ({
  ...withoutAllocator(env),
  LC_ALL: 'C',
  LANGUAGE: 'C',
  PATH: [...new Set([...(env['PATH'] ?? '').split(':'), '/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'])]
    .filter((folder) => folder.startsWith('/'))
    .join(':'),
}); // prettier-ignore

/**
 * Runs a program without a shell, in a process group of its own that is ended as a whole. Resolves with what it printed,
 * whatever its exit code. Throws the Problem `program-missing` when there is no such program, and an AbortError when
 * `signal` ended it (unless it was given time for that: its exit code then tells).
 */
export async function runProcess(argv: readonly string[], options: ProcessOptions = {}): Promise<RunResult> {
  const [program, ...rest] = argv;
  if (!program) throw new Error('no program to run');
  options.signal?.throwIfAborted();
  const limit = options.limit ?? 4 * 1024 * 1024;
  const ownGroup = options.terminal !== true;
  const child = spawn(program, rest, {
    env: options.env ?? plainEnvironment(),
    // A new session has no terminal: sudo and ssh could not ask there.
    detached: ownGroup,
    stdio: [options.stdin === undefined && !options.feed ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    shell: false,
  });
  if (!child.stdout || !child.stderr) throw new Error('a program was started without pipes');
  const stdout = options.onLine ? lines(child.stdout, options.onLine) : collect(child.stdout, limit);
  const stderr = collect(child.stderr, limit);
  // It may end before it has read everything; what it says then stands in its exit code.
  child.stdin?.on('error', () => undefined);
  if (options.feed && child.stdin) {
    if (options.stdin !== undefined) child.stdin.write(options.stdin);
    options.feed(child.stdin);
  } else child.stdin?.end(options.stdin);
  if (options.terminal) child.stderr.on('data', (chunk: Buffer) => process.stderr.write(chunk));

  let settle: ((code: number | null) => void) | undefined;
  let timedOut = false;
  let killer: NodeJS.Timeout | undefined;
  const send = (signal: NodeJS.Signals, group: boolean): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(group ? -child.pid : child.pid, signal);
    } catch (error) {
      // ESRCH: gone already. EPERM: it became root by setuid, where no signal of ours arrives.
      if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  };
  const kill = (): void => {
    send('SIGKILL', ownGroup);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    // One that no signal reaches is left to find its pipes closed; nobody waits for it any longer.
    killer = setTimeout(() => settle?.(null), 1000);
  };
  const stop = (graceMs: number, group: boolean): void => {
    send('SIGTERM', group);
    killer ??= setTimeout(kill, graceMs);
  };
  const grace = options.graceMs ?? 5000;
  const timer = setTimeout(() => {
    timedOut = true;
    stop(grace, ownGroup);
  }, options.timeoutMs ?? 30_000);
  const { patienceMs } = options;
  const onAbort = (): void => stop(patienceMs ?? grace, ownGroup && patienceMs === undefined);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      settle = resolve;
      child.on('error', (error) => reject(notStarted(program, error)));
      child.on('close', (exit) => resolve(exit));
    });
    if (patienceMs === undefined) options.signal?.throwIfAborted();
    return { code, stdout: stdout(), stderr: stderr(), timedOut };
  } finally {
    clearTimeout(timer);
    clearTimeout(killer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

function collect(stream: Readable, limit: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, Math.max(0, limit - size));
    size += kept.length;
    if (kept.length > 0) chunks.push(kept);
  });
  stream.on('error', () => undefined); // it was closed by us
  return () => Buffer.concat(chunks).toString('utf8');
}

function lines(stream: Readable, onLine: (line: string) => void): () => string {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = (parts.pop() ?? '').slice(0, longestLine);
    for (const part of parts) onLine(part.replace(/\r$/, '').slice(0, longestLine));
  });
  stream.on('end', () => {
    if (rest) onLine(rest);
  });
  stream.on('error', () => undefined);
  return () => '';
}

const notStarted = (program: string, error: Error): Error =>
  (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? new ProblemError(
        {
          code: 'program-missing',
          title: 'A program is missing',
          detail: `${program} is not installed, or not in PATH.`,
          command: program,
        },
        { cause: error },
      )
    : error;
