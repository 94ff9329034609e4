import { expect, test } from 'vitest';
import type { SnapshotTree } from '../../../main/contract/snapshots.ts';
import type { Notification } from '../../../main/contract/notifications.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
const treeOf = (lab: OperationsLab, name: string, shows: (tree: SnapshotTree) => boolean) =>
  until(lab.api.snapshots.watch(ref(name)), shows);
const hours = 3_600_000;
const key = 'hearth.dev/snapshot-schedule';
const path = (name: string): string => `/apis/kubevirt.io/v1/namespaces/default/virtualmachines/${name}`;

/** The schedule as if it had been set (and nobody had been there) since then. */
async function since(lab: OperationsLab, name: string, ago: number, more: { keep?: number } = {}): Promise<number> {
  const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', name);
  const written = JSON.parse(vm.metadata.annotations?.[key] ?? '{}') as object;
  const at = Date.now() - ago;
  const schedule = JSON.stringify({ ...written, ...more, since: new Date(at).toISOString() });
  const annotations = { [key]: schedule, [`${key}-state`]: null };
  await lab.kube.request('PATCH', path(name), { metadata: { annotations } }, 'application/merge-patch+json');
  return at;
}
const nameAt = (name: string, slot: number): string => {
  const text = new Date(slot).toISOString();
  return `${name}-${text.slice(0, 10).replaceAll('-', '')}-${text.slice(11, 16).replace(':', '')}`;
};
async function told(lab: OperationsLab, fits: (each: Notification) => boolean): Promise<Notification> {
  for await (const batch of lab.api.notifications.watch({})) {
    const found = batch.find(fits);
    if (found) return found;
  }
  throw new Error('the stream ended');
}

describeTargets('schedules of snapshots', (lab) => {
  test('set, shown with its next run, refused for a machine that is not there, ended', async () => {
    await lab.create(blank('clock'));
    await lab.machine('clock', ({ row }) => row.status === 'Stopped');
    const schedule = { rhythm: { every: 'hours', hours: 6 }, keep: 2 } as const;
    await lab.api.snapshots.schedule({ ...ref('clock'), schedule });
    const shown = await treeOf(lab, 'clock', (tree) => tree.schedule !== undefined);
    expect(shown.schedule?.schedule).toEqual(schedule);
    const wait = Date.parse(shown.schedule?.next ?? '') - Date.now();
    expect(wait).toBeGreaterThan(5.9 * hours);
    expect(wait).toBeLessThanOrEqual(6 * hours);
    expect((await problemOf(lab.api.snapshots.schedule({ ...ref('nobody'), schedule }))).code).toBe(
      'machine-not-found',
    );
    await lab.api.snapshots.schedule({ ...ref('clock'), schedule: null });
    expect((await treeOf(lab, 'clock', (tree) => tree.schedule === undefined)).rows).toEqual([]);
  });

  test('an ended one comes back, but not on another machine of that name', async () => {
    const schedule = { rhythm: { every: 'hours', hours: 6 }, keep: 2 } as const;
    await lab.create(blank('again'));
    await lab.machine('again', ({ row }) => row.status === 'Stopped');
    const end = async (): Promise<string> => {
      await lab.api.snapshots.schedule({ ...ref('again'), schedule });
      return (await lab.api.snapshots.schedule({ ...ref('again'), schedule: null })).undo ?? '';
    };
    await lab.api.undo.back({ kind: 'schedule', undo: await end() });
    expect((await treeOf(lab, 'again', (tree) => tree.schedule !== undefined)).schedule?.schedule).toEqual(schedule);
    const undo = await end();
    const { uid } = (await lab.get('kubevirt.io/v1', 'virtualmachines', 'again')).metadata;
    await lab.remove('again');
    await lab.create(blank('again'));
    await lab.machine('again', ({ row }) => row.status === 'Stopped' && row.uid !== uid);
    expect((await problemOf(lab.api.undo.back({ kind: 'schedule', undo }))).code).toBe('machine-not-found');
    expect((await lab.get('kubevirt.io/v1', 'virtualmachines', 'again')).metadata.annotations?.[key]).toBeUndefined();
    await lab.remove('again');
  });

  test('missed runs are made up for once and told; retention takes its own and never what a person made', async () => {
    await lab.api.snapshots.schedule({ ...ref('clock'), schedule: { rhythm: { every: 'hours', hours: 1 }, keep: 2 } });
    await lab.done((await lab.api.snapshots.take({ ...ref('clock'), snapshot: 'by-hand' })).taskId);
    let from = await since(lab, 'clock', 5.5 * hours);
    const first = await treeOf(lab, 'clock', ({ rows, schedule }) => rows.some(({ scheduled, state }) => scheduled === true && state === 'ready') && schedule?.last !== undefined); // prettier-ignore
    expect(first.rows.map(({ name, scheduled }) => [name, scheduled])).toEqual([
      ['by-hand', undefined],
      [nameAt('clock', from + 5 * hours), true],
    ]);
    expect(first.schedule?.missed?.count).toBe(5);
    const message = await told(lab, ({ title }) => title.startsWith('clock: scheduled snapshots were missed'));
    expect([message.event, message.tone, message.object?.name]).toEqual(['schedule-trouble', 'warning', 'clock']);
    expect(message.detail).toMatch(/^5 runs .* One snapshot was taken now/);

    // Two more rounds: each leaves one more behind, of which two stay.
    for (const ago of [3.5, 1.5]) {
      // What is there already counts as done, so the clock of the schedule has to be ahead of it.
      const there = await treeOf(lab, 'clock', () => true);
      for (const { name } of there.rows.filter(({ scheduled }) => scheduled)) {
        const old = { metadata: { annotations: { 'hearth.dev/scheduled-for': new Date(Date.now() - (ago + 20) * hours).toISOString() } } }; // prettier-ignore
        await lab.kube.request('PATCH', `/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots/${name}`, old, 'application/merge-patch+json'); // prettier-ignore
      }
      from = await since(lab, 'clock', ago * hours + 60_000);
      const slot = from + Math.floor(ago) * hours;
      await treeOf(lab, 'clock', ({ rows, schedule }) => schedule?.last === new Date(slot).toISOString() && rows.some(({ name }) => name === nameAt('clock', slot))); // prettier-ignore
    }
    const end = await treeOf(lab, 'clock', ({ rows }) => rows.filter(({ scheduled }) => scheduled).length === 2);
    expect(end.rows.some(({ name }) => name === 'by-hand')).toBe(true);
    expect(end.rows).toHaveLength(3);
    await lab.api.snapshots.schedule({ ...ref('clock'), schedule: null });
  });

  test('a run that fails is told once, stands at the machine, deletes nothing, and the next good one clears it', async () => {
    await lab.create(blank('loud'));
    await lab.machine('loud', ({ row }) => row.status === 'Stopped');
    // Somebody else's snapshot has the name of the run: it is left alone, and the run cannot be done.
    const base = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
    const taken = nameAt('loud', base);
    await lab.done((await lab.api.snapshots.take({ ...ref('loud'), snapshot: taken, description: 'mine' })).taskId);
    await lab.api.snapshots.schedule({ ...ref('loud'), schedule: { rhythm: { every: 'hours', hours: 1 }, keep: 1 } });
    await since(lab, 'loud', Date.now() - (base - hours));
    const failed = await treeOf(lab, 'loud', ({ schedule }) => schedule?.failed !== undefined);
    expect(failed.rows.map(({ name, description, scheduled }) => [name, description, scheduled])).toEqual([[taken, 'mine', undefined]]); // prettier-ignore
    expect(failed.schedule?.failed?.detail).toContain(taken);
    const why = await lab.machine('loud', (detail) => detail.why.some(({ cause }) => cause === 'schedule-failed'));
    expect(why.why.find(({ cause }) => cause === 'schedule-failed')?.tone).toBe('warning');
    await told(lab, ({ event, tone, object }) => event === 'schedule-trouble' && tone === 'problem' && object?.name === 'loud'); // prettier-ignore
    // The look comes again every 20 seconds and with each change of the machine; it is told once.
    await lab.api.organise.change({ ...ref('loud'), notes: 'looked at' });
    const { value } = await lab.api.notifications.watch({})[Symbol.asyncIterator]().next();
    expect((value as Notification[]).filter(({ object }) => object?.name === 'loud')).toHaveLength(1);

    await since(lab, 'loud', 2.2 * hours);
    const good = await treeOf(lab, 'loud', ({ schedule }) => schedule?.last !== undefined && schedule.failed === undefined); // prettier-ignore
    expect(good.rows.map(({ scheduled }) => scheduled)).toEqual([undefined, true]);
    for (const name of ['loud', 'clock']) await lab.remove(name);
  });
});
