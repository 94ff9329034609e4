import type { SnapshotRow, SnapshotTree } from '../../../main/contract/snapshots.ts';

/** One line of the tree as it is shown. */
export interface Line {
  row: SnapshotRow | 'here';
  depth: number;
  /** Among its siblings, from 1. */
  position: number;
  of: number;
  /** Key of the line above it in the tree; absent at the root. */
  parent?: string;
}

export const hereKey = 'here';
export const keyOf = (line: Line): string => (line.row === 'here' ? hereKey : line.row.uid);

/** The tree as lines, children under their parent, oldest first; the machine as it is now stands last under what it goes on from. Pure. */
export function linesOf({ rows, here }: SnapshotTree): Line[] {
  const names = new Set(rows.map((row) => row.name));
  const known = (name: string | undefined): string | undefined => (name && names.has(name) ? name : undefined);
  const lines: Line[] = [];
  const seen = new Set<string>();
  const under = (parent: string | undefined, depth: number, above: string | undefined): void => {
    const children: (SnapshotRow | 'here')[] = rows.filter(
      (row) => known(row.parent) === parent && !seen.has(row.name),
    );
    if (known(here) === parent) children.push('here');
    // A straight line of snapshots stays at one depth: only branches go in.
    const inner = children.length > 1 ? depth + 1 : depth;
    children.forEach((row, index) => {
      const last = index === children.length - 1;
      const at = last ? depth : inner;
      lines.push({
        row,
        depth: at,
        position: index + 1,
        of: children.length,
        ...(above === undefined ? {} : { parent: above }),
      });
      if (row === 'here') return;
      seen.add(row.name);
      under(row.name, at, row.uid);
    });
  };
  under(undefined, 0, undefined);
  return lines;
}

/** A free name for the next snapshot. Pure. */
export function freeName(machine: string, rows: readonly SnapshotRow[]): string {
  const taken = new Set(rows.map((row) => row.name));
  const stem = machine.slice(0, 55);
  for (let n = rows.length + 1; ; n += 1) if (!taken.has(`${stem}-${n}`)) return `${stem}-${n}`;
}

export const isName = (name: string): boolean => name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
