import type { MachineRow } from '../../../main/contract/machine.ts';
import { byName } from '../../lib/format.ts';

export interface FolderCount {
  path: string;
  name: string;
  /** 1 at the top. */
  depth: number;
  /** Machines in it and below. */
  count: number;
}

/** Every folder that a machine is in, or is below, parents before what is in them. Pure. */
export function folderCounts(rows: readonly MachineRow[]): FolderCount[] {
  const counts = new Map<string, number>();
  for (const { folder } of rows) {
    const parts = folder?.split('/') ?? [];
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const path = parts.slice(0, depth).join('/');
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  const order = (a: string, b: string): number => {
    const [left, right] = [a.split('/'), b.split('/')];
    for (let n = 0; n < Math.min(left.length, right.length); n += 1) {
      const by = byName(left[n] ?? '', right[n] ?? '');
      if (by !== 0) return by;
    }
    return left.length - right.length;
  };
  return [...counts]
    .sort(([a], [b]) => order(a, b))
    .map(([path, count]) => {
      const parts = path.split('/');
      return { path, name: parts.at(-1) ?? '', depth: parts.length, count };
    });
}
