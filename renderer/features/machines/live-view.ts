import type { MachineRow } from '../../../main/contract/machine.ts';
import { ordering, selectRows, wanted } from './rows.ts';
import type { Query } from './rows.ts';

/**
 * The filtered, sorted rows, kept up to date. Sorting thousands of rows for each of a hundred updates a second would keep
 * a core busy, so only rows whose place can have changed are moved; figures that change in place cost one look-up.
 */
export class LiveView {
  #query: Query | undefined;
  #source: ReadonlyMap<string, MachineRow> = new Map();
  #shown: MachineRow[] = [];

  update(source: ReadonlyMap<string, MachineRow>, query: Query): MachineRow[] {
    if (source === this.#source && query === this.#query) return this.#shown;
    const changed = query === this.#query ? changes(this.#source, source) : undefined;
    // Many changes at once: sorting afresh is cheaper than moving them one by one.
    if (!changed || changed.length > 200) this.#shown = selectRows([...source.values()], query);
    else if (changed.length > 0) this.#shown = apply(this.#shown, this.#source, changed, query);
    this.#source = source;
    this.#query = query;
    return this.#shown;
  }
}

interface Change {
  uid: string;
  before: MachineRow | undefined;
  after: MachineRow | undefined;
}

function changes(before: ReadonlyMap<string, MachineRow>, after: ReadonlyMap<string, MachineRow>): Change[] {
  const found: Change[] = [];
  let kept = 0;
  for (const [uid, row] of after) {
    const old = before.get(uid);
    if (old) kept += 1;
    if (old !== row) found.push({ uid, before: old, after: row });
  }
  if (kept < before.size)
    for (const [uid, row] of before) if (!after.has(uid)) found.push({ uid, before: row, after: undefined });
  return found;
}

function apply(
  shown: readonly MachineRow[],
  source: ReadonlyMap<string, MachineRow>,
  changed: readonly Change[],
  query: Query,
): MachineRow[] {
  const order = ordering(query.sort);
  const next = [...shown];
  for (const { uid, before, after } of changed) {
    const was = before !== undefined && source.has(uid) && wanted(before, query) ? before : undefined;
    const is = after !== undefined && wanted(after, query) ? after : undefined;
    const at = was ? place(next, was, order) : -1;
    if (was && is && order(was, is) === 0) next[at] = is;
    else {
      if (was) next.splice(at, 1);
      if (is) next.splice(place(next, is, order), 0, is);
    }
  }
  return next;
}

/** Where the row is, or would go; the order is total, so a binary search finds exactly it. */
function place(rows: readonly MachineRow[], row: MachineRow, order: (a: MachineRow, b: MachineRow) => number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(rows[middle] ?? row, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
