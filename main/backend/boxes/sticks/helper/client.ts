import type { Writable } from 'node:stream';
import { ProblemError } from '../../../../contract/problem.ts';
import type { Place } from '../../../provision/place.ts';
import { elevationProblem } from '../../../provision/root-problems.ts';
import { cancelLine, helperArguments, helperEventSchema, settingsLine } from './contract.ts';
import type { HelperCall, HelperEvent } from './contract.ts';
import { helperProgram } from './program.ts';
import type { HelperProgram } from './program.ts';

/** A day: a large, slow drive that is checked whole. */
const longestMs = 24 * 3_600_000;

export interface HelperRun {
  place: Pick<Place, 'elevate'>;
  call: HelperCall;
  /** Sent by stdin once the helper is ready. */
  settings?: unknown;
  onEvent: (event: HelperEvent) => void;
  signal: AbortSignal;
  password?: string | undefined;
  terminal?: boolean;
  /** Instead of Hearth's own (tests). */
  program?: HelperProgram;
}

/** Runs the helper as root, with one prompt at most. Resolves when it ended well; throws its Problem, or why it never ran. */
export async function runStickHelper(run: HelperRun): Promise<void> {
  const program = run.program ?? (await helperProgram());
  const argv = [...program.argv, ...helperArguments(run.call)];
  let stdin: Writable | undefined;
  let last: HelperEvent | undefined;
  const send = (line: string): void => void (stdin?.writable && stdin.write(line));
  const onAbort = (): void => send(cancelLine);
  // Told by stdin: no signal of ours reaches a process of root.
  run.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const outcome = await run.place.elevate(argv, {
      reason: 'Write a USB stick',
      timeoutMs: longestMs,
      signal: run.signal,
      password: run.password,
      ...(run.terminal && { terminal: true }),
      feed: (input) => (stdin = input),
      onLine(line) {
        const event = readEvent(line);
        if (!event) return;
        last = event;
        if (event.event === 'boot') {
          if (run.signal.aborted) stdin?.end();
          else if (stdin?.writable && program.code) stdin.write(program.code);
        }
        if (event.event === 'ready') {
          if (run.signal.aborted) onAbort();
          else if (run.settings !== undefined) send(settingsLine(run.settings));
        }
        if (event.event === 'end' || event.event === 'failed') stdin?.end();
        run.onEvent(event);
      },
    });
    if (outcome.outcome !== 'ran') throw elevationProblem(outcome, argv, byHand);
    if (last?.event === 'end') return;
    if (last?.event === 'failed') throw new ProblemError(last.problem);
    run.signal.throwIfAborted();
    throw new ProblemError({
      code: 'stick-helper-ended',
      title: 'The writer of the stick ended without a word',
      detail: 'If writing had begun, no computer starts from the drive now.',
      cause: outcome.code === null ? 'It was ended from outside.' : `It ended with code ${outcome.code}.`,
      fix: 'Write the stick anew.',
      output: outcome.stderr.trim().split('\n').slice(-10),
    });
  } finally {
    run.signal.removeEventListener('abort', onAbort);
    stdin?.end();
  }
}

/** The program takes what it runs from us: there is no line for people to copy. */
const byHand = {
  inTerminal: '`hearth usb write` in a terminal',
  missing: 'Install sudo. Or write to a plain file, and copy it to the drive as root with another tool.',
};

function readEvent(line: string): HelperEvent | undefined {
  try {
    return helperEventSchema.parse(JSON.parse(line));
  } catch {
    return undefined; // a warning of a library that prints
  }
}
