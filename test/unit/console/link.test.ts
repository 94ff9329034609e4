import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { BytePipe } from '../../../main/contract/procedure.ts';
import { ByteChannel } from '../../../renderer/features/console/byte-channel.ts';
import { backoff, ConsoleLink } from '../../../renderer/features/console/link.ts';
import { Outbox } from '../../../renderer/features/console/outbox.ts';

/** A pipe of our own: `say` is the far side, `gates` hold each write until it is let through. */
function makePipe(chunks: Uint8Array[] = [], hold = false) {
  const written: number[][] = [];
  const gates: (() => void)[] = [];
  let closed = 0;
  let end = (): void => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const over = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  over.catch(() => undefined);
  let asked = 0;
  const pipe: BytePipe = {
    readable: (async function* () {
      for (const chunk of chunks) {
        asked += 1;
        yield chunk;
      }
      await over;
    })(),
    write: async (bytes) => {
      if (hold) await new Promise<void>((resolve) => gates.push(resolve));
      written.push([...bytes]);
    },
    close: () => {
      closed += 1;
    },
  };
  return {
    pipe,
    written,
    gates,
    end: () => end(),
    fail: (error: unknown) => fail(error),
    asked: () => asked,
    closed: () => closed,
  };
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const problem = (code: string, kind: 'failed' | 'denied' = 'failed'): ProblemError =>
  new ProblemError({ code, title: code, detail: code, kind });

describe('Outbox', () => {
  it('keeps the order, writes one at a time, and sends together what came meanwhile', async () => {
    const { pipe, written, gates } = makePipe([], true);
    const outbox = new Outbox(pipe, () => undefined);
    const reused = new Uint8Array([1]);
    outbox.push(reused);
    reused[0] = 99; // noVNC writes into the same buffer again at once
    outbox.push(new Uint8Array([2]));
    outbox.push(new Uint8Array([3, 4]));
    await settle();
    expect(gates).toHaveLength(1);
    gates[0]?.();
    await settle();
    gates[1]?.();
    await settle();
    expect(written).toEqual([[1], [2, 3, 4]]);
  });

  it('cuts large pastes into pieces and tells once when the pipe fails', async () => {
    const { pipe, written } = makePipe();
    new Outbox(pipe, () => undefined).push(new Uint8Array(40_000));
    await settle();
    expect(written.map((piece) => piece.length)).toEqual([16_384, 16_384, 7_232]);
    const failed = vi.fn();
    const broken = new Outbox({ ...pipe, write: () => Promise.reject(new Error('gone')) }, failed);
    broken.push(new Uint8Array([1]));
    await settle();
    broken.push(new Uint8Array([2]));
    await settle();
    expect(failed).toHaveBeenCalledTimes(1);
  });
});

describe('ByteChannel', () => {
  it('has every property that noVNC asks a raw channel for', () => {
    const channel = new ByteChannel(makePipe().pipe);
    // The very check of @novnc/novnc core/websock.js attach().
    const names = [...Object.keys(channel), ...Object.getOwnPropertyNames(Object.getPrototypeOf(channel))];
    for (const name of ['send', 'close', 'binaryType', 'onerror', 'onmessage', 'onopen', 'protocol', 'readyState'])
      expect(names).toContain(name);
  });

  it('hands on what comes, and tells the loss and the close', async () => {
    const far = makePipe([new Uint8Array([7]), new Uint8Array([8, 9])]);
    const channel = new ByteChannel(far.pipe);
    const got: number[][] = [];
    const lost = vi.fn();
    const closed = vi.fn();
    channel.onmessage = ({ data }) => got.push([...data]);
    channel.onlost = lost;
    channel.onclose = closed;
    const reading = channel.start();
    await settle();
    expect(got).toEqual([[7], [8, 9]]);
    far.fail(problem('console-taken'));
    await reading;
    await settle();
    expect(lost).toHaveBeenCalledWith(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'console-taken' }) }),
    );
    expect(closed).toHaveBeenCalledTimes(1);
    expect(channel.readyState).toBe('closed');
  });

  it('calls no loss when this side closes, and tells noVNC only afterwards', async () => {
    const far = makePipe();
    const channel = new ByteChannel(far.pipe);
    const lost = vi.fn();
    const closed = vi.fn();
    channel.onlost = lost;
    channel.onclose = closed;
    channel.close();
    expect(closed).not.toHaveBeenCalled();
    await settle();
    expect(closed).toHaveBeenCalledTimes(1);
    channel.send(new Uint8Array([1]));
    await settle();
    expect(far.written).toEqual([]);
    expect(lost).not.toHaveBeenCalled();
    expect(far.closed()).toBe(1);
  });
});

describe('ConsoleLink', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits longer with every failure, and short again after the console spoke', async () => {
    const pipes = [makePipe(), makePipe()];
    let tries = 0;
    const link = new ConsoleLink(() => {
      tries += 1;
      if (tries <= 3) return Promise.reject(problem('target-unreachable'));
      return Promise.resolve((pipes[tries - 4] ?? makePipe()).pipe);
    });
    link.start();
    for (const wait of [250, 500, 1000]) {
      await settle();
      expect(link.state()).toMatchObject({ is: 'waiting', retryAt: Date.now() + wait });
      vi.advanceTimersByTime(wait);
    }
    await settle();
    expect(link.state().is).toBe('open');
    link.alive();
    link.lost(pipes[0]!.pipe, undefined);
    expect(link.state()).toMatchObject({ is: 'waiting', attempt: 1, problem: { code: 'console-closed' } });
    link.stop();
  });

  it('does not fight for a console that someone else took', async () => {
    const far = makePipe();
    const link = new ConsoleLink(() => Promise.resolve(far.pipe));
    link.start();
    await settle();
    link.lost(far.pipe, problem('console-taken'));
    expect(link.state().is).toBe('ended');
    vi.advanceTimersByTime(60_000);
    await settle();
    expect(link.state().is).toBe('ended');
    link.retry();
    await settle();
    expect(link.state().is).toBe('open');
    link.stop();
  });

  it('closes a pipe that opens after it was stopped, and ignores the end of an old one', async () => {
    const late = makePipe();
    let open: (pipe: BytePipe) => void = () => undefined;
    const link = new ConsoleLink(() => new Promise((resolve) => (open = resolve)));
    link.start();
    link.stop();
    open(late.pipe);
    await settle();
    expect(late.closed()).toBe(1);
    expect(link.state().is).toBe('off');
    link.lost(late.pipe, undefined);
    expect(link.state().is).toBe('off');
  });

  it('goes on at once when there is hope, and only while it waits', async () => {
    const far = makePipe();
    let tries = 0;
    const link = new ConsoleLink(() => {
      tries += 1;
      return tries === 1 ? Promise.reject(problem('target-unreachable')) : Promise.resolve(far.pipe);
    });
    link.hope();
    expect(tries).toBe(0);
    link.start();
    await settle();
    link.hope();
    await settle();
    expect(link.state().is).toBe('open');
    link.hope();
    vi.advanceTimersByTime(60_000);
    await settle();
    expect(tries).toBe(2);
    link.stop();
  });

  it('takes a console from somebody else only when a person asks for it', async () => {
    const asked: boolean[] = [];
    const link = new ConsoleLink((take) => {
      asked.push(take);
      return Promise.reject(problem(take ? 'target-unreachable' : 'console-taken'));
    });
    link.start();
    await settle();
    link.retry(true);
    await settle();
    vi.advanceTimersByTime(250);
    await settle();
    expect(asked).toEqual([false, true, false]);
    link.stop();
  });

  it('never waits longer than 1.5 seconds', () => {
    expect([1, 2, 3, 6, 20].map(backoff)).toEqual([250, 500, 1000, 1500, 1500]);
  });
});
