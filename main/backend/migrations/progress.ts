/** How far the copying of a running machine's memory is, in bytes. */
export interface MemoryCopy {
  processed: number;
  remaining: number;
  /** Bytes a second. */
  rate?: number;
}
const row =
  /^kubevirt_vmi_migration_(data_processed_bytes|data_remaining_bytes|memory_transfer_rate_bytes)\{(.*)\}\s+(\S+)/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** What virt-handler's metrics tell of the migration of one machine; undefined while they tell nothing. Pure. */
export function memoryCopy(text: string, ref: { namespace: string; name: string }): MemoryCopy | undefined {
  const found: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const match = row.exec(line);
    if (!match) continue;
    const labels = Object.fromEntries([...(match[2] ?? '').matchAll(label)].map((pair) => [pair[1], pair[2]]));
    const value = Number(match[3]);
    if (labels['namespace'] === ref.namespace && labels['name'] === ref.name && Number.isFinite(value))
      found[match[1] ?? ''] = value;
  }
  const { data_processed_bytes: processed, data_remaining_bytes: remaining, memory_transfer_rate_bytes: rate } = found;
  if (processed === undefined || remaining === undefined) return undefined;
  return { processed, remaining, ...(rate !== undefined && { rate }) };
}
