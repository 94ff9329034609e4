import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cache, CollectionListener } from '../../../main/backend/target/collection.ts';
import { KubeError } from '../../../main/backend/target/kube-error.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import { redraw } from '../../../main/backend/target/redraw.ts';
import { presentMachine } from '../../../main/backend/machines/present.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A cache whose one watch is told by hand. */
function scripted() {
  const listeners = new Set<CollectionListener>();
  const cache: Pick<Cache, 'use'> = {
    use(_kind, _namespace, listener = {}) {
      listeners.add(listener);
      return {
        get: () => undefined,
        values: () => [][Symbol.iterator](),
        synced: true,
        lost: undefined,
        whenSynced: () => Promise.resolve(),
        release: () => void listeners.delete(listener),
      };
    },
  };
  const changed = (key: string): void => listeners.forEach((each) => each.changed?.(key, undefined, undefined));
  return { cache, changed, used: () => listeners.size };
}

describe('redraw', () => {
  it('draws at the beginning and after what concerns it, tells nothing twice, and lets go when it is left', async () => {
    const { cache, changed, used } = scripted();
    let value = 1;
    let drawn = 0;
    const ended = vi.fn();
    const stream = redraw(cache, new AbortController().signal, ({ use }) => {
      use(kinds.nodes, undefined, (key) => key === 'mine');
      return { draw: () => ({ value, drawn: void (drawn += 1) }), end: ended };
    });
    expect(await stream.next()).toEqual({ done: false, value: { value: 1 } });
    const next = stream.next();
    value = 2;
    changed('other');
    await vi.advanceTimersByTimeAsync(1000);
    expect(drawn).toBe(1);
    value = 1;
    changed('mine');
    await vi.advanceTimersByTimeAsync(1000);
    expect(drawn).toBe(2);
    value = 3;
    for (let n = 0; n < 5; n += 1) changed('mine');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await next).toEqual({ done: false, value: { value: 3 } });
    expect(drawn).toBe(3);
    await stream.return(undefined);
    expect([used(), ended.mock.calls.length]).toEqual([0, 1]);
  });
  it('looks again after a while where it is told to, and ends with the signal while it waits', async () => {
    const { cache, used } = scripted();
    const over = new AbortController();
    let value = 1;
    const begin = ({ use }: { use: (kind: typeof kinds.nodes) => unknown }) => (
      use(kinds.nodes),
      { draw: () => value }
    );
    const stream = redraw(cache, over.signal, begin, { againMs: 5000 });
    await stream.next();
    value = 2;
    const next = stream.next();
    await vi.advanceTimersByTimeAsync(5200);
    expect((await next).value).toBe(2);
    const last = stream.next();
    await vi.advanceTimersByTimeAsync(50);
    over.abort();
    expect((await last).done).toBe(true);
    expect([used(), vi.getTimerCount()]).toEqual([0, 0]);
  });
  it('fails with what the drawing or its first wait fails with, and lets go of its watches', async () => {
    const { cache, used } = scripted();
    const refused = redraw(cache, new AbortController().signal, ({ use }) => {
      use(kinds.nodes);
      return { first: Promise.reject(new Error('not served')), draw: () => 1 };
    });
    await expect(refused.next()).rejects.toThrow('not served');
    expect(used()).toBe(0);
  });
});

describe('a machine on a watch', () => {
  const ref = { namespace: 'default', name: 'one' };
  const vm = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'one', namespace: 'default' } };
  const missing = new KubeError(404, 'NotFound', { code: 'not-found', title: 'none', detail: 'none' });
  it('is asked for at the target until the watch knows it, and is gone when the watch forgets it', async () => {
    let known: typeof vm | undefined;
    const get = vi.fn(() => Promise.resolve(vm));
    const present = presentMachine(
      { client: { get } as never },
      { get: () => known },
      ref,
      new AbortController().signal,
    );
    expect(await present()).toBe(vm);
    known = vm;
    expect(await present()).toBe(vm);
    known = undefined;
    await expect(present()).rejects.toMatchObject({ problem: { code: 'machine-not-found' } });
    expect(get).toHaveBeenCalledTimes(1);
  });
  it('that neither knows is not there; any other answer is told as it is', async () => {
    const answer = vi.fn<() => Promise<never>>(() => Promise.reject(missing));
    const present = presentMachine({ client: { get: answer } as never }, { get: () => undefined }, ref, new AbortController().signal); // prettier-ignore
    await expect(present()).rejects.toMatchObject({ problem: { code: 'machine-not-found' } });
    answer.mockImplementation(() => Promise.reject(new Error('away')));
    await expect(present()).rejects.toThrow('away');
  });
});
