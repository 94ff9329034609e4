import type { MachineRow } from '../../../main/contract/machine.ts';

import { statusWord } from './status.ts';
import { byName } from '../../lib/format.ts';

export type Tone = MachineRow['tone'];
export const tones: Tone[] = ['running', 'busy', 'paused', 'stopped', 'error'];
export type SortKey = 'name' | 'status' | 'cpu' | 'memory' | 'address' | 'age';
export interface Sort {
  key: SortKey;
  descending: boolean;
}
export interface Query {
  search: string;
  tone: Tone | 'all';
  sort: Sort;
  /** Machines in this folder and below; '' is all of them. */
  folder: string;
  /** `key=value`; '' is any. */
  label: string;
}

/** Every word of the search must be somewhere in name, namespace, status, address, system or size. */
export function matches(row: MachineRow, search: string): boolean {
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = haystack(row);
  return words.every((word) => text.includes(word));
}

// Rows are never changed, only replaced: their text is built once.
const haystacks = new WeakMap<MachineRow, string>();
function haystack(row: MachineRow): string {
  const known = haystacks.get(row);
  if (known !== undefined) return known;
  const parts = [
    row.name,
    row.namespace,
    row.status,
    statusWord(row.status),
    ...row.addresses,
    row.os ?? '',
    row.instancetype ?? '',
    row.folder ?? '',
    ...labelsOf(row),
  ];
  const text = parts.join(' ').toLowerCase();
  haystacks.set(row, text);
  return text;
}

/** How many rows of the search each status chip would show. */
export function countTones(
  rows: readonly MachineRow[],
  search: string,
  place: Pick<Query, 'folder' | 'label'> = { folder: '', label: '' },
): Record<Tone | 'all', number> {
  const counts = { all: 0, running: 0, busy: 0, paused: 0, stopped: 0, error: 0 };
  const searches = search.trim() !== '';
  for (const row of rows) {
    if (!inPlace(row, place) || (searches && !matches(row, search))) continue;
    counts.all += 1;
    counts[row.tone] += 1;
  }
  return counts;
}

/** Troubles first: what needs a person comes up before what is well. */
const toneOrder: Record<Tone, number> = { error: 0, busy: 1, paused: 2, running: 3, stopped: 4 };
const addressKey = (row: MachineRow): string =>
  (row.addresses[0] ?? '')
    .split('.')
    .map((part) => part.padStart(3, '0'))
    .join('.');

// Static facts only: sorting by a figure that changes every second would make rows jump under the pointer.
const compare: Record<SortKey, (a: MachineRow, b: MachineRow) => number> = {
  name: (a, b) => byName(a.name, b.name) || byName(a.namespace, b.namespace),
  status: (a, b) => toneOrder[a.tone] - toneOrder[b.tone] || byName(a.status, b.status),
  cpu: (a, b) => a.cpus - b.cpus,
  memory: (a, b) => a.memory - b.memory,
  address: (a, b) =>
    Number(a.addresses.length === 0) - Number(b.addresses.length === 0) ||
    (addressKey(a) < addressKey(b) ? -1 : Number(addressKey(a) !== addressKey(b))),
  age: (a, b) => (a.createdAt < b.createdAt ? 1 : Number(a.createdAt !== b.createdAt) * -1),
};

/** Order of two rows. Equal rows go by their names, so updates do not shuffle them. */
export function ordering(sort: Sort): (a: MachineRow, b: MachineRow) => number {
  const by = compare[sort.key];
  const sign = sort.descending ? -1 : 1;
  return (a, b) => sign * by(a, b) || compare.name(a, b) || (a.uid < b.uid ? -1 : Number(a.uid !== b.uid));
}
const labelTexts = new WeakMap<MachineRow, readonly string[]>();
/** `key=value` of each label; built once for each row, like its text for the search. */
export function labelsOf(row: MachineRow): readonly string[] {
  if (!row.labels) return [];
  let texts = labelTexts.get(row);
  if (!texts) {
    texts = Object.entries(row.labels).map(([key, value]) => (value ? `${key}=${value}` : key));
    labelTexts.set(row, texts);
  }
  return texts;
}
/** All labels of these machines, each once, in order. */
export function allLabels(rows: readonly MachineRow[]): string[] {
  const found = new Set<string>();
  for (const row of rows) for (const label of labelsOf(row)) found.add(label);
  return [...found].sort();
}
/** Whether it is in the chosen folder, or one below, and has the chosen label. */
export const inPlace = (row: MachineRow, { folder, label }: Pick<Query, 'folder' | 'label'>): boolean =>
  (folder === '' || row.folder === folder || row.folder?.startsWith(`${folder}/`) === true) &&
  (label === '' || labelsOf(row).includes(label));

export const wanted = (row: MachineRow, query: Query): boolean =>
  (query.tone === 'all' || row.tone === query.tone) && inPlace(row, query) && matches(row, query.search);

/** The rows to show, in order. */
export const selectRows = (rows: readonly MachineRow[], query: Query): MachineRow[] =>
  rows.filter((row) => wanted(row, query)).sort(ordering(query.sort));

/** A click on a column heading: same column turns round, another one starts ascending. */
export const nextSort = (sort: Sort, key: SortKey): Sort =>
  sort.key === key ? { key, descending: !sort.descending } : { key, descending: false };
