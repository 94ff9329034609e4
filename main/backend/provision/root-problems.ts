import { ProblemError } from '../../contract/problem.ts';
import type { HelperEvent } from '../../../provisioning/wire.ts';
import type { Elevated } from './place.ts';
import { shellWords } from './places/elevation.ts';
import { recognised } from './recognised.ts';

/** Why root was not got: nothing was changed. `byHand`: what people may do instead, where no command can be copied. */
export function elevationProblem(
  outcome: Exclude<Elevated, { outcome: 'ran' }>,
  argv: readonly string[],
  byHand?: { inTerminal: string; missing: string },
): ProblemError {
  const line = outcome.outcome === 'missing' ? outcome.command : shellWords(argv);
  const command = byHand ? {} : { command: line };
  const lines = 'stderr' in outcome ? lastLines(outcome.stderr) : [];
  const output = lines.length > 0 ? { output: lines } : {};
  switch (outcome.outcome) {
    case 'dismissed':
      return new ProblemError({
        code: 'root-dismissed',
        title: 'The prompt was dismissed',
        detail: 'The administrator’s password was not given. Nothing was changed.',
        fix: 'Start again when you are ready.',
        kind: 'cancelled',
      });
    case 'denied':
      return new ProblemError({
        code: 'root-denied',
        title: 'This user may not become administrator',
        detail: 'The system refused it. Nothing was changed.',
        fix: `Sign in as a user who may, or ask the administrator of this machine${byHand ? '' : ' to run the commands of the plan'}.`,
        kind: 'denied',
        ...command,
        ...output,
      });
    case 'no-agent':
      return new ProblemError({
        code: 'root-no-agent',
        title: 'There is nobody to ask for the password',
        detail: 'pkexec found no authentication agent in this session. Nothing was changed.',
        cause: 'The desktop runs no polkit agent, or Hearth was started outside of the desktop’s session.',
        fix: `Give the password for sudo here, or run ${byHand?.inTerminal ?? '`hearth up` in a terminal'}.`,
        ...command,
        ...output,
      });
    case 'wrong-password':
      return new ProblemError({
        code: 'root-wrong-password',
        title: 'That password was not right',
        detail: 'sudo did not accept it. Nothing was changed.',
        fix: 'Type it again.',
        fields: { sudo: 'Not accepted by sudo.' },
        kind: 'denied',
      });
    case 'password-needed':
      return new ProblemError({
        code: 'root-password-needed',
        title: 'The administrator’s password is needed',
        detail: 'sudo asks for a password here. Nothing was changed.',
        fix: 'Give the password; it is used once and not kept.',
        fields: { sudo: 'Needed.' },
        kind: 'denied',
      });
    case 'missing':
      return new ProblemError({
        code: 'root-missing',
        title: 'There is no way to become root here',
        detail: 'Neither pkexec nor sudo is installed. Nothing was changed.',
        fix:
          byHand?.missing ??
          'Run this command as root, then start the install again: it goes on from there. Or install sudo.',
        ...command,
        kind: 'denied',
      });
  }
}

/** How the helper ended, when not well. */
export interface HelperEnd {
  code: number | null;
  stderr: string;
  /** It said hello: the plan was read. */
  hello: boolean;
  end: Extract<HelperEvent, { event: 'end' }> | undefined;
  failed: Extract<HelperEvent, { event: 'step' }> | undefined;
  /** Its last log lines; those of the journal are among them. */
  last: readonly string[];
  /** It had been told to stop. */
  stopped: boolean;
  /** Steps in words, by their id. */
  titles: ReadonlyMap<string, string>;
}

export function endProblem({ code, stderr, hello, end, failed, last, stopped, titles }: HelperEnd): ProblemError {
  const output = [...last, ...lastLines(stderr)].slice(-30);
  const told = output.length > 0 ? { output } : {};
  if ((stopped && end === undefined) || (end && !end.ok && end.code === 'stopped'))
    return new ProblemError({
      code: 'cancelled',
      title: 'Stopped',
      detail: 'What was done until then stays, and is known: start again to go on, or uninstall to undo it.',
      kind: 'cancelled',
    });
  if (code === 4)
    return new ProblemError({
      code: 'root-helper-busy',
      title: 'Another install is at work there',
      detail: 'The administrator’s helper of another run holds its lock. Nothing was changed by this one.',
      fix: 'Wait until it has ended, then start again.',
      ...told,
    });
  if (end && !end.ok && end.code === 'helper-changed')
    return new ProblemError({
      code: 'root-helper-changed',
      title: 'The helper is not the one that was shown',
      detail: 'Its file was changed between the plan and the prompt. Nothing was changed.',
      fix: 'Look at the plan again and start anew. If it comes back, something on this computer writes into Hearth’s folder.',
      kind: 'denied',
    });
  if (code === 5 && end && !end.ok && end.text && end.code !== 'bad-plan')
    return new ProblemError({
      code: 'root-refused',
      title: 'The helper found something in the way',
      detail: `${end.text} Nothing was changed.`,
      fix: 'See to what it names, then start again.',
      ...told,
      kind: 'denied',
    });
  if (code === 5)
    return new ProblemError({
      code: 'root-plan-refused',
      title: 'The helper refused the plan',
      detail: end && !end.ok && end.text ? end.text : 'A step of it is outside of what it may do. Nothing was changed.',
      fix: 'This is a fault of Hearth: please report it with the lines below.',
      ...told,
    });
  if (code === 3)
    return new ProblemError({
      code: 'root-not-root',
      title: 'The helper did not become root',
      detail: 'It was started, but without the rights it needs. Nothing was changed.',
      cause: 'The rules of sudo or polkit here let it run as another user than root.',
      ...told,
      kind: 'denied',
    });
  if (end && !end.ok) {
    const text = end.text || failed?.detail || 'It gave no reason.';
    const known = recognised([text, ...output]);
    return new ProblemError({
      code: 'root-step-failed',
      title: end.id ? `The step “${titles.get(end.id) ?? end.id}” failed` : 'A step failed',
      detail: known ? `${text} (${known.title})` : text,
      ...(known?.cause && { cause: known.cause }),
      fix: known?.fix ?? 'Cure it and start again: what is done is skipped. Or uninstall, which undoes what was done.',
      ...told,
    });
  }
  if (!hello && (code === 2 || code === 126 || code === 127))
    return new ProblemError({
      code: 'root-helper-not-started',
      title: 'The helper could not be started',
      detail: lastLines(stderr).at(-1) ?? `It ended with exit code ${String(code)} before it said anything.`,
      fix: 'Start again. If /run is mounted with noexec or is full, see to that first.',
      ...told,
    });
  return new ProblemError({
    code: 'root-helper-lost',
    title: 'The connection to the helper was lost',
    detail:
      code === null
        ? 'It was killed, or the connection broke, before it told how it ended.'
        : `It ended with exit code ${code} without telling how.`,
    fix: 'Start again: every finished step is in its ledger and is skipped.',
    ...told,
  });
}

const lastLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-10);
