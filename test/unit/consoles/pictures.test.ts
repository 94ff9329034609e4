import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPictures } from '../../../main/backend/consoles/pictures.ts';
import type { Picture } from '../../../main/contract/consoles.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';

const ref = (name: string): ObjectRef => ({ namespace: 'default', name });

describe('pictures', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  function lab() {
    const taken: string[] = [];
    const running = new Set(['a', 'b', 'c']);
    let content = 'one';
    let together = 0;
    let most = 0;
    const pictures = createPictures({
      isRunning: ({ name }) => running.has(name),
      async take({ name }) {
        taken.push(name);
        together += 1;
        most = Math.max(most, together);
        await new Promise((resolve) => setTimeout(resolve, 10));
        together -= 1;
        if (content === 'fails') throw new Error('No graphics devices are present.');
        return Buffer.from(`${name} ${content}`);
      },
    });
    const got: Picture[][] = [];
    const watch = (names: string[], everyMs = 1000): AbortController => {
      const stop = new AbortController();
      void (async () => {
        for await (const news of pictures.watch({ machines: names.map(ref), everyMs }, stop.signal)) got.push(news);
      })();
      return stop;
    };
    return {
      taken, running, pictures, got, watch,
      show: (text: string) => (content = text),
      most: () => most,
    }; // prettier-ignore
  }

  it('asks nobody while nobody looks, and stops when the last one leaves', async () => {
    const { taken, watch } = lab();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(taken).toEqual([]);
    const stop = watch(['a']);
    await vi.advanceTimersByTimeAsync(50);
    expect(taken).toEqual(['a']);
    stop.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(taken).toEqual(['a']);
  });

  it('takes two at a time, never one of a machine that is off', async () => {
    const { taken, watch, most, running, pictures } = lab();
    running.delete('b');
    watch(['a', 'b', 'c', 'd']);
    await vi.advanceTimersByTimeAsync(100);
    expect(taken).toEqual(['a', 'c']);
    running.add('b').add('d');
    pictures.changed();
    await vi.advanceTimersByTimeAsync(100);
    expect(taken.toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(most()).toBe(2);
  });

  it('tells only what changed, and looks less often at what stays the same', async () => {
    const { taken, watch, got, show } = lab();
    watch(['a']);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(got).toHaveLength(1);
    expect(taken.length).toBeLessThan(12);
    const before = taken.length;
    show('two');
    await vi.advanceTimersByTimeAsync(4100);
    expect(Buffer.from(got.at(-1)?.[0]?.png ?? '', 'base64').toString()).toBe('a two');
    expect(taken.length).toBeGreaterThan(before);
    const soon = taken.length;
    show('three');
    await vi.advanceTimersByTimeAsync(1100); // what moved is looked at again at the asked pace
    expect(taken.length).toBe(soon + 1);
  });

  it('serves two windows with one picture, and the second one at once with what is known', async () => {
    const { taken, watch, got } = lab();
    watch(['a'], 60_000);
    await vi.advanceTimersByTimeAsync(50);
    watch(['a'], 60_000);
    await vi.advanceTimersByTimeAsync(50);
    expect(taken).toEqual(['a']);
    expect(got).toHaveLength(2);
  });

  it('says why there is none, once', async () => {
    const { watch, got, show } = lab();
    show('fails');
    watch(['a']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(got).toEqual([[expect.objectContaining({ name: 'a', problem: 'No graphics devices are present.' })]]);
  });
});
