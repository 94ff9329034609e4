import { recognise } from '../../../../provisioning/failures/recognise.ts';
import type { Verdict } from '../../../../provisioning/ladder/observations.ts';
import { rungOf } from '../../../../provisioning/ladder/rungs.ts';
import type { Rung } from '../../../../provisioning/ladder/rungs.ts';
import type { RungId } from '../../../../provisioning/plan.ts';
import type { RungState } from '../../../contract/appliance.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { gatherEvidence } from './evidence.ts';
import { lookAt } from './observe.ts';
import type { Lookout } from './observe.ts';
import { pause } from './patience.ts';
import type { Pace } from './patience.ts';
import { trySmoke } from './smoke.ts';
import { monotonic } from '../../../contract/monotonic.ts';

export interface ClimbOptions {
  signal: AbortSignal;
  /** Whenever what is known of a rung changed. */
  onRung: (state: RungState) => void;
  /** Seconds a rung may take, instead of its own; for tests and for machines known to be slow. */
  timeoutSeconds?: number;
}

/** Looks in a row that must fail: a moment between two states can look like the end. */
const convincing = 3;

/**
 * Climbs the rungs in the order given, each with its own time. Throws a Problem `rung-<id>` with the most likely cause (from
 * journal, events and logs) when one does not hold in time, or an AbortError.
 */
export async function climb(
  lookout: Lookout,
  ids: readonly RungId[],
  pace: Pace,
  { signal, onRung, timeoutSeconds }: ClimbOptions,
): Promise<void> {
  const before = (await lookout.place())?.unit?.restarts ?? 0;
  for (const id of ids) {
    const rung = rungOf(id);
    const seconds = timeoutSeconds ?? rung.timeoutSeconds;
    const began = monotonic();
    let told = '';
    const tell = (verdict: Verdict): void => {
      const key = JSON.stringify(verdict);
      if (key === told) return;
      told = key;
      onRung(stateOf(rung, verdict, began));
    };
    tell({ state: 'wait', detail: 'Looking…' });
    let verdict: Verdict;
    if (id === 'smoke') {
      verdict = await trySmoke(lookout.client, pace, {
        signal,
        accelerator: lookout.accelerator,
        timeoutMs: seconds * 1000,
        onVerdict: tell,
      });
    } else {
      for (let failures = 0; ;) {
        signal.throwIfAborted();
        verdict = await lookAt(id, lookout, before, signal);
        tell(verdict.state === 'fail' ? { ...verdict, state: 'wait' } : verdict);
        failures = verdict.state === 'fail' ? failures + 1 : 0;
        const over = verdict.state === 'fail' ? failures === convincing : verdict.state !== 'wait';
        if (over || monotonic() - began + pace.lookMs > seconds * 1000) break;
        await pause(pace.lookMs, signal);
      }
    }
    if (verdict.state === 'pass' || verdict.state === 'skipped') {
      tell(verdict);
      continue;
    }
    const problem = await explain(lookout, rung, verdict, seconds, signal);
    onRung({ ...stateOf(rung, { ...verdict, state: 'fail' }, began), ...problem.told });
    throw problem.error;
  }
}

export const stateOf = (rung: Rung, verdict: Verdict, began?: number): RungState => ({
  id: rung.id,
  title: rung.title,
  state: verdict.state === 'wait' ? 'waiting' : verdict.state,
  detail: verdict.detail,
  ...(verdict.cause !== undefined && { cause: verdict.cause }),
  ...(verdict.fix !== undefined && { fix: verdict.fix }),
  ...(began !== undefined && { seconds: Math.round((monotonic() - began) / 1000) }),
});

async function explain(
  lookout: Lookout,
  rung: Rung,
  verdict: Verdict,
  seconds: number,
  signal: AbortSignal,
): Promise<{ error: ProblemError; told: { cause?: string; fix?: string } }> {
  const lines = await gatherEvidence(lookout.client, await lookout.place(), signal);
  lines.push({ source: 'helper', text: verdict.detail });
  const [trouble] = recognise(lines);
  const cause = trouble ? `${trouble.title}. ${trouble.detail}` : verdict.cause;
  const fix = trouble?.fix ?? verdict.fix;
  const told = { ...(cause !== undefined && { cause }), ...(fix !== undefined && { fix }) };
  const output = trouble ? trouble.evidence : lines.slice(-9, -1).map((line) => line.text);
  const late = verdict.state === 'wait' ? ` It was waited for ${seconds} s.` : '';
  return {
    told,
    error: new ProblemError({
      code: `rung-${rung.id}`,
      title: `Not reached: ${rung.title}`,
      detail: `${verdict.detail}${late}`,
      ...told,
      ...(output.length > 0 && { output }),
    }),
  };
}
