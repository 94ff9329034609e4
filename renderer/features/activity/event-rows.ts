import type { EventRow } from '../../../main/contract/machine.ts';
import { eventWords } from '../../lib/event-words.ts';
import { match } from '../../lib/match.ts';

export type Order = 'warnings' | 'newest';

/** The events that fit, in the wanted order: warnings before the rest, each by the latest time. */
export function eventRows(items: readonly EventRow[], query: string, warningsOnly: boolean, order: Order): EventRow[] {
  const rank = (row: EventRow): number => (order === 'warnings' && row.type === 'Warning' ? 0 : 1);
  return items
    .filter((row) => !warningsOnly || row.type === 'Warning')
    .filter(
      (row) =>
        query === '' ||
        match(
          `${row.object.kind} ${row.namespace}/${row.object.name} ${row.reason} ${row.message} ${eventWords(row)}`,
          query,
        ) > 0,
    )
    .sort((a, b) => rank(a) - rank(b) || (a.lastAt < b.lastAt ? 1 : Number(a.lastAt !== b.lastAt) * -1));
}
