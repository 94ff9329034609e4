import type { BinEntry, BinView } from '../../../main/contract/bin.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Undoable } from '../../../main/contract/undo.ts';
import { FakeValue } from './live.ts';

const kept = new Map<string, () => void>();
/** What was taken away comes back by this. */
export function undoable(back: () => void): Undoable {
  const undo = crypto.randomUUID();
  kept.set(undo, back);
  return { undo };
}
export const fakeUndo = (answer: <T>(what: string, value: T) => Promise<T>): Api['undo'] => ({
  async back({ undo }) {
    await answer('The way back', undefined);
    const back = kept.get(undo);
    if (!back)
      throw new ProblemError({ code: 'undo-too-late', title: 'It cannot be had back any more', detail: 'What was taken away is remembered for 10 minutes while Hearth runs.', kind: 'denied' }); // prettier-ignore
    kept.delete(undo);
    back();
  },
});

/** The bin of a target, with what each entry becomes again. */
export class FakeBin {
  readonly value: FakeValue<BinView>;
  #back = new Map<string, () => void>();
  constructor(entries: BinEntry[]) {
    this.value = new FakeValue(view(entries));
  }
  get entries(): BinEntry[] {
    return this.value.value.entries;
  }
  put(entry: BinEntry, back?: () => void): void {
    if (back) this.#back.set(entry.id, back);
    this.value.set(view([entry, ...this.entries]));
  }
  /** Resolves with the entry, which was taken out; what it was is there again where that is known. */
  restore(id: string): BinEntry | undefined {
    const found = this.entries.find((each) => each.id === id);
    this.drop(id);
    this.#back.get(id)?.();
    return found;
  }
  drop(id: string): void {
    this.value.set(view(this.entries.filter((each) => each.id !== id)));
  }
  empty(): void {
    this.value.set(view([]));
  }
}
const view = (entries: BinEntry[]): BinView => ({ entries, held: entries.reduce((sum, { held }) => sum + held, 0) });

const day = 86_400_000;
const ago = (days: number): string => new Date(Date.now() - days * day).toISOString();
const GiB = 1024 ** 3;
/** An entry of so many GiB that was deleted so many days ago. */
export const binEntry = (id: string, kind: BinEntry['kind'], name: string, days: number, gib: number): BinEntry => ({
  id, kind, namespace: 'default', name, deletedAt: ago(days), until: ago(days - 7), by: 'ada', state: 'kept',
  disks: kind === 'network' ? [] : [{ name: kind === 'disk' ? name : `${name}-root`, size: gib * GiB, used: gib * 0.4 * GiB }], held: gib * 0.4 * GiB,
}); // prettier-ignore
