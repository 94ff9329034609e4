import { openPodShell } from '../../backend/pods/shell.ts';
import type { OpenTarget } from '../../backend/target/target.ts';
import { ProblemError } from '../../contract/problem.ts';
import { exit, UsageError } from '../command.ts';
import { containerOf } from './find.ts';
import { oneName } from './asked.ts';
import type { Asked } from './asked.ts';

/** A shell in a container on this terminal; every key goes there, Ctrl+C too. */
export async function podShell(target: OpenTarget, asked: Asked, signal: AbortSignal): Promise<number> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) throw new UsageError('a shell takes a terminal');
  const of = await containerOf(target, oneName(asked), asked, signal);
  const size = () => ({ cols: stdout.columns, rows: stdout.rows });
  const shell = await openPodShell(target, { ...of, ...size() }, signal);
  const typed = (bytes: Buffer): void => void shell.pipe.write(bytes).catch(() => undefined); // its end is told below
  const resized = (): void => shell.resize(size());
  stdin.setRawMode(true);
  stdin.on('data', typed);
  stdout.on('resize', resized);
  try {
    for await (const chunk of shell.pipe.readable) stdout.write(chunk);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'shell-ended') throw error;
    return shell.ended.then(({ code }) => code ?? exit.ok);
  } finally {
    stdin.setRawMode(false);
    stdin.off('data', typed);
    stdin.pause();
    stdout.off('resize', resized);
    shell.pipe.close();
  }
  return exit.ok;
}
