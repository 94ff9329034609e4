import type { DemoCommand, LabDemo } from '../../../../main/contract/labs/demo.ts';
import { FakeValue } from '../live.ts';

const scenarios = {
  playing: {},
  paused: { state: 'paused' },
  checking: {
    doing: 'checking',
    paragraph: { n: 5, of: 5 },
    caption:
      'Then watch the serial console beside this text: first the kernel speaks, then the programs that it starts.',
  },
  stopped: {
    state: 'stopped',
    doing: 'checking',
    problem: {
      code: 'demo-check-failed',
      title: 'The demonstration stopped: a check did not turn green',
      detail: 'web asks for a login: the serial console of web has not said "login:" since this step began',
      fix: 'Go on by hand, or try again from here.',
      kind: 'failed',
    },
  },
  over: { state: 'over', step: 3, paragraph: { n: 1, of: 1 } },
  long: {
    caption:
      'Pneumonoultramicroscopicsilicovolcanoconiosis '.repeat(3) +
      'and a paragraph that goes on for as long as an author may write one, because nobody told them to stop after the second sentence. '.repeat(
        5,
      ),
  },
} as const satisfies Record<string, Partial<LabDemo>>;
export type DemoScenario = keyof typeof scenarios;

/** Demonstrations that stand at one caption: pages show them, and steer them. */
export class FakeDemos {
  readonly #all = new Map<string, FakeValue<{ demo?: LabDemo }>>();

  #of(lab: string): FakeValue<{ demo?: LabDemo }> {
    const known = this.#all.get(lab) ?? new FakeValue<{ demo?: LabDemo }>({});
    this.#all.set(lab, known);
    return known;
  }
  async *watch(lab: string, signal: Parameters<FakeValue<unknown>['watch']>[0]): AsyncGenerator<LabDemo | undefined> {
    for await (const { demo } of this.#of(lab).watch(signal)) yield demo;
  }
  begin(lab: string, scenario: DemoScenario): void {
    this.play(lab, 1, false);
    this.show(lab, scenarios[scenario]);
  }
  play(lab: string, pace: number, loop: boolean): void {
    this.#of(lab).set({
      demo: {
        lab, state: 'playing', doing: 'reading', step: 0, pace, loop, round: 0, paragraph: { n: 2, of: 5 },
        caption: 'A virtual machine is a computer that another computer plays: it has a processor, memory, a disk and a network card, and knows nothing of being played.',
        shows: { machine: 'web', view: 'serial' },
      },
    }); // prettier-ignore
  }
  /** The demonstration stands elsewhere. */
  show(lab: string, change: Partial<LabDemo>): void {
    const { demo } = this.#of(lab).value;
    if (demo) this.#of(lab).set({ demo: { ...demo, ...change } });
  }
  steer(lab: string, command: DemoCommand): void {
    const { demo } = this.#of(lab).value;
    if (command === 'take-over' || !demo) this.#of(lab).set({});
    else this.#of(lab).set({ demo: { ...demo, state: command === 'pause' ? 'paused' : 'playing' } });
  }
}
