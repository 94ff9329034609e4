import type { TargetEntry } from '../../main/contract/targets.ts';
import type { Tone } from '../ui/tone.ts';

const rank: Record<TargetEntry['kind'], number> = { 'quick-lab': 0, appliance: 1, kind: 2, cluster: 3 };

/** The Quick lab, then appliances, throwaway clusters and others, each by name; never by what is current: rows stay put. */
export const sortTargets = (rows: readonly TargetEntry[]): TargetEntry[] =>
  [...rows].sort((a, b) => rank[a.kind] - rank[b.kind] || a.name.localeCompare(b.name, undefined, { numeric: true }));

/** A target that is not looked at is neither good nor bad, unless it failed the last time. */
export function stateTone(row: TargetEntry): Tone {
  if (row.state === 'lost' || row.problem) return 'error';
  if (row.state === 'ready') return 'ok';
  return row.state === 'connecting' ? 'busy' : 'stopped';
}
