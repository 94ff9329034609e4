import type { BoxWishes } from '../../contract/box/settings.ts';
import type { BroughtItem } from '../../contract/box/state.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import type { Targets } from '../targets/targets.ts';
import type { Workspace } from '../targets/workspace.ts';
import type { TaskHandle, Tasks } from '../tasks/tasks.ts';
import { pause } from '../target/live-list.ts';
import { applianceOfBox } from './appliance.ts';
import { bringImage } from './bring-image.ts';
import type { ImagePace } from './bring-image.ts';
import { bringMachine } from './bring-machine.ts';
import type { Setup } from './setup.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Milliseconds; only tests have others. */
export interface BringPace extends ImagePace {
  /** The new cluster may take until it answers. */
  target: number;
  /** What failed is tried again by itself after each of these. */
  again: readonly number[];
}
const minute = 60_000;
const usual: BringPace = {
  target: 10 * minute,
  again: [5 * minute, 15 * minute, 60 * minute, 6 * 60 * minute],
  image: 6 * 60 * minute,
  trouble: 5 * minute,
  look: 1000,
};

export interface BringOptions {
  targets: Pick<Targets, 'open'>;
  tasks: Tasks;
  setup: Setup;
  wishes: () => Promise<BoxWishes>;
  signal: AbortSignal;
  log: Log;
  pace?: BringPace;
}

/** Makes the images and machines that the stick wished for, once each. Labs are told of: none come by a stick. */
export function createBringing(options: BringOptions) {
  const { targets, tasks, setup, signal, log, pace = usual } = options;
  let running = false;
  let again: NodeJS.Timeout | undefined;
  let tries = 0;

  const change = (item: Wanted, state: BroughtItem['state'], error?: unknown): Promise<void> =>
    setup.change({
      bring: setup.now.value.bring.map((each) =>
        isSame(each, item) ? { kind: each.kind, name: each.name, state, ...(error !== undefined && { problem: asProblem(error) }) } : each,
      ),
    }); // prettier-ignore

  async function bring(task: TaskHandle, wishes: BoxWishes): Promise<void> {
    const over = AbortSignal.any([task.signal, signal]);
    const left = leftOf(setup.now.value.bring);
    task.expect([waitTitle, ...left.map(titleOf)]);
    task.step(waitTitle);
    const workspace = await ready(targets, pace.target, over);
    for (const item of left) {
      task.step(titleOf(item));
      await change(item, 'working');
      try {
        if (item.kind === 'image') await bringImage(workspace, tasks, item.name, over, pace);
        else await bringMachine(workspace, machineOf(wishes, item.name), wishes, over);
        await change(item, 'done');
        task.endStep(titleOf(item), 'done');
      } catch (error) {
        // Hearth ends: the next start goes on. Somebody stopped it: it waits to be asked for again.
        if (over.aborted) throw error;
        log.warn({ err: error, item: `${item.kind} ${item.name}` }, 'something of the stick could not be brought along');
        await change(item, 'failed', error);
        task.endStep(titleOf(item), 'failed', asProblem(error).detail);
      }
    } // prettier-ignore
    const failed = setup.now.value.bring.filter(({ state }) => state === 'failed');
    if (failed.length > 0) throw incomplete(failed);
  }
  async function begin(): Promise<void> {
    const wishes = await options.wishes();
    const wanted = wantedOf(wishes);
    const { bring: known } = setup.now.value;
    // What failed waits for its turn again, and looks like it.
    const items = wanted.map((item): BroughtItem => known.find((each) => isSame(each, item) && each.state === 'done') ?? { ...item, state: 'waiting' }); // prettier-ignore
    await setup.change({ labs: wishes.bring.labs, bring: items });
    if (leftOf(items).length === 0) return;
    clearTimeout(again);
    running = true;
    const { done } = tasks.start({ type: 'box-bring', title: 'Make what the stick brought along' }, (task) => bring(task, wishes)); // prettier-ignore
    void done.then(({ state }) => {
      running = false;
      const ms = pace.again[tries];
      if (state !== 'failed' || ms === undefined || signal.aborted) return;
      tries += 1;
      again = setTimeout(() => {
        begin().catch((error: unknown) => log.warn({ err: error }, 'it is not tried again'));
      }, ms).unref();
    });
  }
  return {
    /** Goes on where it ended; nothing to do when all is there. */
    async start(): Promise<void> {
      if (running || setup.now.value.appliance !== 'ready') return;
      await begin();
    },
    /** Somebody asks for what failed once more. Throws `bring-busy` and `bring-nothing`. */
    async again(): Promise<void> {
      if (running) throw busy();
      if (setup.now.value.appliance !== 'ready' || leftOf(setup.now.value.bring).length === 0) throw nothing();
      tries = 0;
      await begin();
    },
    close: () => clearTimeout(again),
  };
}
export type Bringing = ReturnType<typeof createBringing>;

type Wanted = Pick<BroughtItem, 'kind' | 'name'>;
const isSame = (one: Wanted, other: Wanted): boolean => one.kind === other.kind && one.name === other.name;
const leftOf = (items: readonly BroughtItem[]): BroughtItem[] => items.filter(({ state }) => state !== 'done');
const waitTitle = 'Wait for the cluster';
const titleOf = ({ kind, name }: Wanted): string =>
  kind === 'image' ? `Add the image ${name}` : `Make the machine ${name}`;

/** Images first, those of machines among them. Pure. */
export function wantedOf({ bring: { images, machines } }: BoxWishes): Wanted[] {
  return [
    ...[...new Set([...images, ...machines.map(({ image }) => image)])].map((name) => ({ kind: 'image' as const, name })),
    ...machines.map(({ name }) => ({ kind: 'machine' as const, name })),
  ];
} // prettier-ignore
function machineOf({ bring: { machines } }: BoxWishes, name: string): BoxWishes['bring']['machines'][number] {
  const found = machines.find((each) => each.name === name);
  if (!found) throw new Error(`nobody wished for the machine ${name}`);
  return found;
}

/** The box's own cluster, once it answers. */
async function ready(targets: Pick<Targets, 'open'>, patience: number, signal: AbortSignal): Promise<Workspace> {
  const found = await targets.open(applianceOfBox);
  for (const deadline = monotonic() + patience; ; await pause(1000, signal)) {
    signal.throwIfAborted();
    const { state, problem } = found.target.state.value;
    if (state === 'ready') return found;
    if (monotonic() > deadline)
      throw new ProblemError({
        code: 'target-not-ready',
        title: 'The cluster does not answer',
        detail: problem?.detail ?? 'It said nothing so far.',
        fix: 'Look at the page of the appliance.',
      });
  }
}

const incomplete = (failed: readonly BroughtItem[]): ProblemError =>
  new ProblemError({
    code: 'bring-incomplete',
    title: 'Not everything of the stick could be brought along',
    detail: failed.map(({ kind, name, problem }) => `The ${kind} ${name}: ${problem?.title ?? 'failed'}. ${problem?.detail ?? ''}`.trim()).join(' '),
    fix: 'The box tries again by itself; on its page you may ask for it at once.',
  }); // prettier-ignore
const busy = (): ProblemError =>
  new ProblemError({
    code: 'bring-busy',
    title: 'It is being done already',
    detail: 'What the stick brought along is being made.',
    fix: 'Wait until it is done.',
    kind: 'denied',
  });
const nothing = (): ProblemError =>
  new ProblemError({
    code: 'bring-nothing',
    title: 'There is nothing left to bring along',
    detail: 'All that the stick wished for is there, or there is no cluster for it yet.',
    kind: 'denied',
  });
