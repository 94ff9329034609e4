import { describe, expect, it } from 'vitest';
import type { LabAction } from '../../../../main/contract/labs/actions.ts';
import type { LabDemo } from '../../../../main/contract/labs/demo.ts';
import type { LabRun } from '../../../../main/contract/labs/run.ts';
import { ProblemError } from '../../../../main/contract/problem.ts';
import { captionsOf, readingMs } from '../../../../main/backend/labs/demo/captions.ts';
import { playDemo } from '../../../../main/backend/labs/demo/demo.ts';

/** A lab of two steps on a clock that waits only when a test holds it. */
function lab(options: { green?: (step: string) => boolean; actions?: LabAction[]; keys?: number; refuses?: number } = {}) {
  const { green = () => true, keys = 0, actions = [{ say: 'I type', type: { machine: 'web', text: 'ls\n', into: 'serial' } }] } = options;
  const did: string[] = [];
  let time = 0;
  let { refuses = 0 } = options;
  let at = 0;
  let held = false;
  let state: LabRun['state'] = 'running';
  const states: LabDemo[] = [];
  const run = (): LabRun =>
    ({
      lab: 'two', title: 'Two', state, step: at, ending: 'Done.',
      steps: ['one', 'two'].map((id, index) => ({
        id, title: id, text: `Words of ${id}.\n\nMore.`, state: index < at || state === 'finished' ? 'passed' : index === at ? 'open' : 'closed',
        ...(index <= at && { checkpoint: { at: '', memory: true, seconds: 1 } }),
      })),
    }) as unknown as LabRun;
  const begin = (more: { loop?: boolean; pace?: number } = {}) => {
    const demo = playDemo(
      {
        look: run,
        async solve(step, { before, keyMs, hold }) {
          for (const action of actions) await before(action);
          for (let key = 0; key < keys; key += 1) {
            await hold();
            did.push('key');
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          did.push(`solve ${step} ${keyMs()}`);
        },
        checks: async () => [{ id: 'c', title: 'It is so', told: 'It is not', state: green(run().steps[at]?.id ?? '') ? 'passed' : 'failed' }],
        async next(step) {
          did.push(`next ${step}`);
          if (refuses-- > 0) throw new ProblemError({ code: 'lab-step-not-passed', title: 'Not done yet', detail: 'It restarts.' });
          if (at === 1) state = 'finished';
          else at += 1;
        },
        async rewind(step) {
          did.push(`rewind ${step}`);
          at = step === 'one' ? 0 : 1;
          state = 'running';
        },
        async interrupt() { did.push('interrupt'); },
        async pause(ms, signal) {
          time += ms;
          do await new Promise((resolve) => setTimeout(resolve, 0)); while (held && !signal.aborted);
        },
      },
      { lab: 'two', pace: 1, loop: false, ...more },
    );
    void (async () => { for await (const each of demo.view.watch(new AbortController().signal)) states.push(each); })();
    return demo;
  };
  return { begin, did, states, hold: (on: boolean) => (held = on), time: () => time, seen: () => [...new Set(states.map(({ caption }) => caption))] };
} // prettier-ignore

describe('a demonstration', () => {
  it('tells each step, does it, waits for its checks, and ends with the ending', async () => {
    const { begin, did, seen, time } = lab();
    const demo = begin();
    await demo.done;
    expect(demo.view.value).toMatchObject({ state: 'over', step: 1, shows: { machine: 'web', view: 'serial' } });
    expect(did).toEqual(['solve one 70', 'next one', 'solve two 70', 'next two']);
    expect(seen().filter(Boolean)).toEqual(['Words of one.', 'More.', 'I type', 'Words of two.', 'Done.']);
    const told = ['Words of one.', 'More.', 'I type', 'Words of two.', 'More.', 'I type', 'Done.'];
    expect(time()).toBeGreaterThanOrEqual(told.reduce((sum, each) => sum + readingMs(each, 1), 0));
  });

  it('goes faster at another pace', async () => {
    const [slow, fast] = [lab(), lab()];
    await slow.begin().done;
    await fast.begin({ pace: 4 }).done;
    expect(fast.did[0]).toBe('solve one 17.5');
    expect(fast.time()).toBeLessThan(slow.time() / 2);
  });

  it('stands while it is paused, goes on, and one step back by a checkpoint', async () => {
    const { begin, did } = lab();
    const demo = begin();
    for await (const { caption } of demo.view.watch(new AbortController().signal))
      if (caption === 'Words of two.') break;
    await demo.steer('pause');
    const before = demo.view.value;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(demo.view.value).toEqual(before);
    expect(before.state).toBe('paused');
    await demo.steer('back');
    await demo.done;
    expect(did).toEqual(['solve one 70', 'next one', 'interrupt', 'rewind one', 'solve one 70', 'next one', 'solve two 70', 'next two']); // prettier-ignore
    expect(demo.view.value.state).toBe('over');
    await expect(demo.steer('pause')).rejects.toThrow('Nothing is being played');
  });

  it('stands between two keys, and stands on at another pace', async () => {
    const { begin, did } = lab({ keys: 40 });
    const demo = begin();
    await expect.poll(() => did.length, { interval: 2, timeout: 10_000 }).toBeGreaterThan(3);
    await demo.steer('pause');
    await new Promise((resolve) => setTimeout(resolve, 30)); // the key that was down
    const typed = did.length;
    demo.setPace(10);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([did.length, demo.view.value.state]).toEqual([typed, 'paused']);
    expect(typed).toBeLessThan(40);
    await demo.steer('go-on');
    await demo.done;
    expect(did.slice(0, 41)).toEqual([...Array.from({ length: 40 }, () => 'key'), 'solve one 7']);
  });

  it('begins again where it is to loop, until somebody takes over; the run stays', async () => {
    const { begin, did } = lab();
    const demo = begin({ loop: true, pace: 10 });
    await expect.poll(() => demo.view.value.round, { timeout: 10_000 }).toBe(2);
    expect(did.filter((each) => each === 'rewind one')).toHaveLength(2);
    await demo.steer('take-over');
    const count = did.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(did).toHaveLength(count);
    expect(did.at(-1)).toBe('interrupt');
  });

  it('ends in words when a check does not turn green', async () => {
    const { begin, did } = lab({ green: (step) => step !== 'two' });
    const demo = begin();
    await demo.done;
    expect(demo.view.value).toMatchObject({ state: 'stopped', problem: { code: 'demo-check-failed', detail: 'It is so: It is not' } }); // prettier-ignore
    expect(did.at(-1)).toBe('solve two 70');
  });

  it('waits once more for a check that was green and is red when the step is to end, not for ever', async () => {
    const restarted = lab({ refuses: 2 });
    await restarted.begin().done;
    expect(restarted.did).toEqual(['solve one 70', 'next one', 'next one', 'next one', 'solve two 70', 'next two']);
    const never = lab({ refuses: Infinity });
    const demo = never.begin();
    await demo.done;
    expect(demo.view.value).toMatchObject({ state: 'stopped', problem: { code: 'lab-step-not-passed' } });
  });

  it('ends in words when a step cannot be solved', async () => {
    const broken = lab({ actions: [{ get say(): string { throw new ProblemError({ code: 'broken', title: 'Broken', detail: 'It broke.' }); } }] }); // prettier-ignore
    const demo = broken.begin();
    await demo.done;
    expect(demo.view.value).toMatchObject({ state: 'stopped', problem: { code: 'broken' } });
  });
});

describe('captions', () => {
  it('are the paragraphs as they are spoken', () => {
    const text =
      '# Look\n\nPress **Start** and `ls` [here](http://x).\nIt is _fine_ for snake_case.\n\n{{do:on}}\n\n```type machine=web\nrm -rf\n```\n\n- one\n- two\n\n1. first\n\n> Quoted';
    expect(captionsOf(text)).toEqual(['Look', 'Press Start and ls here. It is fine for snake_case.', 'one', 'two', 'first', 'Quoted']); // prettier-ignore
    expect(captionsOf('Look at <http://127.0.0.1:80>/a.')).toEqual(['Look at http://127.0.0.1:80/a.']);
    expect(captionsOf('')).toEqual([]);
    expect(readingMs('a b c', 2)).toBe(readingMs('a b c', 1) / 2);
  });
});
