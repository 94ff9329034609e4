import { describe, expect, it } from 'vitest';
import { BootQueue } from '../../../main/embedded/machine/boot-queue.ts';
import { Capacity, Unschedulable } from '../../../main/embedded/machine/capacity.ts';
import { Ring } from '../../../main/embedded/machine/console/ring.ts';
import { outcomeOf } from '../../../main/embedded/machine/qemu/exit.ts';
import type { ExitFacts } from '../../../main/embedded/machine/qemu/exit.ts';
import { WorkQueue } from '../../../main/embedded/machine/queue.ts';
import { backoffSeconds, nextStartFailure } from '../../../main/embedded/machine/vm/crash-loop.ts';
import { printableStatus } from '../../../main/embedded/machine/vm/printable.ts';
import type { StatusFacts } from '../../../main/embedded/machine/vm/printable.ts';
import { decide, trimRequests } from '../../../main/embedded/machine/vm/strategy.ts';
import type { RunStrategy } from '../../../main/embedded/machine/vm/strategy.ts';
import { lifeless } from '../../../main/embedded/machine/vmi/life.ts';
import { parseUsernet } from '../../../main/embedded/network/hostfwd.ts';
import { freeNodePort } from '../../../main/embedded/network/service-ports.ts';
import type { Log } from '../../../main/embedded/kube/context.ts';

const vmi = (phase: string, deleting = false) => ({ uid: 'u', phase, deleting });
const start = { action: 'Start' };
const stop = { action: 'Stop', uid: 'u' };

describe('run strategies', () => {
  const rows: [RunStrategy, string | undefined, string[], string | undefined, string][] = [
    // strategy, phase of the instance, requests, strategy followed last -> what is done
    ['Always', undefined, [], 'Always', 'start'],
    ['Always', 'Running', [], 'Always', 'nothing'],
    ['Always', 'Running', ['Stop', 'Start'], 'Always', 'stop'],
    ['Always', 'Succeeded', [], 'Always', 'stop'],
    ['Always', 'Failed', [], 'Always', 'stop'],
    ['RerunOnFailure', undefined, [], undefined, 'start'],
    ['RerunOnFailure', undefined, [], 'Halted', 'start'],
    ['RerunOnFailure', undefined, [], 'RerunOnFailure', 'nothing'],
    ['RerunOnFailure', undefined, ['Start'], 'RerunOnFailure', 'start'],
    ['RerunOnFailure', 'Succeeded', [], 'RerunOnFailure', 'stop'],
    ['RerunOnFailure', 'Failed', [], 'RerunOnFailure', 'stop again'],
    ['RerunOnFailure', 'Failed', ['Stop'], 'RerunOnFailure', 'stop'],
    ['Manual', undefined, [], undefined, 'nothing'],
    ['Manual', undefined, ['Start'], 'Manual', 'start'],
    ['Manual', 'Failed', [], 'Manual', 'nothing'],
    ['Manual', 'Running', ['Stop'], 'Manual', 'stop'],
    ['Halted', undefined, [], 'Halted', 'nothing'],
    ['Halted', 'Running', [], 'Always', 'stop'],
    ['Halted', undefined, ['Start'], 'Halted', 'switchToAlways'],
    ['Once', undefined, [], undefined, 'start'],
    ['Once', undefined, [], 'Once', 'nothing'],
    ['Once', 'Failed', [], 'Once', 'nothing'],
  ];
  it.each(rows)('%s with instance %s, requests %j, last %s: %s', (strategy, phase, requests, last, expected) => {
    const decision = decide(
      strategy,
      phase === undefined ? undefined : vmi(phase),
      requests.map((action) => (action === 'Stop' ? stop : start)),
      last,
    );
    expect(`${decision.do}${decision.do === 'stop' && decision.again ? ' again' : ''}`).toBe(expected);
  });
  it('leaves an instance alone that goes already, and hands on "paused"', () => {
    expect(decide('Always', vmi('Running', true), [stop, start], 'Always').do).toBe('nothing');
    expect(decide('Manual', undefined, [{ action: 'Start', data: { paused: 'true' } }], 'Manual')).toEqual({
      do: 'start',
      paused: true,
    });
  });
  it('drops requests that are done', () => {
    expect(trimRequests([stop, start], undefined)).toEqual([start]);
    expect(trimRequests([stop, start], { ...vmi('Running'), uid: 'new' })).toEqual([]);
    expect(trimRequests([stop, start], vmi('Running'))).toEqual([stop, start]);
    expect(trimRequests([start], vmi('Running', true))).toEqual([start]);
    expect(trimRequests([start], vmi('Succeeded'))).toEqual([start]);
  });
});

describe('printableStatus', () => {
  const facts = (over: Partial<StatusFacts>): StatusFacts => ({
    deleting: false, vmi: undefined, stopRequested: false, dataVolumes: 'ready', startFailures: 0, wanted: true, ...over,
  }); // prettier-ignore
  const live = (phase: string, conditions: [string, 'True' | 'False', string?][] = [], deleting = false) => ({
    phase, deleting, conditions: conditions.map(([type, status, reason]) => ({ type, status, ...(reason ? { reason } : {}) })),
  }); // prettier-ignore
  const paused: [string, 'True'] = ['Paused', 'True'];
  const rows: [string, Partial<StatusFacts>][] = [
    ['Terminating', { deleting: true, vmi: live('Running', [paused], true) }],
    ['Stopping', { vmi: live('Running', [paused], true) }],
    ['Stopping', { vmi: live('Running'), stopRequested: true }],
    ['Paused', { vmi: live('Running', [paused]) }],
    ['Running', { vmi: live('Running'), dataVolumes: 'failed' }],
    ['ErrorPvcNotFound', { vmi: live('Pending', [['Synchronized', 'False', 'FailedPvcNotFound']]) }],
    ['DataVolumeError', { dataVolumes: 'failed' }],
    ['ErrorUnschedulable', { vmi: live('Scheduling', [['PodScheduled', 'False', 'Unschedulable']]) }],
    ['Provisioning', { dataVolumes: 'provisioning', wanted: false }],
    ['WaitingForVolumeBinding', { dataVolumes: 'waitingForBinding' }],
    ['Stopped', { dataVolumes: 'waitingForBinding', wanted: false }],
    ['Starting', { vmi: live('Scheduled') }],
    ['CrashLoopBackOff', { startFailures: 2 }],
    ['Stopped', { startFailures: 2, wanted: false }],
    ['Stopped', { vmi: live('Failed') }],
    ['Unknown', { vmi: live('Unknown') }],
  ];
  it.each(rows)('%s for %j', (expected, over) => expect(printableStatus(facts(over))).toBe(expected));
});

describe('the crash loop', () => {
  it('waits 10 s times the square, half of it more at random, 300 s at most', () => {
    expect([1, 2, 3, 6].map((n) => backoffSeconds(n, 0))).toEqual([10, 40, 90, 300]);
    expect(backoffSeconds(2, 0.999)).toBe(59);
  });
  it('counts each failed instance once and forgets when one has run', () => {
    const failed = { uid: 'a', phase: 'Failed', hasRun: false };
    const now = new Date('2026-01-01T00:00:00Z');
    const first = nextStartFailure(undefined, failed, now, 0);
    expect(first).toEqual({
      consecutiveFailCount: 1,
      lastFailedVMIUID: 'a',
      retryAfterTimestamp: '2026-01-01T00:00:10Z',
    });
    expect(nextStartFailure(first, failed, now, 0)).toBe(first);
    expect(nextStartFailure(first, { ...failed, uid: 'b' }, now, 0)?.consecutiveFailCount).toBe(2);
    expect(nextStartFailure(first, { ...failed, hasRun: true }, now, 0)).toBeUndefined();
  });
});

describe('the end of a process', () => {
  const facts: ExitFacts = { shutdown: undefined, asked: false, code: 0, signal: null, resident: undefined, log: '' };
  it.each([
    ['GuestShutdown', { shutdown: 'guest-shutdown' }],
    ['Stopped', { asked: true, shutdown: 'host-qmp-quit' }],
    ['Killed', { code: null, signal: 'SIGKILL', resident: 2 ** 30 }],
    ['Terminated', { code: null, signal: 'SIGTERM' }],
    ['SandboxViolation', { code: null, signal: 'SIGSYS' }],
    ['Crashed', { code: null, signal: 'SIGSEGV' }],
    ['QemuError', { code: 1, log: '--- x\nqemu: bad' }],
    ['ProcessGone', { code: undefined, signal: undefined }],
    ['GuestPanicked', { shutdown: 'guest-panic', asked: true }],
  ] satisfies [string, Partial<ExitFacts>][])('is %s', (reason, over) => {
    expect(outcomeOf({ ...facts, ...over }).reason).toBe(reason);
  });
  it('gives the figure and the last words', () => {
    expect(outcomeOf({ ...facts, code: null, signal: 'SIGKILL', resident: 2 ** 30 }).message).toContain(
      'it used 1024 MiB',
    );
    expect(outcomeOf({ ...facts, code: 1, log: '--- x\nqemu: bad drive\n' }).message).toContain('qemu: bad drive');
  });
});

describe('the small parts', () => {
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log } as Log;
  it('runs one key at a time, and once more when it was added meanwhile', async () => {
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const again = Promise.withResolvers<void>();
    const queue = new WorkQueue(async (key) => {
      seen.push(key);
      if (key === 'a' && seen.filter((entry) => entry === 'a').length === 1) await gate.promise;
      else if (key === 'a') again.resolve();
    }, log);
    queue.add('a');
    queue.start();
    await Promise.resolve();
    queue.add('a');
    queue.add('a');
    queue.add('b');
    gate.resolve();
    await again.promise;
    expect(seen).toEqual(['a', 'b', 'a']);
    await queue.close();
  });
  it('tries failed work again, and slows work down that wakes itself', async () => {
    let failures = 0;
    const done = Promise.withResolvers<void>();
    const queue = new WorkQueue(async (key) => {
      if (key === 'spin') return queue.add('spin');
      failures += 1;
      if (failures === 1) throw new Error('once');
      done.resolve();
    }, log);
    queue.start();
    queue.add('spin');
    queue.add('f');
    await done.promise;
    expect(failures).toBe(2);
    await queue.close();
  });
  it('lets so many boot at once, and forgets who gave up', async () => {
    const queue = new BootQueue(1);
    const leave = await queue.enter(new AbortController().signal);
    const abort = new AbortController();
    const gaveUp = queue.enter(abort.signal);
    let turn = false;
    const third = queue.enter(new AbortController().signal).then((out) => {
      turn = true;
      return out;
    });
    abort.abort(new Error('deleted'));
    await expect(gaveUp).rejects.toThrow('deleted');
    expect(turn).toBe(false);
    leave();
    leave();
    (await third)();
    (await queue.enter(new AbortController().signal))();
  });
  it('counts memory and says what is missing', () => {
    let freed = 0;
    const capacity = new Capacity(100 * 2 ** 20, () => (freed += 1));
    capacity.take('a', 80 * 2 ** 20, { guest: 20 * 2 ** 20, cache: 0 });
    expect(() => capacity.take('b', 30 * 2 ** 20, { guest: 20 * 2 ** 20, cache: 0 })).toThrow(Unschedulable);
    capacity.release('b');
    expect(freed).toBe(0);
    capacity.release('a');
    expect([freed, capacity.used]).toEqual([1, 0]);
  });
  it('keeps the last bytes in order', () => {
    const ring = new Ring(8);
    ring.push(Buffer.from('abcdef'));
    expect(ring.last().toString()).toBe('abcdef');
    ring.push(Buffer.from('ghij'));
    expect(ring.last().toString()).toBe('cdefghij');
    expect(ring.last(3).toString()).toBe('hij');
    ring.push(Buffer.from('0123456789ab'));
    expect(ring.last().toString()).toBe('456789ab');
  });
  it('sees no life only where nothing moved', () => {
    const signs = { serialBytes: 0, screen: 's', diskReads: 5 };
    expect(lifeless(signs, signs)).toBe(true);
    expect(lifeless(signs, { ...signs, serialBytes: 1 })).toBe(false);
    expect(lifeless(signs, { ...signs, screen: 't' })).toBe(false);
    expect(lifeless(signs, { ...signs, diskReads: 6 })).toBe(false);
  });
  it('reads the list of open ports', () => {
    const text = `Hub -1 (net0):\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\n  TCP[HOST_FORWARD]  14       127.0.0.1 40123        10.0.2.2    22     0     0\n  UDP[HOST_FORWARD]  15               *    53        10.0.2.2  5353     0     0\n  TCP[ESTABLISHED]  16       127.0.0.1 40123        10.0.2.2    22     0     0\n`;
    expect(parseUsernet(text)).toEqual([
      { protocol: 'tcp', address: '127.0.0.1', hostPort: 40123, guestPort: 22 },
      { protocol: 'udp', address: '0.0.0.0', hostPort: 53, guestPort: 5353 },
    ]);
  });
  it('gives each Service a free node port', () => {
    const used = new Set<number>();
    for (let turn = 0; turn < 2768; turn += 1) used.add(freeNodePort(used, 'same', 80));
    expect(used.size).toBe(2768);
    expect(Math.min(...used)).toBe(30_000);
    expect(() => freeNodePort(used, 'same', 80)).toThrow('taken');
  });
});
