import { asProblem } from '../../contract/problem.ts';
import type { Task } from '../../contract/task.ts';
import type { Log } from '../log.ts';
import { lateMs } from '../snapshots/schedule/due.ts';
import { nextAfter, periodOf, timesBetween } from '../snapshots/schedule/slots.ts';
import { pause } from '../target/live-list.ts';
import type { OpenTarget } from '../target/target.ts';
import type { KeptPlace, Places } from './places.ts';

/** Milliseconds between two looks at the clock, as of snapshots' schedules. */
const lookMs = 20_000;
/** Milliseconds until a plan is looked at again that could not be served. */
const againMs = 15 * 60_000;
/** Milliseconds that a target may need to answer before a run fails for it. */
const patienceMs = 10 * 60_000;

const timeOf = (text: string | undefined): number => (text === undefined ? 0 : Date.parse(text));

/** What a place's plan asks for at `now` (milliseconds); `anew`: the clock was far ahead and is right again. Pure. */
export function planDue(
  { plan, since, served }: Pick<KeptPlace, 'plan' | 'since' | 'served'>,
  now: number,
): { type: 'run'; slot: number; missed: number } | { type: 'anew' } | undefined {
  if (!plan) return undefined;
  const begun = timeOf(since);
  const after = Math.max(begun, timeOf(served));
  if (after > now + periodOf(plan.rhythm)) return { type: 'anew' };
  const found = timesBetween(plan.rhythm, begun, after, now);
  if (!found) return undefined;
  const late = now - found.last > lateMs;
  return { type: 'run', slot: found.last, missed: late ? found.count : found.count - 1 };
}

/** ISO 8601. Pure. */
export function nextRun({ plan, since, served }: Pick<KeptPlace, 'plan' | 'since' | 'served'>, now: number): string | undefined {
  if (!plan) return undefined;
  const after = Math.max(timeOf(since), timeOf(served));
  return new Date(nextAfter(plan.rhythm, timeOf(since), after > now + periodOf(plan.rhythm) ? now : after)).toISOString();
} // prettier-ignore

export interface ScheduleParts {
  places: Places;
  /** Opens a target without showing it. */
  open: (id: string) => Promise<OpenTarget>;
  /** Begins a run; undefined where one is under way already. */
  begin: (place: KeptPlace, target: OpenTarget, missed: number) => Promise<Task> | undefined;
  /** Tells of a run that could not even begin. */
  failed: (place: KeptPlace, error: unknown) => Promise<void>;
  log: Log;
}

/** Runs the plans while Hearth does, each place's by itself. Ends with `signal`. */
export async function keepPlans(parts: ScheduleParts, signal: AbortSignal): Promise<void> {
  const { places, log } = parts;
  const busy = new Set<string>();
  while (!signal.aborted) {
    for (const place of places.all()) {
      if (busy.has(place.id)) continue;
      const found = planDue(place, Date.now());
      if (!found) continue;
      busy.add(place.id);
      void serve(parts, place, found, signal)
        .catch((error: unknown) => {
          log.error({ err: error, place: place.name }, 'a plan of backups could not be served');
          // That it was served could not be written, on a full disk perhaps: at once it would only be run again.
          return pause(againMs, signal);
        }) // prettier-ignore
        .finally(() => busy.delete(place.id));
    }
    await pause(lookMs, signal);
  }
}

async function serve(
  { places, open, begin, failed }: ScheduleParts,
  place: KeptPlace,
  due: NonNullable<ReturnType<typeof planDue>>,
  signal: AbortSignal,
): Promise<void> {
  const { id, plan } = place;
  if (!plan) return;
  if (due.type === 'anew') return places.change(id, { since: new Date().toISOString(), served: undefined });
  const served = { served: new Date(due.slot).toISOString() };
  let ended: Promise<Task> | undefined;
  try {
    const target = await open(plan.target);
    await answers(target, signal);
    ended = begin(place, target, due.missed);
  } catch (error) {
    if (signal.aborted) return; // made up for at the next start
    await places.change(id, served);
    return failed(place, error);
  }
  // Somebody backs up there by hand now: the run comes right after.
  if (!ended) return;
  await ended;
  if (!signal.aborted && places.all().some((each) => each.id === id)) await places.change(id, served);
}

/** Waits until the target answers. Throws its own Problem when it does not for long. */
async function answers(target: OpenTarget, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  for await (const { state } of target.state.watch(limit)) if (state === 'ready') return;
  signal.throwIfAborted();
  throw asProblem(target.state.value.problem ?? new Error(`${target.state.value.name} does not answer.`));
}
