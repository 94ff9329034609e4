import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Refusal } from '../refusal.ts';

/** A program that ended badly. `signal` means it was killed or crashed. */
export class ToolError extends Error {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  constructor(command: string, exitCode: number | null, signal: NodeJS.Signals | null, stderr: string) {
    const last = stderr.trim().split('\n').slice(-3).join(' ');
    super(`${command} ended with ${signal ?? `code ${exitCode}`}${last ? `: ${last}` : ''}`);
    this.name = 'ToolError';
    this.exitCode = exitCode;
    this.signal = signal;
    this.stderr = stderr;
  }
}

export interface RunOptions {
  /** Address space in bytes and CPU seconds, enforced by prlimit where there is one (Linux). */
  limits?: { memory?: number; cpuSeconds?: number };
  /** Milliseconds until it is killed. */
  timeout?: number;
  /** Milliseconds without any output until it is killed; for work whose length is unknown but which reports progress. */
  stall?: number;
  signal?: AbortSignal;
  onOutput?: (text: string) => void;
}

const prlimit = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path));
const outputCap = 1 << 20;

/** argv for a program under limits; prlimit executes it in its own place, so signals reach the program itself. */
export function limited(argv: readonly string[], limits: RunOptions['limits']): string[] {
  if (!prlimit || !limits) return [...argv];
  const set = [
    ...(limits.memory ? [`--as=${limits.memory}`] : []),
    ...(limits.cpuSeconds ? [`--cpu=${limits.cpuSeconds}`] : []),
    '--core=0',
  ];
  return [prlimit, ...set, '--', ...argv];
}

/** Runs a program without a shell and gives its stdout. Throws ToolError, or the abort reason. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  options.signal?.throwIfAborted();
  const [program = '', ...rest] = limited(argv, options.limits);
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // LANG: messages and numbers as we parse them. Nothing of the user's environment that changes what tools do.
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C', LC_ALL: 'C' },
  });
  let stdout = '';
  let stderr = '';
  const kill = (): void => void child.kill('SIGKILL');
  const timer = options.timeout ? setTimeout(kill, options.timeout) : undefined;
  let stall = options.stall ? setTimeout(kill, options.stall) : undefined;
  const seen = (text: string): void => {
    if (options.stall) {
      clearTimeout(stall);
      stall = setTimeout(kill, options.stall);
    }
    options.onOutput?.(text);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < outputCap) stdout += text;
    seen(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < outputCap) stderr += text;
  });
  options.signal?.addEventListener('abort', kill, { once: true });
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve([code, signal]));
    });
    options.signal?.throwIfAborted();
    if (code !== 0) throw new ToolError(argv[0] ?? '', code, signal, stderr);
    return stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new Refusal(
        'ProgramMissing',
        `The program ${argv[0]} is not installed on this computer. Install it and try again.`,
      );
    throw error;
  } finally {
    clearTimeout(timer);
    clearTimeout(stall);
    options.signal?.removeEventListener('abort', kill);
  }
}
