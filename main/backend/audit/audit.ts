import { auditEntrySchema } from '../../contract/audit.ts';
import type { AuditEntry } from '../../contract/audit.ts';
import type { ListUpdate } from '../../contract/machine.ts';
import type { Problem } from '../../contract/problem.ts';
import { openJsonLines } from '../json-lines.ts';
import type { Log } from '../log.ts';
import { redactText } from '../redact/text.ts';
import { createLiveList } from '../target/live-list.ts';

/** What was done, by whom, and how it ended: kept on disk, bounded, told to pages. */
export interface Audit {
  add(entry: AuditEntry): void;
  entries(): AuditEntry[];
  watch(signal: AbortSignal): AsyncIterable<ListUpdate<AuditEntry>>;
  close(): Promise<void>;
}

/** Entries that pages are shown. */
const keep = 5000;
/** Twice this is what the disk holds: about 20 000 entries. */
const maxBytes = 4 * 1024 * 1024;

/** Codes of refusals that are not marked as such: the request was not accepted, nothing was tried. */
const refusals = /^(invalid-input|invalid|forbidden|conflict|already-exists|not-found|admission-\w+|bad-request)$/;
/** How a failed call is told. Pure. */
export const resultOf = (problem: Problem): AuditEntry['result'] =>
  problem.kind === 'cancelled'
    ? 'cancelled'
    : problem.kind === 'denied' || refusals.test(problem.code)
      ? 'refused'
      : 'failed';

export async function openAudit(options: { path: string; log: Log }): Promise<Audit> {
  const lines = await openJsonLines({ path: options.path, schema: auditEntrySchema, maxBytes, log: options.log });
  const list = createLiveList<AuditEntry>();
  const order: string[] = [];
  const put = (entry: AuditEntry): void => {
    order.push(entry.id);
    list.set(entry.id, entry);
    for (const old of order.splice(0, Math.max(0, order.length - keep))) list.delete(old);
  };
  for (const entry of lines.kept.slice(-keep)) put(entry);
  list.ready();
  return {
    add(entry) {
      const { problem } = entry;
      const safe = problem ? { ...entry, problem: { ...problem, title: redactText(problem.title) } } : entry;
      put(safe);
      void lines.append(safe);
    },
    entries: () => list.values(),
    watch: (signal) => list.watch(signal),
    close: () => lines.close(),
  };
}
