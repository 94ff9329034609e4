import { faultKinds, faultWishSchema } from '../../contract/faults.ts';
import type { FaultKind, FaultWish } from '../../contract/faults.ts';
import type { KubeObject } from '../../contract/kube.ts';

/**
 * Faults stand at the machine itself, in this annotation, JSON by kind: so they survive whoever made them, every Hearth sees
 * the same, and a target that can make some of them true (the Quick lab does with those of the network) reads them there.
 */
export const faultsAnnotation = 'hearth.dev/faults';

/** One fault as it is kept. */
export interface FaultRecord {
  wish: FaultWish;
  /** ISO 8601; absent where somebody wrote the annotation by hand. */
  since?: string;
  /** uid of the instance in which it was done; absent: not yet. */
  on?: string;
  /** What was measured when it was done. */
  told?: string;
  /** Interfaces whose cable was pulled. */
  nics?: string[];
  /** Processes that got the signal. */
  pids?: number[];
  /** A lab wants it to be found. */
  hidden?: true;
}
export type FaultRecords = Partial<Record<FaultKind, FaultRecord>>;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const list = <T>(value: unknown, is: (item: unknown) => item is T): T[] | undefined =>
  Array.isArray(value) && value.every(is) ? value : undefined;

function readRecord(kind: FaultKind, value: unknown): FaultRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { since, on, told, nics, pids, hidden, ...wish } = value as Record<string, unknown>;
  const parsed = faultWishSchema.safeParse({ [kind]: wish });
  if (!parsed.success) return undefined;
  const own = {
    since: text(since),
    on: text(on),
    told: text(told),
    nics: list(nics, (item) => typeof item === 'string'),
    pids: list(pids, (item) => typeof item === 'number'),
    hidden: hidden === true ? hidden : undefined,
  };
  const known = Object.fromEntries(Object.entries(own).filter(([, field]) => field !== undefined));
  return { wish: parsed.data, ...(known as Omit<FaultRecord, 'wish'>) };
}

/** The faults that a machine has on record. What cannot be read, or is about another machine (its model), is none. Pure. */
export function recordsOf(vm: KubeObject): FaultRecords {
  let parsed: unknown;
  try {
    parsed = JSON.parse(vm.metadata.annotations?.[faultsAnnotation] ?? '{}');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null) return {};
  const kept = parsed as Record<string, unknown>;
  if (kept['machine'] !== undefined && kept['machine'] !== vm.metadata.uid) return {};
  const found = faultKinds.flatMap((kind) => {
    const record = readRecord(kind, kept[kind]);
    return record ? [[kind, record] as const] : [];
  });
  return Object.fromEntries(found);
}

/** Writes them down at the machine; without any the annotation goes. Changes `vm`; false where nothing changed. */
export function keepRecords(vm: KubeObject, records: FaultRecords): boolean {
  const before = vm.metadata.annotations?.[faultsAnnotation];
  const kept = faultKinds.flatMap((kind) => {
    const record = records[kind];
    if (!record) return [];
    const { wish, ...own } = record;
    return [[kind, { ...wish[kind], ...own }] as const];
  });
  if (kept.length === 0) delete vm.metadata.annotations?.[faultsAnnotation];
  else (vm.metadata.annotations ??= {})[faultsAnnotation] = JSON.stringify({ machine: vm.metadata.uid, ...Object.fromEntries(kept) }); // prettier-ignore
  return vm.metadata.annotations?.[faultsAnnotation] !== before;
}
