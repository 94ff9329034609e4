import type { ReactNode } from 'react';

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** A track of the grid, e.g. `minmax(10rem, 2fr)` or `6rem`. */
  width: string;
  /** Makes it sortable. */
  compare?: ((a: T, b: T) => number) | undefined;
  align?: 'start' | 'end' | undefined;
  /** Left out where the table is narrower than 40rem / 56rem, and sooner where it does not fit; `tight`: only where it does not. */
  hideBelow?: 'tight' | 'narrow' | 'medium' | undefined;
  hideHeader?: boolean | undefined;
}
export interface Sort {
  id: string;
  descending: boolean;
}

/** Rows in the wanted order; stable, and untouched without a sortable column. */
export function sortRows<T>(rows: readonly T[], columns: readonly Column<T>[], sort: Sort | undefined): readonly T[] {
  const compare = sort && columns.find((column) => column.id === sort.id)?.compare;
  if (!compare || !sort) return rows;
  const sign = sort.descending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(a, b));
}

export const nextSort = (now: Sort | undefined, id: string): Sort =>
  now?.id === id ? { id, descending: !now.descending } : { id, descending: false };

/** What a column takes at least, with the space around its cells. */
const least = ({ width }: { width: string }): number => Number(/[\d.]+(?=rem)/.exec(width)?.[0] ?? 0) * 16;
const limits = { tight: 0, narrow: 640, medium: 896 };

/** Columns that fit into a width in pixels of a 16 px root; where even those are too wide, the last that can be spared go first. */
export function fitting<T>(columns: readonly Column<T>[], width: number): readonly Column<T>[] {
  if (width === 0) return columns;
  let shown = columns.filter(({ hideBelow }) => !hideBelow || width >= limits[hideBelow]);
  for (const rank of ['medium', 'narrow', 'tight'])
    while (shown.reduce((sum, column) => sum + least(column), 0) > width) {
      const last = shown.findLastIndex(({ hideBelow }) => hideBelow === rank);
      if (last < 0) break;
      shown = shown.toSpliced(last, 1);
    }
  return shown;
}

/** Where a key takes the active row; undefined for a key that moves nothing. */
export function moveTo(key: string, from: number, count: number, page: number): number | undefined {
  const to = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined || count === 0 ? undefined : Math.min(count - 1, Math.max(0, to));
}

/** The set after a press on one row, or (with shift) on all between it and the one before. */
export function select(
  keys: readonly string[],
  chosen: ReadonlySet<string>,
  index: number,
  anchor: number | undefined,
): ReadonlySet<string> {
  const next = new Set(chosen);
  const key = keys[index];
  if (key === undefined) return next;
  const on = !chosen.has(key);
  const [from, to] = anchor === undefined ? [index, index] : [Math.min(anchor, index), Math.max(anchor, index)];
  for (const each of keys.slice(from, to + 1)) {
    if (on) next.add(each);
    else next.delete(each);
  }
  return next;
}
