import type { BoxRow } from '../../contract/box/boxes.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { BoxesApi } from './session.ts';

/** The paired boxes as they are now (one look). */
export async function boxRows(api: BoxesApi): Promise<BoxRow[]> {
  const abort = new AbortController();
  try {
    for await (const update of api.boxes.watch({}, { signal: abort.signal }))
      if (update.type === 'snapshot') return update.items;
  } finally {
    abort.abort();
  }
  return [];
}

/** Milliseconds a box may take until it answered or did not. */
const patience = 15_000;

/** The same once each was tried: what `boxRows` gives first may be what is remembered only. */
export async function triedRows(api: BoxesApi): Promise<BoxRow[]> {
  const rows = new Map<string, BoxRow>();
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(patience)]);
  try {
    for await (const update of api.boxes.watch({}, { signal })) {
      const fresh = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
      for (const row of fresh) rows.set(row.id, row);
      if ([...rows.values()].every(({ state }) => state !== 'connecting')) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    abort.abort();
  }
  return [...rows.values()];
}

/** The box of this id, the beginning of one (at least 4 letters), or name. Throws a Problem that lists them. */
export async function pickBox(api: BoxesApi, wanted: string): Promise<BoxRow> {
  const all = await boxRows(api);
  const exact = all.filter(({ id, name }) => id === wanted || name === wanted);
  const found = exact.length > 0 ? exact : all.filter(({ id }) => wanted.length >= 4 && id.startsWith(wanted));
  const [only] = found;
  if (only && found.length === 1) return only;
  const names = (found.length > 1 ? found : all).map(({ id, name, address }) => `${name} (${id}, ${address})`);
  throw new ProblemError({
    code: found.length > 1 ? 'which-box' : 'no-such-box',
    title: found.length > 1 ? 'Which box?' : 'This box is not paired',
    detail: names.length > 0 ? `There is: ${names.join(', ')}.` : 'Hearth is paired with no box.',
    fix: found.length > 1 ? 'Name it by its id.' : 'Look with `hearth box scan`, then `hearth box pair ADDRESS`.',
  });
}
