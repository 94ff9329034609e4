import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { ProblemError } from '../../../contract/problem.ts';
import { kindProblem } from './problems.ts';

export interface RunKind {
  signal?: AbortSignal;
  /** Milliseconds; kind is ended then. */
  timeoutMs: number;
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
}
export interface KindProgram {
  readonly path: string;
  /** e.g. v0.32.0 */
  readonly version: string;
  /** stdout. Throws a Problem in words when kind fails, AbortError when it was cancelled. */
  run(args: readonly string[], options: RunKind): Promise<string>;
}

/** Which version a program called kind is; undefined when it is not there, or not the Kubernetes tool. */
export async function kindAt(path: string): Promise<KindProgram | undefined> {
  const said = await execa(path, ['version'], { reject: false, timeout: 10_000, stdin: 'ignore' });
  const version = /^kind (v\d+\.\d+\.\d+\S*)/.exec(said.stdout)?.[1];
  return version ? { path, version, run: (args, options) => runKind(path, args, options) } : undefined;
}

/** HEARTH_KIND, or the first `kind` on PATH that is the Kubernetes tool. */
export async function findKind(env: NodeJS.ProcessEnv = process.env): Promise<KindProgram | undefined> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const paths = env['HEARTH_KIND'] ? [env['HEARTH_KIND']] : folders.map((folder) => join(folder, 'kind'));
  for (const path of paths) {
    try {
      await access(path, constants.X_OK);
    } catch {
      continue; // not here
    }
    const found = await kindAt(path);
    if (found) return found;
  }
  return undefined;
}

async function runKind(path: string, args: readonly string[], options: RunKind): Promise<string> {
  options.signal?.throwIfAborted();
  const child = execa(path, args, {
    reject: false,
    stdin: 'ignore',
    buffer: { stdout: true, stderr: false },
    maxBuffer: 4 * 1024 * 1024,
    timeout: options.timeoutMs,
    // What kind started (a pull, an exec) ends with it.
    cleanup: true,
    ...(options.signal && { cancelSignal: options.signal }),
    ...(options.env && { env: options.env }),
  });
  const lines: string[] = [];
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stderr })) {
      lines.push(line);
      if (lines.length > 400) lines.shift();
      options.onLine?.(line);
    }
  })();
  const result = await child;
  await reading;
  if (result.isCanceled) throw new DOMException('cancelled', 'AbortError');
  const command = ['kind', ...args].join(' ');
  if (result.timedOut)
    throw new ProblemError({
      code: 'kind-timed-out',
      title: 'kind took too long',
      detail: `It was ended after ${Math.round(options.timeoutMs / 1000)} s.`,
      command,
      output: lines.slice(-12),
    });
  if (result.exitCode !== 0) throw new ProblemError(kindProblem([...lines, ...result.stdout.split('\n')], command));
  return result.stdout;
}
