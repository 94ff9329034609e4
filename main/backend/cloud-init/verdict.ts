import type { FirstBoot } from '../../contract/cloud-init.ts';
import { consoleRuns } from './console-log.ts';
import type { ConsoleRun } from './console-log.ts';

export type Verdict = Omit<FirstBoot, 'namespace' | 'name'>;
/** Id of the cause that the chain of reasons gives for a guest whose set-up failed. */
export const brokenCause = 'cloud-init-broken';

/** Milliseconds that a guest's clock may be behind before its run is taken for one of an earlier start. */
const slack = 5 * 60_000;
/** Seconds after the start of a machine after which silence means that nothing will be said. */
export const patience = 20 * 60;

/**
 * How the set-up of a machine that started at `since` (milliseconds) went, as far as its serial console tells. The first run
 * after the start counts: later ones are reboots, at which cloud-init does next to nothing. `after`: when a run of an earlier
 * instance ended (the guest's own time); what is not later than that is not of this one. Pure.
 */
export function verdictOf(log: string, since: number, now: number, after = Number.NEGATIVE_INFINITY): Verdict {
  const runs = consoleRuns(log).filter(
    ({ startedAt, endedAt }) => (endedAt ?? startedAt ?? Number.POSITIVE_INFINITY) > after,
  );
  const run = runs.find(
    ({ startedAt, endedAt }) => (startedAt ?? endedAt ?? Number.NEGATIVE_INFINITY) >= since - slack,
  );
  const chosen = run ?? runs.findLast(({ startedAt, endedAt }) => startedAt === undefined && endedAt === undefined);
  if (!chosen) return { state: now - since > patience * 1000 ? 'not-seen' : 'waiting', problems: [] };
  return {
    state: stateOf(chosen),
    ...(chosen.seconds !== undefined && { seconds: chosen.seconds }),
    ...(chosen.endedAt !== undefined && { endedAt: new Date(chosen.endedAt).toISOString() }),
    ...(chosen.by !== undefined && { by: chosen.by }),
    problems: chosen.problems,
  };
}

function stateOf({ finished, problems }: ConsoleRun): Verdict['state'] {
  if (!finished) return problems.some(({ part }) => part === 'systemd') ? 'error' : 'running';
  return problems.some(({ severity }) => severity === 'error') ? 'error' : 'done';
}

/** What a chain of reasons says of a guest whose cloud-init failed; undefined while it did not. Pure. */
export function brokenCloudInit(boot: Verdict | undefined): { cause: typeof brokenCause; says: string } | undefined {
  if (boot?.state !== 'error') return undefined;
  const errors = boot.problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return {
    cause: brokenCause,
    says: `Its first set-up (cloud-init) failed${first ? `: ${first.part ? `${first.part}: ` : ''}${first.text}${more}` : ''}.`, // prettier-ignore
  };
}
