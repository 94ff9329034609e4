import type { Appliance } from '../../contract/appliance.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Session } from './session.ts';

/** The appliances as they are now (one look). */
export async function appliances(session: Session): Promise<Appliance[]> {
  const abort = new AbortController();
  try {
    for await (const update of session.appliances.watch({}, { signal: abort.signal }))
      if (update.type === 'snapshot') return update.items;
  } finally {
    abort.abort();
  }
  return [];
}

/** Milliseconds a look may take; what is known by then is told. */
const patience = 35_000;

/** The appliance once it was looked at: what `pickAppliance` gives is only what Hearth remembers of it. */
export async function lookedAt(session: Session, remembered: Appliance): Promise<Appliance> {
  const abort = new AbortController();
  let now = remembered;
  try {
    const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(patience)]);
    for await (const update of session.appliances.watch({}, { signal })) {
      const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
      now = rows.find(({ id }) => id === remembered.id) ?? now;
      if (now.at !== remembered.at || now.problem) break;
    }
  } finally {
    abort.abort();
  }
  return now;
}

/** "The" appliance: the only one, or the one named. Throws a Problem that lists them. */
export async function pickAppliance(session: Session, name: string | undefined): Promise<Appliance> {
  const all = await appliances(session);
  const found = name === undefined ? all : all.filter((each) => each.id === name || each.name === name);
  const [only] = found;
  if (only && found.length === 1) return only;
  throw new ProblemError({
    code: all.length === 0 ? 'no-appliance' : 'which-appliance',
    title: all.length === 0 ? 'There is no appliance' : 'Which appliance?',
    detail:
      all.length === 0
        ? 'Hearth installed none from here.'
        : `There ${all.length === 1 ? 'is' : 'are'} ${all.map((each) => `${each.name} (${each.id}, ${each.place})`).join(', ')}.`,
    fix: all.length === 0 ? 'Make one with `hearth up`.' : 'Say which with --appliance NAME.',
  });
}
