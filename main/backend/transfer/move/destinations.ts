import { setTimeout as wait } from 'node:timers/promises';
import type { Destination } from '../../../contract/transfer-moves.ts';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { Targets } from '../../targets/targets.ts';

/** Milliseconds that a target has to answer before it counts as not there. */
const patience = 8000;

/** What moves need of all targets. */
export type Places = Pick<Targets, 'entries' | 'open'>;

/** The target once it answers. Throws `target-not-found`, and what stands in the way. */
export async function answering(places: Places, id: string): Promise<OpenTarget> {
  const { target } = await places.open(id);
  const over = new AbortController();
  const late = wait(patience, undefined, { signal: over.signal }).catch(() => undefined).then(() => over.abort()); // prettier-ignore
  try {
    for await (const { state } of target.state.watch(over.signal)) if (state === 'ready' || state === 'lost') break;
  } finally {
    over.abort();
    await late;
  }
  const { state, problem, name } = target.state.value;
  if (state === 'ready') return target;
  throw new ProblemError(
    problem ?? { code: 'target-unreachable', title: `${name} does not answer`, detail: `It said nothing for ${patience / 1000} seconds.`, fix: 'Check that it is on and can be reached, then try again.' },
  ); // prettier-ignore
}

/** All targets but the one that is shown, each with why nothing can go there. Never throws. */
export async function destinations(places: Places, current: string): Promise<Destination[]> {
  const others = places.entries().filter(({ id }) => id !== current);
  return Promise.all(
    others.map(async ({ id, name, kind, place }): Promise<Destination> => {
      const entry = { id, name, kind, place };
      try {
        await answering(places, id);
        return entry;
      } catch (error) {
        const { title, detail } = asProblem(error);
        return { ...entry, why: `${title}. ${detail}` };
      }
    }),
  );
}
