import type { DemoCommand, LabDemo } from '../../../contract/labs/demo.ts';
import type { LabCheckState, LabRun } from '../../../contract/labs/run.ts';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import { createLiveValue } from '../../target/live-value.ts';
import type { LiveValue } from '../../target/live-value.ts';
import type { Show } from '../actions/context.ts';
import { captionsOf, readingMs } from './captions.ts';

/** What a demonstration does with a run: what a learner could, and the script instead of them. */
export interface DemoRun {
  /** As it is now; undefined when it is gone. */
  look(): LabRun | undefined;
  /** Solves the open step as `how` says. Throws Problems. */
  solve(step: string, how: Show): Promise<void>;
  checks(): Promise<readonly LabCheckState[]>;
  next(step: string): Promise<void>;
  /** Resolves when the lab is at the beginning of that step. Throws Problems. */
  rewind(step: string): Promise<void>;
  /** Stops the solving that goes on; waits for other work. */
  interrupt(): Promise<void>;
  /** Resolves after so many milliseconds, or when aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** Milliseconds until checks have to be green, and from one look to the next; a key at the pace of 1. */
const patienceMs = 120_000;
const lookMs = 1000;
const keyMs = 70;
/** Slices of a wait: what is changed meanwhile (pause, pace) counts at once. */
const sliceMs = 100;
/** How long the end stands before it begins again. */
const restMs = 8000;

/** Begins to play; `view` tells how it goes until it is over, and stays at how it ended. */
export function playDemo(run: DemoRun, options: { lab: string; pace: number; loop: boolean }) {
  const over = new AbortController();
  const view: LiveValue<LabDemo> = createLiveValue<LabDemo>({
    lab: options.lab, state: 'playing', doing: 'moving', step: 0, caption: '', paragraph: { n: 0, of: 0 },
    pace: options.pace, loop: options.loop, round: 0,
  }); // prettier-ignore
  /** A step somebody wants to go back to; what is told is given up for it. */
  let turn = new AbortController();
  let back: number | undefined;
  /** What was under way is given up. */
  let settled: Promise<void> = Promise.resolve();
  const set = (change: Partial<LabDemo>): void => {
    if (!over.signal.aborted) view.set({ ...view.value, ...change });
  };
  const here = (): AbortSignal => AbortSignal.any([over.signal, turn.signal]);

  /** Waits while it is paused. Throws when it is over, or somebody wants to be elsewhere. */
  async function gate(): Promise<void> {
    const signal = here();
    while (view.value.state === 'paused' && !signal.aborted) await run.pause(sliceMs, signal);
    signal.throwIfAborted();
  }
  async function stand(ms: (pace: number) => number): Promise<void> {
    const signal = here();
    for (let stood = 0; stood < ms(view.value.pace); stood += sliceMs) {
      await gate();
      await run.pause(sliceMs, signal);
    }
    await gate();
  }
  const say = async (caption: string, place: Partial<LabDemo> = {}): Promise<void> => {
    set({ caption, ...place });
    await stand((pace) => readingMs(caption, pace));
  };
  const now = (): LabRun => {
    const known = run.look();
    if (!known) throw new ProblemError({ code: 'demo-lab-gone', title: 'The lab is over', detail: 'It was ended while it was played.', kind: 'cancelled' }); // prettier-ignore
    if (known.state === 'failed') throw new ProblemError(known.problem ?? { code: 'demo-lab-failed', title: 'The lab cannot go on', detail: known.title }); // prettier-ignore
    return known;
  };
  async function until(fits: (run: LabRun) => boolean, what: string): Promise<LabRun> {
    for (let waited = 0; waited < patienceMs; waited += sliceMs) {
      await gate();
      const known = now();
      if (fits(known)) return known;
      await run.pause(sliceMs, here());
    }
    throw new ProblemError({ code: 'demo-too-slow', title: 'The demonstration stopped', detail: what, fix: 'Go on by hand, or try again from here.' }); // prettier-ignore
  }

  async function step(known: LabRun): Promise<void> {
    const at = known.steps[known.step];
    if (!at) return;
    const captions = captionsOf(at.text);
    set({ step: known.step, doing: 'reading' });
    for (const [index, caption] of captions.entries())
      await say(caption, { paragraph: { n: index + 1, of: captions.length } });
    set({ doing: 'doing' });
    await run.solve(at.id, {
      keyMs: () => keyMs / view.value.pace,
      hold: gate,
      async before(action) {
        const machine = action.type?.machine ?? action.ssh?.machine ?? action.power?.machine;
        if (machine !== undefined) set({ shows: { machine, view: action.type?.into ?? view.value.shows?.view ?? 'serial' } });
        if (action.say === undefined) await gate();
        else await say(action.say);
      },
    });
    set({ doing: 'checking' });
    // What was green may be red a moment later (a machine that restarts): then it is waited for once more.
    for (let waited = 0; ; waited += lookMs) {
      await gate();
      const missing = (await run.checks()).filter(({ state }) => state !== 'passed');
      if (missing.length === 0) {
        await stand((pace) => 1500 / pace);
        if (await opensNext(at.id, waited < patienceMs)) break;
      } else if (waited >= patienceMs) throw notGreen(missing);
      await run.pause(lookMs, here());
    }
    await until((each) => each.state === 'finished' || (each.step > known.step && each.steps[each.step]?.state === 'open'), 'The next step did not open.');
  } // prettier-ignore

  /** Whether the step let go; not so while one of its checks is red, which is thrown where there is no `patience` left. */
  async function opensNext(id: string, patience: boolean): Promise<boolean> {
    set({ doing: 'moving' });
    try {
      await run.next(id);
      return true;
    } catch (error) {
      if (!patience || asProblem(error).code !== 'lab-step-not-passed') throw error;
      set({ doing: 'checking' });
      return false;
    }
  }
  async function goBack(to: number): Promise<void> {
    const wanted = now().steps[to];
    if (!wanted) return;
    set({ doing: 'moving', step: to, caption: wanted.title, paragraph: { n: 0, of: 0 } });
    await run.rewind(wanted.id);
    await until((each) => each.state === 'running' && each.step === to && each.steps[to]?.state === 'open', 'It did not come back to that step.'); // prettier-ignore
  }
  async function round(): Promise<'over' | 'again'> {
    if (back !== undefined) {
      const to = back;
      back = undefined;
      await goBack(to);
    }
    const known = await until(({ state }) => state === 'running' || state === 'finished', 'The lab did not start.');
    if (known.state === 'running') {
      await step(known);
      return 'again';
    }
    const captions = captionsOf(known.ending ?? known.title);
    set({ doing: 'reading', step: known.steps.length - 1 });
    for (const [index, caption] of captions.entries()) await say(caption, { paragraph: { n: index + 1, of: captions.length } }); // prettier-ignore
    if (!view.value.loop) return 'over';
    await stand(() => restMs);
    await goBack(0);
    set({ round: view.value.round + 1 });
    return 'again';
  }
  async function play(): Promise<void> {
    try {
      while (!over.signal.aborted) {
        try {
          if ((await round()) === 'over') return set({ state: 'over' });
        } catch (error) {
          if (over.signal.aborted || !turn.signal.aborted) throw error;
          await settled;
          turn = new AbortController();
        }
      }
    } catch (error) {
      const problem = asProblem(error);
      set({ state: 'stopped', ...(problem.kind !== 'cancelled' && { problem }) });
    }
  }
  const done = play();
  return {
    view,
    done,
    setPace: (pace: number): void => set({ pace }),
    async steer(command: DemoCommand): Promise<void> {
      const { state, step: at } = view.value;
      if (command === 'take-over') {
        over.abort();
        await run.interrupt();
        await done;
      } else if (state !== 'playing' && state !== 'paused') throw notPlaying(options.lab);
      else if (command === 'back') {
        const to = Math.max(0, at - 1);
        const known = now().steps[to];
        if (!known?.checkpoint) throw new ProblemError({ code: 'no-checkpoint', title: 'There is no checkpoint of that step', detail: known?.noCheckpoint ?? 'Nothing was kept at its beginning.', kind: 'denied' }); // prettier-ignore
        back = to;
        set({ state: 'playing' });
        turn.abort();
        await (settled = run.interrupt());
      } else set({ state: command === 'pause' ? 'paused' : 'playing' });
    },
  };
}
export type Demo = ReturnType<typeof playDemo>;

export const notPlaying = (lab: string): ProblemError =>
  new ProblemError({ code: 'demo-not-playing', title: 'Nothing is being played', detail: `No demonstration of ${lab} goes on.`, fix: 'Begin it first.', kind: 'denied' }); // prettier-ignore
const notGreen = (missing: readonly LabCheckState[]): ProblemError =>
  new ProblemError({
    code: 'demo-check-failed',
    title: 'The demonstration stopped: a check did not turn green',
    detail: missing.map(({ title, told }) => (told === undefined ? title : `${title}: ${told}`)).join('; '),
    fix: 'Go on by hand, or try again from here.',
  });
