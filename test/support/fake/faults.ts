import { faultWords } from '../../../main/backend/faults/words.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { faultKinds, faultWishSchema } from '../../../main/contract/faults.ts';
import type { FaultKind, FaultOffer, FaultState, FaultWish, MachineFaults } from '../../../main/contract/faults.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { FakeValue } from './live.ts';

const minutes = (n: number): string => new Date(Date.now() - n * 60_000).toISOString();

/** Faults of the preview: the first machine has some of each sort, the second no way into its guest, the third is off. */
export function fakeFaults(
  answer: <T>(what: string, value: T) => Promise<T>,
  live: <T>(source: AsyncIterable<T>) => AsyncIterable<T>,
  machines: readonly MachineRow[],
): Api['faults'] {
  const all = new Map<string, FakeValue<MachineFaults>>();
  const state = (name: string, wish: FaultWish, more: Partial<FaultState> = {}): FaultState => ({
    namespace: 'default',
    name,
    kind: Object.keys(wish)[0] as FaultKind,
    wish,
    words: faultWords(wish),
    since: new Date().toISOString(),
    ...more,
  });
  const faultsOf = (name: string): FakeValue<MachineFaults> => {
    const index = machines.findIndex((each) => each.name === name);
    const offers = faultKinds.map((kind): FaultOffer => {
      const inGuest = ['disk', 'clock', 'process'].includes(kind);
      if (index === 1 && inGuest) return { kind, allowed: false, why: 'There is no way into this machine: its cloud-init data lets in no key of Hearth’s. Add Hearth’s own SSH key on the page Guest, and let cloud-init run again.' }; // prettier-ignore
      if (machines[index]?.tone === 'stopped' && (kind === 'process' || kind === 'crash')) return { kind, allowed: false, why: 'The machine is off.' }; // prettier-ignore
      return { kind, allowed: true, ...(index === 1 && kind === 'crash' && { whyNoPanic: 'There is no way into this machine.' }) }; // prettier-ignore
    });
    const faults = [
      state(name, faultWishSchema.parse({ loss: { percent: 20 } }), { since: minutes(4), measured: '19.4 % of 1,240 packets' }), // prettier-ignore
      state(name, faultWishSchema.parse({ delay: { ms: 200, jitter: 50, interface: 'default' } }), { since: minutes(3), waits: 'It waits until the machine is on.' }), // prettier-ignore
      state(name, faultWishSchema.parse({ process: { name: 'httpd' } }), { since: minutes(2), measured: 'process 231', noCure: 'A process that ended cannot be brought back from outside: its service has to start httpd again.' }), // prettier-ignore
      state(name, faultWishSchema.parse({ disk: { percent: 100 } }), { since: minutes(1), measured: '100% full, 0 KiB free after 1000 MiB', hidden: true }), // prettier-ignore
    ];
    const found = all.get(name) ?? new FakeValue<MachineFaults>({ faults: index === 0 ? faults : [], offers });
    all.set(name, found);
    return found;
  };
  const change = (name: string, edit: (faults: readonly FaultState[]) => FaultState[]): void => {
    const value = faultsOf(name);
    value.set({ ...value.value, faults: edit(value.value.faults) });
  };
  return {
    async *watch({ name }, options) {
      yield* live(faultsOf(name).watch(options?.signal));
    },
    async begin({ name, wish }) {
      await answer('The fault', undefined);
      const made = state(name, faultWishSchema.parse(wish), { measured: 'no packet yet' });
      change(name, (faults) => [...faults.filter(({ kind }) => kind !== made.kind), made]);
      return {};
    },
    async cure({ name, kind }) {
      await answer('The cure', undefined);
      change(name, (faults) => (kind === undefined ? [] : faults.filter((each) => each.kind !== kind)));
      return {};
    },
  };
}
