import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ProblemError } from '../../../../contract/problem.ts';
import { writeFileAtomic } from '../../../json-file.ts';
import { runProcess } from '../../../process.ts';
import type { RunOptions, RunResult } from '../../../process.ts';

/** Starts a program of the box without a shell. */
export type Run = (argv: readonly string[], options?: RunOptions) => Promise<RunResult>;
export const run: Run = (argv, options) => runProcess(argv, options);

/** Runs it and throws the Problem `configure-failed` when it does not end well; `what` says what it was for. */
export async function must(start: Run, what: string, argv: readonly string[], options?: RunOptions): Promise<string> {
  const { code, stdout, stderr, timedOut } = await start(argv, options);
  if (code === 0) return stdout;
  throw new ProblemError({
    code: 'configure-failed',
    title: `${what} could not be set`,
    detail: timedOut
      ? `${argv[0] ?? ''} did not come to an end.`
      : `${argv[0] ?? ''} ended with ${code ?? 'a signal'}.`,
    fix: 'Try again; if it stays so, start the box again and look at its log.',
    command: argv.join(' '),
    output: `${stdout}\n${stderr}`.trim().split('\n').slice(-5),
  });
}

/** Writes a file of the system whole or not at all; true when it differed from what was there. */
export async function putFile(path: string, text: string, mode = 0o644): Promise<boolean> {
  if ((await textOf(path)) === text) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, text, mode);
  return true;
}

/** True when there was one. */
export async function dropFile(path: string): Promise<boolean> {
  if ((await textOf(path)) === undefined) return false;
  await rm(path, { force: true });
  return true;
}

export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
