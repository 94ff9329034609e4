import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { MachineAction } from '../../../main/contract/machine-ref.ts';
import { cureOf, menuActions, primaryAction, whyNotKey } from '../../../renderer/features/machines/actions.ts';
import { bulkWhyNot } from '../../../renderer/features/machines/bulk-do.ts';
import { planBulk, runBulk } from '../../../renderer/features/machines/bulk.ts';
import { t } from '../../../renderer/features/machines/text.ts';

const row = (name: string, tone: MachineRow['tone'], actions: MachineAction[], more: Partial<MachineRow> = {}): MachineRow => ({
  uid: name, namespace: 'default', name, status: tone, tone, cpus: 1, memory: 1, addresses: [], createdAt: '', actions, ...more,
}); // prettier-ignore
const running = row('web', 'running', ['stop', 'restart', 'pause', 'delete']);
const stopped = row('db', 'stopped', ['start', 'delete']);
const paused = row('dns', 'paused', ['unpause', 'stop']);

describe('actions of a row', () => {
  it('offers the button that a person wants in this state', () => {
    expect([running, stopped, paused].map(primaryAction)).toEqual(['stop', 'start', 'unpause']);
    expect(primaryAction(row('x', 'busy', []))).toBe('stop');
  });
  it('has a reason, in words, for everything that is not allowed, and none for what is', () => {
    for (const each of [
      running,
      stopped,
      paused,
      row('e', 'error', []),
      row('b', 'busy', []),
      row('t', 'busy', [], { status: 'Terminating' }),
    ])
      for (const action of menuActions) {
        const key = whyNotKey(action, each);
        if (each.actions.includes(action)) expect(key).toBeUndefined();
        else expect(t(key ?? 'title')).toMatch(/^(It|Not) .+\.$/);
      }
  });
  it('names a cure only where something is wrong and a button helps', () => {
    expect(cureOf(stopped)).toBeUndefined();
    expect(cureOf({ ...paused, why: 'the disk is full' })).toBe('unpause');
    expect(cureOf(row('e', 'error', ['start'], { why: 'it crashed' }))).toBe('start');
    expect(cureOf(row('b', 'busy', [], { why: 'its disk is being made' }))).toBeUndefined();
  });
});

describe('bulk', () => {
  it('leaves alone what the action makes no sense for, and says why', () => {
    const plan = planBulk([running, stopped], (each) => whyNotKey('start', each));
    expect(plan.map(({ state, note }) => [state, note])).toEqual([
      ['skipped', 'whyNot.alreadyRunning'],
      ['waiting', undefined],
    ]);
  });
  it('leaves alone what is somebody else’s, whatever state it is in', () => {
    const mine = { ...stopped, namespace: 'lab-first' };
    const plan = planBulk([stopped, mine], (each) =>
      bulkWhyNot(each, 'start', (_id, whose) => (whose && 'namespace' in whose && whose.namespace === 'lab-first' ? undefined : 'not yours')),
    ); // prettier-ignore
    expect(plan.map(({ state, note }) => [state, note])).toEqual([
      ['skipped', 'not yours'],
      ['waiting', undefined],
    ]);
  });
  it('gives every machine its own result, and one failure stops no other', async () => {
    const rows = Array.from({ length: 9 }, (_, n) => row(`vm${n}`, 'stopped', ['start']));
    let now = 0;
    let most = 0;
    const seen: number[] = [];
    const items = await runBulk(
      planBulk(rows, () => undefined),
      async (each) => {
        most = Math.max(most, (now += 1));
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        if (each.name === 'vm3') throw new ProblemError({ code: 'no-space', title: 'No space', detail: 'full' });
      },
      (state) => seen.push(state.filter((item) => item.state === 'done').length),
    );
    expect(items.filter((item) => item.state === 'done')).toHaveLength(8);
    expect(items.find((item) => item.state === 'failed')).toMatchObject({
      row: { name: 'vm3' },
      problem: { code: 'no-space' },
    });
    expect(most).toBe(4);
    expect(seen.at(-1)).toBe(8);
  });
});
