import { paths } from './paths.ts';

/** What the root helper wrote down of its changes (docs/root-helper.md). Read only; only the helper writes it. */
export interface LedgerEntry {
  readonly seq: number;
  /** ISO 8601, as the machine's clock had it. */
  readonly time: string;
  readonly purpose: string;
  readonly id: string;
  readonly kind: string;
  readonly fields: readonly string[];
  /** What was there: absent:…, ours (an earlier entry answers for it), kept:…, an old value, inactive, … */
  readonly before: string;
  /** begun: the change was made or not, power was lost; undone: it is taken back. */
  readonly state: 'begun' | 'done' | 'undone';
}

/**
 * The entries in the order they were begun. Lines that make no sense are left out, a torn last line among them: a ledger
 * is read to be shown, and half of it is better than none.
 */
export function parseLedger(text: string): LedgerEntry[] {
  const entries = new Map<number, LedgerEntry>();
  const lines = text.split('\n');
  // What follows the last line end was never finished; an intent without its end could name half a path.
  for (const line of lines.slice(0, -1)) {
    const [word, number = '', time = '', ...rest] = line.split('\t');
    if (!/^\d{1,15}$/.test(number)) continue;
    const seq = Number(number);
    const known = entries.get(seq);
    if (word === 'intent') {
      const last = rest.at(-1) ?? '';
      const [purpose = '', id = '', kind = '', ...fields] = rest.slice(0, -1);
      if (id === '' || kind === '' || !last.startsWith('before=')) continue;
      entries.set(seq, { seq, time, purpose, id, kind, fields, before: last.slice('before='.length), state: 'begun' });
    } else if (known && word === 'done' && known.state === 'begun') entries.set(seq, { ...known, state: 'done' });
    else if (known && word === 'undone') entries.set(seq, { ...known, state: 'undone' });
  }
  return [...entries.values()];
}

/**
 * Whether a server of k3s was ever begun to be started on what is in its folders now. Its datastore then holds what it
 * started with, also when the start never came to an end, or when an uninstall that stopped it was broken off before it
 * took the folders away.
 */
export function k3sBegun(entries: readonly LedgerEntry[]): boolean {
  const live = entries.filter(({ state }) => state !== 'undone');
  const claims = live.filter(({ kind, fields }) => kind === 'claim' && fields[0] === paths.data);
  return entries.some(
    (entry) =>
      (entry.kind === 'start' || entry.kind === 'restart') &&
      entry.fields[0] === 'k3s' &&
      (live.includes(entry) || claims.some(({ seq }) => seq < entry.seq)),
  );
}

/** What an uninstall would do, in its order: newest first, each thing once. */
export function undoInWords(entries: readonly LedgerEntry[]): string[] {
  const words = entries
    .filter(({ state }) => state !== 'undone')
    .toSorted((a, b) => b.seq - a.seq)
    .map(undoOf)
    .filter((sentence) => sentence !== undefined);
  return [...new Set(words)];
}

function undoOf({ kind, fields, before }: LedgerEntry): string | undefined {
  const [first = '', second = ''] = fields;
  switch (kind) {
    case 'dir':
      return before.startsWith('absent') ? `Remove the folder ${second} if it is empty` : undefined;
    case 'claim':
      return before === 'ours' ? undefined : `Remove ${first} with everything in it`;
    case 'file': {
      const path = fields[3] ?? '';
      if (before === 'ours') return undefined;
      return before.startsWith('kept:') ? `Bring back ${path} as it was` : `Remove ${path}`;
    }
    case 'modules':
      return before === 'new:'
        ? undefined
        : `Unload kernel modules that nothing uses: ${before.replace(/^new:/, '').replaceAll(',', ', ')}`;
    case 'sysctl':
      return before === 'ours' || before === 'absent' ? undefined : `Set ${first} back to ${before}`;
    case 'enable':
      return before === 'enabled' || before === 'ours' ? undefined : `No longer start ${first} at boot`;
    case 'start':
    case 'restart':
      return before === 'active' || before === 'ours' ? undefined : `Stop ${first}`;
    case 'handover':
      return 'Remove the copy of the kubeconfig that was handed over';
    case 'group':
      return before === 'member' ? undefined : `Take ${first} out of the group ${second}`;
    case 'firewall':
      return before === 'present' ? undefined : `Take back the rule for ${second} in ${first}`;
    case 'pool-file':
      return 'Remove the storage pool and its file, with all disks in it';
    case 'pool-disk':
      return `Remove the storage pool from ${first}, with all disks in it`;
    default:
      // stop, wait-unit, backups, tokens: nothing that outlives what is named above.
      return undefined;
  }
}
