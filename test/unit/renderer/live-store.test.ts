import { describe, expect, it } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import type { ListUpdate } from '../../../main/contract/machine.ts';
import { foldList, LiveStore } from '../../../renderer/lib/live-store.ts';
import type { LiveState } from '../../../renderer/lib/live-store.ts';
import { Feed } from '../../support/fake/live.ts';

interface Row {
  id: string;
  n: number;
}
// The store looks at `document.hidden` to know whether there are frames; here there are none.
Object.assign(globalThis, { document: { hidden: true } });

const problem = { code: 'x', title: 'x', detail: 'x', kind: 'failed' as const };
const fold = foldList((row: Row) => row.id);
const start: LiveState<ReadonlyMap<string, Row>> = {
  value: undefined,
  state: 'loading',
  since: undefined,
  problem: undefined,
};
const run = (...updates: ListUpdate<Row>[]): LiveState<ReadonlyMap<string, Row>> => updates.reduce(fold, start);

describe('a list that lives', () => {
  it('applies changes by key and leaves the old map alone', () => {
    const before = run({ type: 'snapshot', items: [{ id: 'a', n: 1 }, { id: 'b', n: 1 }] }); // prettier-ignore
    const after = fold(before, { type: 'delta', upserted: [{ id: 'b', n: 2 }, { id: 'c', n: 1 }], removed: ['a'] }); // prettier-ignore
    expect([...(after.value?.values() ?? [])]).toEqual([
      { id: 'b', n: 2 },
      { id: 'c', n: 1 },
    ]);
    expect(before.value?.get('b')?.n).toBe(1);
  });
  it('keeps its rows while stale and says since when', () => {
    const snapshot: ListUpdate<Row> = { type: 'snapshot', items: [{ id: 'a', n: 1 }] };
    const stale = run(snapshot, { type: 'stale', since: '2026-01-01T00:00:00Z', problem });
    expect(stale).toMatchObject({ state: 'stale', since: '2026-01-01T00:00:00Z', problem });
    expect(stale.value?.size).toBe(1);
    expect(fold(stale, { type: 'live' })).toMatchObject({ state: 'live', since: undefined, problem: undefined });
  });
});

describe('one subscription for all who look', () => {
  const until = (store: LiveStore<ReadonlyMap<string, Row>, ListUpdate<Row>>, done: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const stop = store.subscribe(() => {
        if (!done()) return;
        stop();
        resolve();
      });
    });

  it('opens once, and commits a burst of changes in one go', async () => {
    const feed = new Feed<ListUpdate<Row>>();
    let opened = 0;
    const store = new LiveStore(
      {} as Api,
      (_api, signal) => {
        opened += 1;
        return feed.listen([{ type: 'snapshot', items: [{ id: 'a', n: 0 }] }], signal);
      },
      fold,
    );
    let commits = 0;
    const stop = store.subscribe(() => {
      commits += 1;
    });
    const second = until(store, () => store.get().value?.get('a')?.n === 500);
    await new Promise((resolve) => setTimeout(resolve, 40));
    const before = commits;
    for (let n = 1; n <= 500; n++) feed.push({ type: 'delta', upserted: [{ id: 'a', n }], removed: [] });
    await second;
    expect(opened).toBe(1);
    expect(commits - before).toBeLessThan(10);
    stop();
  });

  it('says what failed, keeps the rows, and tries again', async () => {
    let tries = 0;
    const store = new LiveStore<ReadonlyMap<string, Row>, ListUpdate<Row>>(
      {} as Api,
      async function* () {
        tries += 1;
        yield { type: 'snapshot', items: [{ id: 'a', n: tries }] };
        if (tries === 1) throw new Error('broke');
        await new Promise(() => undefined);
      },
      fold,
    );
    await until(store, () => store.get().state === 'error');
    expect(store.get().problem?.detail).toBe('broke');
    expect(store.get().value?.get('a')?.n).toBe(1);
    await until(store, () => store.get().state === 'live');
    expect(store.get().value?.get('a')?.n).toBe(2);
  });
});
