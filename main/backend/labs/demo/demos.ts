import type { DemoCommand, LabDemo } from '../../../contract/labs/demo.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Task } from '../../../contract/task.ts';
import { createLiveValue } from '../../target/live-value.ts';
import { pause } from '../../target/live-list.ts';
import { nextStep, rewindTo, solveStep } from '../run/learner.ts';
import { gone } from '../run/refusals.ts';
import type { Runner } from '../run/runner.ts';
import { notPlaying, playDemo } from './demo.ts';
import type { Demo, DemoRun } from './demo.ts';

/** Demonstrations that go on, one a run. */
export interface Demos {
  /** Begins to play; one that goes on gets the new pace and goes on. */
  play(run: Runner, options: { pace: number; loop: boolean }): void;
  setPace(run: Runner, pace: number): void;
  steer(run: Runner, command: DemoCommand): Promise<void>;
  watch(run: Runner, signal: AbortSignal): AsyncGenerator<LabDemo | undefined>;
  close(): Promise<void>;
}

export function openDemos(parts: { task: (id: string) => Task | undefined; finished: (run: Runner) => Promise<void> }): Demos {
  const playing = new Map<Runner, Demo>();
  const changes = createLiveValue(0);
  const changed = (): void => changes.set(changes.value + 1);
  /** Waits for a piece of work of the run; what went wrong with it is thrown. */
  async function ended({ taskId, done }: { taskId: string; done: Promise<unknown> }): Promise<void> {
    await done;
    const task = parts.task(taskId);
    if (task?.state === 'failed' && task.problem) throw new ProblemError(task.problem);
    if (task?.state === 'cancelled') throw new ProblemError({ code: 'cancelled', title: 'Stopped', detail: 'It was stopped.', kind: 'cancelled' });
  }
  const partsOf = (run: Runner): DemoRun => {
    let solving = false;
    return {
      look: () => (run.over.aborted ? undefined : run.view.value),
      async solve(step, show) {
        solving = true;
        try {
          await ended(solveStep(run, step, show));
        } finally {
          solving = false;
        }
      },
      checks: () => run.checksNow(),
      next: (step) => nextStep(run, step, false, () => parts.finished(run)),
      rewind: (step) => ended(rewindTo(run, step)),
      // A step that opens, or a way back that is cut off, would leave a broken lab to whoever takes over: these come to their end.
      async interrupt() {
        if (solving) await run.interrupt();
        else while (run.busy && !run.over.aborted) await pause(100, run.over);
      },
      pause,
    };
  };
  return {
    play(run, { pace, loop }) {
      const { state } = run.record;
      if (state !== 'running' && state !== 'finished' && state !== 'starting') throw gone(run.name);
      const known = playing.get(run);
      if (known && (known.view.value.state === 'playing' || known.view.value.state === 'paused')) {
        known.setPace(pace);
        return void known.steer('go-on');
      }
      const demo = playDemo(partsOf(run), { lab: run.name, pace, loop });
      playing.set(run, demo);
      void demo.done.then(() => run.over.aborted && playing.delete(run));
      changed();
    },
    setPace(run, pace) {
      const demo = playing.get(run);
      if (!demo) throw notPlaying(run.name);
      demo.setPace(pace);
    },
    async steer(run, command) {
      const demo = playing.get(run);
      if (!demo) throw notPlaying(run.name);
      await demo.steer(command);
      if (command !== 'take-over') return;
      playing.delete(run);
      changed();
    },
    async *watch(run, signal) {
      while (!signal.aborted && !run.over.aborted) {
        const before = changes.value;
        const moved = new AbortController();
        const follow = async (): Promise<void> => {
          for await (const now of changes.watch(AbortSignal.any([signal, moved.signal]))) if (now !== before) break;
          moved.abort();
        };
        const following = follow();
        const over = AbortSignal.any([signal, run.over, moved.signal]);
        const demo = playing.get(run);
        if (demo) yield* demo.view.watch(over);
        else {
          yield undefined;
          if (!over.aborted) await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
        }
        moved.abort();
        await following;
      }
    },
    async close() {
      for (const [run, demo] of playing) {
        playing.delete(run);
        const over = demo.steer('take-over');
        await run.interrupt(); // Hearth ends: nothing is waited for
        await over;
      }
    },
  };
} // prettier-ignore
