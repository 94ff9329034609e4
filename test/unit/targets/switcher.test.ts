import { describe, expect, test } from 'vitest';
import { createSwitcher } from '../../../main/backend/targets/switcher.ts';
import type { Workspace } from '../../../main/backend/targets/workspace.ts';

const workspace = (id: string): Workspace => ({ id }) as Workspace;
/** Says where it runs, then waits until it is cut off; how it was cut off is written down. */
async function* say(on: Workspace, signal: AbortSignal, ends: string[]): AsyncGenerator<string> {
  try {
    yield `${on.id} 1`;
    yield `${on.id} 2`;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  } finally {
    ends.push(on.id);
  }
}

describe('a stream that follows the current target', () => {
  test('goes on with the next one, after a reset, and lets go of the old one', async () => {
    const switcher = createSwitcher(workspace('a'));
    const ends: string[] = [];
    const stop = new AbortController();
    const stream = switcher.follow(stop.signal, (on, signal) => say(on, signal, ends), 'reset');
    const next = async () => (await stream.next()).value as string | undefined;
    expect([await next(), await next()]).toEqual(['a 1', 'a 2']);
    const waiting = next();
    switcher.use(workspace('b'));
    expect([await waiting, await next()]).toEqual(['reset', 'b 1']);
    expect([ends, switcher.current().id]).toEqual([['a'], 'b']);
    stop.abort();
    // What was on the way when it was cut off may still come; then it ends.
    const rest = [await next(), await next()];
    expect(rest.at(-1)).toBeUndefined();
    expect(ends).toEqual(['a', 'b']);
  });
  test('an item of the old one that comes after the switch is not shown', async () => {
    const first = workspace('a');
    const switcher = createSwitcher(first);
    let give: (value: string) => void = () => undefined;
    async function* late(on: Workspace): AsyncGenerator<string> {
      yield on === first ? await new Promise<string>((resolve) => (give = resolve)) : 'new';
    }
    const stream = switcher.follow(new AbortController().signal, late);
    const waiting = stream.next();
    switcher.use(workspace('b'));
    give('old');
    expect((await waiting).value).toBe('new');
  });
  test('what the stream throws is thrown; being cut off is no error', async () => {
    const switcher = createSwitcher(workspace('a'));
    async function* bad(on: Workspace, signal: AbortSignal): AsyncGenerator<string> {
      yield on.id;
      if (on.id === 'b') throw new Error('not on b');
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new DOMException('cut', 'AbortError'))),
      );
    }
    const stream = switcher.follow(new AbortController().signal, bad);
    expect((await stream.next()).value).toBe('a');
    const waiting = stream.next();
    switcher.use(workspace('b'));
    expect((await waiting).value).toBe('b');
    await expect(stream.next()).rejects.toThrow('not on b');
  });
  test('a stream that ends by itself ends; the same target again is no change', async () => {
    const first = workspace('a');
    const switcher = createSwitcher(first);
    async function* short(): AsyncGenerator<number> {
      yield 1;
    }
    const stream = switcher.follow(new AbortController().signal, short);
    switcher.use(first);
    expect([await stream.next(), await stream.next()]).toEqual([
      { value: 1, done: false },
      { value: undefined, done: true },
    ]);
  });
});
