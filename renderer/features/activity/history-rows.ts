import type { AuditEntry } from '../../../main/contract/audit.ts';
import { match } from '../../lib/match.ts';

export type ResultFilter = 'all' | AuditEntry['result'];

/** Entries that fit, the latest first. Pure. */
export function historyRows(
  items: readonly AuditEntry[],
  filter: { query: string; result: ResultFilter; object: string },
): AuditEntry[] {
  const { query, result, object } = filter;
  return items
    .filter((entry) => result === 'all' || entry.result === result)
    .filter((entry) => object === '' || entry.object?.name === object)
    .filter((entry) => query === '' || match(textOf(entry), query) > 0)
    .sort((a, b) => b.at.localeCompare(a.at));
}
const textOf = ({ what, who, object, target, problem, procedure }: AuditEntry): string =>
  [what, object?.name, object?.namespace, object?.kind, who, target, problem?.title, problem?.code, procedure].join(
    ' ',
  );

/** Names to filter by, those of the latest entries first; at most 100. Pure. */
export function objectsOf(items: readonly AuditEntry[]): string[] {
  const latest = [...items].sort((a, b) => b.at.localeCompare(a.at));
  return [...new Set(latest.flatMap(({ object }) => object?.name ?? []))].slice(0, 100);
}
