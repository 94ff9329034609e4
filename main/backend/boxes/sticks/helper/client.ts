import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { ProblemError } from '../../../../contract/problem.ts';
import { fromSource, projectRoot } from '../../../paths.ts';
import type { Place } from '../../../provision/place.ts';
import { elevationProblem } from '../../../provision/root-problems.ts';
import { cancelLine, helperArguments, helperEventSchema, settingsLine } from './contract.ts';
import type { HelperCall, HelperEvent } from './contract.ts';

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
  program?: readonly string[];
}

/** What is started as root: Node and the helper, nothing that a person could have written. */
export const helperProgram = (): string[] => [
  process.env['HEARTH_NODE'] ?? process.execPath,
  join(projectRoot, fromSource ? 'main/stick-helper.ts' : 'out/main/stick-helper.js'),
];

/** Runs the helper as root, with one prompt at most. Resolves when it ended well; throws its Problem, or why it never ran. */
export async function runStickHelper(run: HelperRun): Promise<void> {
  const argv = [...(run.program ?? helperProgram()), ...helperArguments(run.call)];
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
        if (event.event === 'ready') {
          if (run.signal.aborted) onAbort();
          else if (run.settings !== undefined) send(settingsLine(run.settings));
        }
        if (event.event === 'end' || event.event === 'failed') stdin?.end();
        run.onEvent(event);
      },
    });
    if (outcome.outcome !== 'ran') throw elevationProblem(outcome, argv);
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

function readEvent(line: string): HelperEvent | undefined {
  try {
    return helperEventSchema.parse(JSON.parse(line));
  } catch {
    return undefined; // a warning of a library that prints
  }
}
