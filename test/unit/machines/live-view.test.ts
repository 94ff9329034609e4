import { describe, expect, it } from 'vitest';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { LiveView } from '../../../renderer/features/machines/live-view.ts';
import { countTones, matches, nextSort, selectRows } from '../../../renderer/features/machines/rows.ts';
import type { Query, SortKey } from '../../../renderer/features/machines/rows.ts';

const tones = ['running', 'busy', 'paused', 'stopped', 'error'] as const;
const row = (n: number, more: Partial<MachineRow> = {}): MachineRow => ({
  uid: `u${n}`, namespace: n % 3 ? 'default' : 'lab', name: `vm-${n}`, status: 'Running', tone: tones[n % 5] ?? 'running',
  cpus: 1 + (n % 4), memory: 2 ** 30 * (1 + (n % 3)), addresses: n % 2 ? [`10.0.${n % 7}.${n % 250}`] : [], actions: [],
  createdAt: new Date(1.7e12 + (n % 11) * 1000).toISOString(), ...more,
}); // prettier-ignore
const query = (more: Partial<Query> = {}): Query => ({
  search: '',
  tone: 'all',
  sort: { key: 'name', descending: false },
  folder: '',
  label: '',
  ...more,
});

describe('rows', () => {
  it('finds every word anywhere', () => {
    const one = row(1, { name: 'web-frontend', addresses: ['10.0.2.15'], os: 'Debian 13' });
    expect(matches(one, '')).toBe(true);
    expect(matches(one, 'WEB 10.0.2')).toBe(true);
    expect(matches(one, 'debian running')).toBe(true);
    expect(matches(one, 'web fedora')).toBe(false);
  });

  it('sorts numbers in names as numbers and addresses as addresses', () => {
    const names = selectRows([row(10), row(9), row(2)], query()).map((each) => each.name);
    expect(names).toEqual(['vm-2', 'vm-9', 'vm-10']);
    const by = (key: SortKey, descending = false) => query({ sort: { key, descending } });
    const rows = [
      row(1, { addresses: ['10.0.0.9'] }),
      row(2, { addresses: [] }),
      row(3, { addresses: ['10.0.0.10'] }),
      row(4, { addresses: ['9.9.9.9'] }),
    ];
    expect(selectRows(rows, by('address')).map((each) => each.uid)).toEqual(['u4', 'u1', 'u3', 'u2']);
    expect(
      selectRows([row(1, { tone: 'stopped' }), row(2, { tone: 'error' })], by('status')).map((r) => r.uid),
    ).toEqual(['u2', 'u1']);
  });

  it('counts what each chip would show', () => {
    const rows = [row(0), row(1), row(5), row(6, { name: 'other' })];
    expect(countTones(rows, 'vm')).toEqual({ all: 3, running: 2, busy: 1, paused: 0, stopped: 0, error: 0 });
  });

  it('turns round on the second click', () => {
    const first = nextSort({ key: 'name', descending: true }, 'age');
    expect(first).toEqual({ key: 'age', descending: false });
    expect(nextSort(first, 'age').descending).toBe(true);
  });
});

describe('LiveView', () => {
  it('always shows what sorting afresh would show', () => {
    // A small fixed-seed generator: every run tries the same thousands of steps.
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    for (const key of ['name', 'status', 'cpu', 'memory', 'address', 'age'] as const) {
      const ask = query({
        sort: { key, descending: random(2) === 0 },
        tone: random(2) ? 'all' : 'running',
        search: 'vm',
      });
      const view = new LiveView();
      let source = new Map(Array.from({ length: 60 }, (_, n) => [`u${n}`, row(n)]));
      view.update(source, ask);
      for (let step = 0; step < 300; step += 1) {
        const next = new Map(source);
        for (let change = 0; change <= random(4); change += 1) {
          const n = random(80);
          if (random(4) === 0) next.delete(`u${n}`);
          else
            next.set(`u${n}`, row(n, { tone: tones[random(5)] ?? 'busy', cpuUse: random(100) / 100, cpus: random(8) }));
        }
        source = next;
        const shown = view.update(source, ask);
        expect(shown).toEqual(selectRows([...source.values()], ask));
      }
    }
  });

  it('keeps the same array while nothing changed, and the same row objects', () => {
    const view = new LiveView();
    const ask = query();
    const source = new Map([1, 2, 3].map((n) => [`u${n}`, row(n)]));
    const first = view.update(source, ask);
    expect(view.update(new Map(source), ask)).toBe(first);
    const second = view.update(new Map(source).set('u2', row(2, { cpuUse: 0.5 })), ask);
    expect(second[0]).toBe(first[0]);
    expect(second[1]).not.toBe(first[1]);
  });
});
