import { describe, expect, test } from 'vitest';
import { find } from '../../../renderer/app/commands.ts';
import type { Command } from '../../../renderer/app/commands.ts';
import { hitCommands, machineActions, placeOfHit, remember } from '../../../renderer/app/more-commands.ts';
import { historyRows, objectsOf } from '../../../renderer/features/activity/history-rows.ts';
import { scriptOf } from '../../../renderer/features/activity/script.ts';
import { columnsOf } from '../../../renderer/features/graphs/columns.ts';
import { fresh, placeOf } from '../../../renderer/features/notifications/told.ts';
import { eventWords } from '../../../renderer/lib/event-words.ts';
import { joinPoints } from '../../../renderer/lib/resources.ts';
import { diskSign, machineSigns, taskSign } from '../../../main/backend/notifications/signs.ts';
import { kindItem, machineItem, rank, wordScore } from '../../../main/backend/search/search.ts';
import { diskBytes, networkBytes } from '../../../main/backend/metrics/computer.ts';
import { fromMetricsServer, fromSummary, nodeSample } from '../../../main/backend/metrics/nodes.ts';
import type { AuditEntry } from '../../../main/contract/audit.ts';
import type { EventRow, MachineSample } from '../../../main/contract/machine.ts';
import type { SearchHit } from '../../../main/contract/search.ts';
import { thresholdsSchema } from '../../../main/contract/notifications.ts';
import type { Notification } from '../../../main/contract/notifications.ts';
import { ActivityIcon } from '../../../renderer/ui/icons.tsx';
import { machineRow } from '../../support/fake/machines.ts';

const event = (reason: string, message = '', type: EventRow['type'] = 'Normal'): EventRow => ({
  uid: '1', namespace: 'lab', object: { kind: 'VirtualMachineInstance', name: 'web' }, type, reason, message, count: 1, firstAt: '', lastAt: '',
}); // prettier-ignore

describe('events in plain words', () => {
  test.each([
    ['FailedScheduling', '0/1 nodes are available: 1 Insufficient memory. preemption: 0/1 nodes are available', 'No node has enough free memory for it.'],
    ['FailedScheduling', '0/3 nodes are available: 3 node(s) were unschedulable.', 'The node takes no new work (it is cordoned).'],
    ['FailedScheduling', '0/3 nodes are available: 3 strange things', 'No node could take it.'],
    ['Scheduled', 'Successfully assigned lab/virt-launcher-web to attic', 'It was given to node attic.'],
    ['SuccessfulCreate', 'Started the virtual machine by creating the new virtual machine instance web', 'The machine is being started.'],
    ['PausedIOError', 'VirtualMachineInstance was paused, IO error', 'It was paused because a disk could not be written, mostly because no space was left.'],
    ['ProvisioningFailed', 'exceeded quota: disks', 'The disk was not made: the quota is used up.'],
  ])('%s: %s', (reason, message, words) => expect(eventWords(event(reason, message))).toBe(words)); // prettier-ignore
  test('what is not known: its own sentence when a person can read it, else the reason as words', () => {
    expect(eventWords(event('Unheard', 'The cat sleeps on the disk.'))).toBe('The cat sleeps on the disk.');
    const aside = `machines/${'long-'.repeat(40)}.yaml could not be read and was set aside in quarantine: {`;
    expect(eventWords(event('ObjectSetAside', aside))).toBe(aside);
    expect(eventWords(event('VeryUnheardOf', 'rpc error: code = Unknown {"a":1}'))).toBe('Very unheard of.');
  });
});

describe('palette', () => {
  const command = (id: string, label: string): Command => ({
    id,
    group: 'G',
    label,
    icon: ActivityIcon,
    run: () => undefined,
  });
  test('what was used lately comes first when nothing is typed, and before its equals when something is', () => {
    const all = [command('a', 'web one'), command('b', 'web two')];
    expect(find(all, '', 40, ['b']).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(find(all, 'web', 40, ['b']).map(({ id }) => id)).toEqual(['b', 'a']);
    // Only the name was typed: Enter opens it and does nothing to it, however often something was done to it lately.
    const pause = {
      id: 'p',
      group: 'Actions',
      label: 'Pause web',
      about: 'web',
      icon: all[0]!.icon,
      run: () => undefined,
    };
    expect(find([pause, ...all], 'web', 40, ['p'])[0]?.id).not.toBe('p');
    expect(find([pause, ...all], 'pause web')[0]?.id).toBe('p');
    expect(remember(['a', 'b'], 'b')).toEqual(['b', 'a']);
  });
  test('a machine that is named brings its actions: what may lose something is not among them', () => {
    const row = { ...machineRow(0), name: 'web', actions: ['start', 'forceStop', 'delete'] as const };
    const doing = { go: () => undefined, act: () => undefined };
    const found = machineActions([{ ...row, actions: [...row.actions] }], 'start web', doing);
    expect(found.map(({ label }) => label)).toEqual(['Open the console of web', 'Start web']);
    expect(machineActions([machineRow(0)], '', doing)).toEqual([]);
  });
  test('what the page knows by name already is not told twice; what fits by its address is', () => {
    const hit = { kind: 'machine' as const, namespace: 'lab', name: 'web', title: 'web', score: 1 };
    const known = new Set(['machine lab/web']);
    expect(hitCommands([hit], known, () => undefined)).toEqual([]);
    expect(hitCommands([{ ...hit, because: 'address 10.0.2.15' }], known, () => undefined)[0]?.hint).toBe('Machine · address 10.0.2.15');
  }); // prettier-ignore
});

describe('search', () => {
  test('goes to the page of what it found', () => {
    const place = (kind: SearchHit['kind'], more: Partial<SearchHit> = {}) => placeOfHit({ kind, namespace: 'lab', name: 'x', title: 'x', score: 1, ...more });
    expect(place('machine')).toBe('/machines/lab/x');
    expect([place('snapshot', { machine: 'web' }), place('snapshot')]).toEqual(['/machines/lab/web/snapshots', '/machines']);
    expect([place('disk'), place('image'), place('instancetype'), place('preference'), place('template')]).toEqual(['/storage', '/images', '/templates/types', '/templates/preferences', '/templates']);
    const snapshot = { apiVersion: 'snapshot.kubevirt.io/v1beta1', kind: 'VirtualMachineSnapshot', metadata: { name: 'before', namespace: 'lab' }, spec: { source: { kind: 'VirtualMachine', name: 'web' } } };
    expect(rank(kindItem('snapshot', snapshot), ['before'])).toMatchObject({ kind: 'snapshot', machine: 'web' });
  });
  test('what the wizard was told of a machine is found', () => {
    const noted = machineItem(vm('db', { annotations: { 'hearth.dev/description': 'the accounts' } }), undefined);
    expect(rank(noted, ['accounts'])).toMatchObject({ name: 'db', because: 'note the accounts' });
  });
  const vm = (name: string, more: object = {}) => ({ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name, namespace: 'lab', ...more } });
  test('all of a name before its beginning before its middle', () => {
    expect([wordScore('web', 'web'), wordScore('web-1', 'web'), wordScore('my-web', 'web'), wordScore('cobweb', 'web')]).toEqual([100, 60, 40, 20]);
  });
  test('five thousand machines within a tenth of a second, the best first', () => {
    const items = Array.from({ length: 5000 }, (_, n) => machineItem(vm(`machine-${n}`, { labels: { room: `r${n % 7}` } }), undefined));
    const begun = performance.now();
    const hits = items.flatMap((item) => rank(item, ['machine-42', 'room=r0']) ?? []).sort((a, b) => b.score - a.score);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(hits[0]).toMatchObject({ name: 'machine-42', because: 'label room=r0' });
  });
}); // prettier-ignore

describe('history', () => {
  const entry = (id: string, more: Partial<AuditEntry>): AuditEntry => ({
    id, at: `2026-01-0${id}T00:00:00Z`, who: 'ada', carrier: 'web', procedure: 'machines.act', what: 'Start a machine', result: 'ok', duration: 1, ...more,
  }); // prettier-ignore
  const all = [
    entry('1', { object: { kind: 'VirtualMachine', name: 'web' } }),
    entry('2', { result: 'failed', object: { kind: 'VirtualMachine', name: 'db' } }),
  ];
  test('by result, object and text, the latest first', () => {
    const ids = (filter: Partial<Parameters<typeof historyRows>[1]>): string[] =>
      historyRows(all, { query: '', result: 'all', object: '', ...filter }).map(({ id }) => id);
    expect(ids({})).toEqual(['2', '1']);
    expect(ids({ result: 'failed' })).toEqual(['2']);
    expect(ids({ object: 'web' })).toEqual(['1']);
    expect(ids({ query: 'db start' })).toEqual(['2']);
    expect(objectsOf(all)).toEqual(['db', 'web']);
  });
  test('a script has what worked in the order it was done', () => {
    const request = { request: 'PUT /x', line: 'virtctl start web', plain: 'kubectl replace --raw /x', redacted: false, result: 'ok' };
    const click = (id: string, at: string, result = 'ok') => ({ id, at, what: id, procedure: 'p', target: { id: 't', name: 'lab' }, requests: [{ ...request, result }] });
    const script = scriptOf([click('two', '2026-02'), click('one', '2026-01', 'conflict')], true);
    expect(script).toBe('#!/bin/sh\nset -eu\n\n# 2026-01  one (on lab)\n# did not work then (conflict): PUT /x\n\n# 2026-02  two (on lab)\nkubectl replace --raw /x\n');
  }); // prettier-ignore
});

describe('graphs', () => {
  const point = (at: number): MachineSample => ({ at, cpu: at, memory: 0, diskRead: 0, diskWrite: 0, netIn: 0, netOut: 0 }); // prettier-ignore
  test('where points are missing the line is broken', () => {
    expect(columnsOf([point(0), point(10), point(100)], 10)).toMatchObject({
      at: [0, 10, 20, 100],
      cpu: [0, 10, null, 100],
    });
  });
  test('newer points join; what is too old goes; a first message replaces what it covers', () => {
    const joined = joinPoints([point(0), point(599_000), point(700_000)], [point(650_000), point(710_000)], 'live');
    expect(joined.map(({ at }) => at)).toEqual([599_000, 650_000, 710_000]);
  });
  test('drives and cards are counted once', () => {
    const disks = '   8  0 sda 1 0 100 0 1 0 50 0 0 0 0\n   8  1 sda1 1 0 100 0 1 0 50 0 0 0 0\n';
    expect(diskBytes(disks, new Set(['sda']))).toEqual({ read: 51_200, write: 25_600 });
    const cards = 'Inter-|\n face |\n  eth0: 10 0 0 0 0 0 0 0 20 0\n  lo: 99 0 0 0 0 0 0 0 99 0\n';
    expect(networkBytes(cards, (name) => name === 'eth0')).toEqual({ in: 10, out: 20 });
  });
  test('a node by its kubelet, or by metrics-server', () => {
    const summary = { node: { cpu: { usageNanoCores: 5e8 }, memory: { workingSetBytes: 1024 }, network: { rxBytes: 10, txBytes: 20 } } };
    const before = fromSummary(summary, 0);
    const now = fromSummary({ node: { ...summary.node, network: { rxBytes: 30, txBytes: 20 } } }, 10_000);
    expect(before && now && nodeSample(before, now, 2)).toMatchObject({ cpu: 0.25, memory: 1024, netIn: 2, netOut: 0 });
    expect(fromMetricsServer({ usage: { cpu: '250m', memory: '1Ki' } }, 0)).toEqual({ at: 0, cores: 0.25, memory: 1024 });
    expect(fromSummary({}, 0)).toBeUndefined();
  }); // prettier-ignore
});

describe('notifications', () => {
  const vmi = (phase: string, conditions: object[] = []) => ({ apiVersion: '', kind: 'VirtualMachineInstance', metadata: { name: 'web', namespace: 'lab', uid: 'u' }, status: { phase, conditions } });
  test('what is wrong with a machine', () => {
    expect(machineSigns(undefined, vmi('Running'))).toEqual([]);
    expect(machineSigns(undefined, vmi('Succeeded'))).toEqual([]);
    expect(machineSigns(undefined, vmi('Failed'))[0]).toMatchObject({ event: 'machine-stopped', key: 'failed/u' });
    expect(machineSigns(undefined, vmi('Running', [{ type: 'Paused', status: 'True', reason: 'PausedIOError' }]))[0]?.event).toBe('machine-disk-full');
    const vm = { ...vmi(''), kind: 'VirtualMachine', status: { printableStatus: 'CrashLoopBackOff' } };
    expect(machineSigns(vm, undefined)[0]?.event).toBe('machine-crash-loop');
  });
  test('a failed task always, a done one when it took long; a nearly full disk', () => {
    const task = { id: '1', type: 'x', title: 'Add', state: 'done' as const, steps: [], cancellable: false, startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:05Z' };
    expect(taskSign(task)).toBeUndefined();
    expect(taskSign({ ...task, endedAt: '2026-01-01T00:01:00Z' })?.event).toBe('task-ended');
    expect(taskSign({ ...task, state: 'failed' })?.event).toBe('task-failed');
    const thresholds = thresholdsSchema.parse({});
    expect(diskSign({ path: '/d', free: 100 * 2 ** 30, total: 500 * 2 ** 30 }, thresholds)).toBeUndefined();
    expect(diskSign({ path: '/d', free: 2 ** 30, total: 500 * 2 ** 30 }, thresholds)?.event).toBe('disk-nearly-full');
  });
  test('only news is told, once', () => {
    const at = (id: string, time: number): Notification => ({ id, at: new Date(time).toISOString(), event: 'machine-stopped', tone: 'problem', title: '', detail: '', object: { kind: 'VirtualMachine', namespace: 'lab', name: 'web' } });
    expect(fresh([at('old', 1), at('told', 20), at('new', 30)], new Set(['told']), 10).map(({ id }) => id)).toEqual(['new']);
    expect(placeOf(at('x', 1))).toBe('/machines/lab/web');
  });
}); // prettier-ignore
