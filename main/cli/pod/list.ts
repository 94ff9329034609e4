import type { OpenTarget } from '../../backend/target/target.ts';
import { watchPods } from '../../backend/pods/watch.ts';
import type { PodRow } from '../../contract/pods.ts';
import { ProblemError } from '../../contract/problem.ts';
import { exit } from '../command.ts';
import type { Asked } from './asked.ts';

/** Workloads and Pods, and under each that is not as asked why, and what helps. */
export async function listPods(
  target: OpenTarget,
  { namespace, all, json }: Asked,
  signal: AbortSignal,
): Promise<number> {
  const rows = await first(target, signal);
  const shown = rows
    .filter((row) => (all || !row.system || namespace !== '') && (namespace === '' || row.namespace === namespace))
    .toSorted((a, b) => key(a).localeCompare(key(b), 'en'));
  process.stdout.write(json ? `${JSON.stringify(shown)}\n` : inWords(shown));
  return exit.ok;
}
/** Pods stand under what keeps them. */
const key = ({ namespace, kind, name, owner }: PodRow): string =>
  `${namespace} ${owner ? `${owner.kind}/${owner.name} ` : `${kind}/${name}`} ${kind === 'Pod' ? name : ''}`;

async function first(target: OpenTarget, signal: AbortSignal): Promise<PodRow[]> {
  for await (const update of watchPods(target, signal)) {
    if (update.type === 'snapshot') return update.items;
    if (update.type === 'stale') throw new ProblemError(update.problem);
  }
  signal.throwIfAborted();
  return [];
}

function inWords(rows: readonly PodRow[]): string {
  if (rows.length === 0) return 'There are no containers.\n';
  const lines = rows.map((row) => [
    `${row.owner ? '  ' : ''}${row.kind.toLowerCase()}/${row.name}`,
    row.namespace,
    row.status,
    `${row.ready.have}/${row.ready.want}`,
    String(row.restarts),
    row.node ?? '',
  ]);
  const head = ['NAME', 'NAMESPACE', 'STATUS', 'READY', 'RESTARTS', 'NODE'];
  const widths = head.map((_, at) => Math.max(...[head, ...lines].map((line) => line[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ').trimEnd()}\n`; // prettier-ignore
  const text = rows.map((row, at) => {
    const { why } = row;
    const below = why
      ? `      ${why.title}${why.detail ? ` (${why.detail})` : ''}\n      What helps: ${why.cure}\n`
      : '';
    return `${line(lines[at] ?? [])}${below}`;
  });
  return `${line(head)}${text.join('')}`;
}
