import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditEntrySchema } from '../../main/contract/audit.ts';
import type { AuditEntry } from '../../main/contract/audit.ts';

/** More than Hearth keeps in memory of either. */
const entries = 6000;

/** Writes the history of a Hearth that has been in use for long, as it would have written it itself. */
export function fullHistory(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lines = Array.from({ length: entries }, (_, index): AuditEntry => ({
    id: randomUUID(),
    at: new Date(Date.now() - (entries - index) * 60_000).toISOString(),
    who: 'soak',
    carrier: 'web',
    procedure: 'machines.act',
    what: 'Start a machine',
    object: { kind: 'VirtualMachine', namespace: 'default', name: `earlier-${index}` },
    target: 'quick-lab',
    result: 'ok',
    duration: 12,
  }));
  const text = lines.map((entry) => JSON.stringify(auditEntrySchema.parse(entry))).join('\n');
  writeFileSync(join(dataDir, 'audit.jsonl'), `${text}\n`, { mode: 0o600 });
}
