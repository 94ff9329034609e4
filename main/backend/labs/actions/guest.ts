import type { LabAction } from '../../../contract/labs/actions.ts';
import { durationMs } from '../../../contract/labs/words.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { KubeError } from '../../target/kube-error.ts';
import { pause } from '../../target/live-list.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import type { ActionContext } from './context.ts';
import { monotonic } from '../../../contract/monotonic.ts';

/** Milliseconds that a command in a guest may take, the login among them. */
const commandMs = 300_000;
/** A guest that still starts does not let anybody in: it is tried again for so long. */
const loginMs = 90_000;

/** Runs a command in a guest and compares how it ended. */
export async function runCommand(what: NonNullable<LabAction['ssh']>, context: ActionContext, task: TaskHandle): Promise<void> {
  const { machine, user, command, exit } = what;
  const signal = AbortSignal.any([task.signal, AbortSignal.timeout(commandMs)]);
  const end = monotonic() + loginMs;
  for (;;) {
    try {
      const ran = await context.ssh.run(machine, { user, command }, signal);
      if (ran.exit === exit) return;
      const output = `${ran.out}\n${ran.err}`.trim().split('\n').slice(-20);
      throw new ProblemError({ code: 'lab-command-failed', title: `A command in ${machine} ended with ${ran.exit ?? 'a signal'}`, detail: command.split('\n', 1)[0] ?? '', output });
    } catch (error) {
      task.signal.throwIfAborted();
      if (signal.aborted) throw new ProblemError({ code: 'lab-command-late', title: `A command in ${machine} takes too long`, detail: `It did not end within ${commandMs / 1000} s.`, command }, { cause: error });
      if (!notYet(error) || monotonic() > end) throw error;
      task.update({ detail: `Waiting for ${machine} to let somebody in` });
      await pause(1000, signal);
    }
  }
} // prettier-ignore

/** Nobody listens there yet. Who is refused, or whose command ended badly, is not tried again. */
const notYet = (error: unknown): boolean =>
  (error instanceof KubeError && (error.code >= 500 || error.code === 404 || error.code === 409 || error.code === 400)) ||
  (error instanceof ProblemError && ['ssh-no-server', 'ssh-lost'].includes(error.problem.code)); // prettier-ignore

/** Waits for a time, or until a probe is true. Throws `lab-wait-late` with what was found instead. */
export async function waitFor(what: NonNullable<LabAction['wait']>, context: ActionContext, task: TaskHandle): Promise<void> {
  if (what.time !== undefined) await pause(durationMs(what.time), task.signal);
  if (what.for === undefined) return task.signal.throwIfAborted();
  const end = monotonic() + durationMs(what.timeout);
  for (;;) {
    const found = await context.look(what.for, { timeout: '10s', signal: task.signal });
    if (found.passed) return;
    task.update({ detail: found.told });
    if (monotonic() > end)
      throw new ProblemError({ code: 'lab-wait-late', title: 'What was waited for did not come', detail: found.told, cause: `It was waited for ${what.timeout}.` });
    await pause(500, task.signal);
    task.signal.throwIfAborted();
  }
} // prettier-ignore
