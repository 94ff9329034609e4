import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { BytePipe } from '../../contract/procedure.ts';
import { openExec } from '../target/exec.ts';
import type { ExecEnd } from '../target/exec.ts';
import type { OpenTarget } from '../target/target.ts';

export interface ShellWish {
  namespace: string;
  name: string;
  container?: string | undefined;
  cols: number;
  rows: number;
}
export interface PodShell {
  readonly pipe: BytePipe;
  resize(size: { cols: number; rows: number }): void;
  /** Resolves when it is over. */
  readonly ended: Promise<ExecEnd>;
}

/** The better shell where there is one. What it prints is coloured for a terminal as xterm.js is one. */
const command = ['/bin/sh', '-c', 'TERM=xterm-256color; export TERM; command -v bash >/dev/null 2>&1 && exec bash; exec sh']; // prettier-ignore

/** A shell in a container. Rejects with KubeError; the pipe ends with `shell-ended`, `pod-no-shell` or `stream-lost`. */
export async function openPodShell(
  { client }: Pick<OpenTarget, 'client'>,
  { cols, rows, ...of }: ShellWish,
  signal: AbortSignal,
): Promise<PodShell> {
  const session = await openExec(client, { ...of, command, tty: true, stdin: true }, signal);
  session.resize({ cols, rows });
  let over = false;
  return {
    resize: (size) => session.resize(size),
    ended: session.ended,
    pipe: {
      readable: {
        async *[Symbol.asyncIterator]() {
          try {
            for await (const chunk of session.stdout) yield chunk as Uint8Array;
          } catch (error) {
            if (!over) throw lost(of.name, asProblem(error).detail);
          }
          if (!over) throw endProblem(of.name, await session.ended);
        },
      },
      write: (bytes) => session.write(bytes).catch((error: unknown) => Promise.reject(lost(of.name, asProblem(error).detail))), // prettier-ignore
      close: () => {
        over = true;
        session.close();
      },
    },
  };
}

const lost = (name: string, detail: string): ProblemError =>
  new ProblemError({
    code: 'stream-lost',
    title: `The connection to ${name} ended`,
    detail,
    fix: 'It connects again by itself while the Pod runs.',
  });

function endProblem(name: string, { code, message }: ExecEnd): ProblemError {
  if (message !== undefined && /executable file not found|no such file or directory|not found in \$PATH/i.test(message))
    return new ProblemError({
      code: 'pod-no-shell',
      title: `There is no shell in ${name}`,
      detail: message,
      cause: 'Its image holds the program alone, as many small images do.',
      fix: `Read its log, or look at it from a container beside it: kubectl debug -it ${name} --image=busybox --target=CONTAINER`,
      kind: 'denied',
    });
  if (message !== undefined) return lost(name, message);
  if (code === undefined) return lost(name, 'The target closed it without a word.');
  return new ProblemError({
    code: 'shell-ended',
    title: 'The shell was left',
    detail: code === 0 ? `The shell in ${name} has ended.` : `The shell in ${name} ended with code ${code}.`,
    fix: 'Connect again for a new one.',
  });
}
