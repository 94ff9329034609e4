import type { PreflightFinding } from '../../../main/contract/appliance.ts';

export const groups = ['system', 'kernel', 'network', 'storage', 'other'] as const;
const rank = { problem: 0, warning: 1, note: 2, ok: 3 };

export interface Findings {
  /** What stands in the way, whatever its group. */
  blocks: PreflightFinding[];
  groups: { group: (typeof groups)[number]; told: PreflightFinding[]; fine: PreflightFinding[] }[];
  warnings: number;
  fine: number;
}

/** Blocks first; in each group what needs an eye, then what is fine. */
export function sortFindings(findings: readonly PreflightFinding[]): Findings {
  const rest = findings.filter((each) => !each.blocks);
  return {
    blocks: findings.filter((each) => each.blocks),
    groups: groups
      .map((group) => {
        const own = rest.filter((each) => each.group === group);
        return {
          group,
          told: own.filter((each) => each.status !== 'ok').sort((a, b) => rank[a.status] - rank[b.status]),
          fine: own.filter((each) => each.status === 'ok'),
        };
      })
      .filter(({ told, fine }) => told.length + fine.length > 0),
    warnings: rest.filter((each) => each.status === 'warning' || each.status === 'problem').length,
    fine: rest.filter((each) => each.status === 'ok').length,
  };
}
