import type { SeatLab } from '../../../contract/class-seat.ts';
import type { ContractHandlers } from '../../../contract/contract.ts';
import type { LabRow, LabRun } from '../../../contract/labs/run.ts';
import { rowKeys } from '../../../contract/row-keys.ts';
import { line } from '../../boxes/link/plain-words.ts';
import { createLiveValue } from '../../target/live-value.ts';
import { pause } from '../../target/live-list.ts';
import type { LiveValue } from '../../target/live-value.ts';
import { monotonic } from '../../../contract/monotonic.ts';

const words = (text: string, most = 200): string => line(text).slice(0, most);

/** What a class sees of a run: how far somebody is, and nothing of what a machine holds. Pure. */
export function seatLab(run: LabRun): Omit<SeatLab, 'at'> {
  const open = run.steps[run.step];
  return {
    lab: run.lab,
    title: words(run.title),
    state: run.state,
    step: Math.min(run.step, 1000),
    steps: run.steps.slice(0, 100).map(({ id, title, state, checkpoint }) => ({ id, title: words(title), state, checkpoint: checkpoint !== undefined })), // prettier-ignore
    checks: (open?.checks ?? []).slice(0, 50).map(({ title, state }) => ({ title: words(title), state })),
    score: { reached: Math.max(0, Math.round(run.score.reached)), of: Math.max(0, Math.round(run.score.of)) },
    seconds: Math.max(0, run.seconds),
    machines: run.machines.slice(0, 32).map(({ name, running }) => ({ name, running })),
    ...(run.problem && { problem: words(`${run.problem.title}. ${run.problem.detail}`, 300) }),
  };
}

export interface LabNow {
  /** The lab that runs on the current target. */
  readonly lab: LiveValue<SeatLab | undefined>;
  /** Where its machines are; undefined for one that is not the lab's. */
  machine(name: string): { namespace: string; name: string } | undefined;
  close(): void;
}

/** Follows whichever lab runs here, until it is closed: what ends or breaks is followed anew, and broken ones are told to `onError`. */
export function followLab(
  labs: Pick<ContractHandlers['labs'], 'watch' | 'run'>,
  onError: (error: unknown) => void,
): LabNow {
  const closing = new AbortController();
  const lab = createLiveValue<SeatLab | undefined>(undefined);
  const rows = new Map<string, LabRow>();
  let machines: LabRun['machines'] = [];
  let followed: { name: string; over: AbortController } | undefined;
  let last = '';
  const show = (run: LabRun | undefined): void => {
    machines = run?.machines ?? [];
    const now = run && seatLab(run);
    const text = JSON.stringify(now);
    if (text === last) return;
    last = text;
    lab.set(now && { ...now, at: new Date().toISOString() });
  };
  const follow = (name: string | undefined): void => {
    if (name === followed?.name) return;
    followed?.over.abort();
    followed = undefined;
    if (name === undefined) return show(undefined);
    const mine = { name, over: new AbortController() };
    followed = mine;
    const signal = AbortSignal.any([closing.signal, mine.over.signal]);
    void persistently(signal, onError, async () => {
      for await (const run of labs.run({ lab: name }, { signal })) if (followed === mine) show(run);
    });
  };
  void persistently(closing.signal, onError, async () => {
    for await (const update of labs.watch({}, { signal: closing.signal })) {
      if (update.type === 'snapshot' || update.type === 'reset') rows.clear();
      if (update.type === 'snapshot') for (const row of update.items) rows.set(rowKeys.lab(row), row);
      if (update.type === 'delta') {
        for (const row of update.upserted) rows.set(rowKeys.lab(row), row);
        for (const key of update.removed) rows.delete(key);
      }
      follow([...rows.values()].find(({ running }) => running !== undefined)?.name);
    }
  });
  return {
    lab,
    machine(name) {
      const found = machines.find((each) => each.name === name);
      return found && { namespace: found.namespace, name: found.name };
    },
    close() {
      closing.abort();
      followed?.over.abort();
    },
  };
}

/** Milliseconds before what broke is tried again. */
const again = { first: 250, longest: 10_000 };
async function persistently(signal: AbortSignal, onError: (error: unknown) => void, follow: () => Promise<void>): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    const begun = monotonic();
    try {
      await follow();
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    if (monotonic() - begun > again.longest) failures = 0;
    await pause(Math.min(again.longest, again.first * 2 ** failures), signal);
  }
} // prettier-ignore
