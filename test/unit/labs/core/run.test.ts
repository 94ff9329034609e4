import { describe, expect, test } from 'vitest';
import { actionLines } from '../../../../main/backend/labs/actions/words.ts';
import { readLab } from '../../../../main/backend/labs/file/read.ts';
import { workClock } from '../../../../main/backend/labs/run/clock.ts';
import { freshSteps } from '../../../../main/backend/labs/run/record.ts';
import type { RunRecord } from '../../../../main/backend/labs/run/record.ts';
import { better } from '../../../../main/backend/labs/run/results.ts';
import { asLeft } from '../../../../main/backend/labs/run/runs.ts';
import { earlyValues, generated, liveValues } from '../../../../main/backend/labs/run/values.ts';
import { runView } from '../../../../main/backend/labs/run/view.ts';
import { capabilitiesOf } from '../../../../main/backend/labs/library/missing.ts';
import type { LabFile } from '../../../../main/contract/labs/file.ts';
import type { KubeObject } from '../../../../main/contract/kube.ts';
import { labText, step } from './lab.ts';

const labOf = async (parts: Record<string, unknown> = {}): Promise<LabFile> => {
  const { lab, findings } = await readLab(labText(parts));
  if (!lab) throw new Error(JSON.stringify(findings));
  return lab;
};
const record = (lab: LabFile, more: Partial<RunRecord> = {}): RunRecord => ({
  version: 1, state: 'running', startedAt: '2026-01-01T00:00:00Z', seconds: 0, step: 0, steps: freshSteps(lab).with(0, { id: 'one', state: 'open', hints: 0, solved: false, marks: {} }),
  values: {}, origin: 'shipped', folder: '/', ...more,
}); // prettier-ignore
const nothing = { machines: [], instances: [], services: [], host: '192.0.2.1' };

describe('variables', () => {
  test('addresses and ports of this computer as they are now', async () => {
    const lab = await labOf({ machines: [{ name: 'web', image: 'starter', forwards: [80], networks: ['pod', 'blue'] }, { name: 'db', image: 'starter', networks: ['blue=10.9.0.9'] }], variables: { greeting: 'Hi' } }); // prettier-ignore
    const early = earlyValues(lab, { random: { secret: 'x' }, key: 'ssh-ed25519 A' });
    const instance = { metadata: { name: 'web' }, status: { interfaces: [{ name: 'default', ipAddress: '10.0.2.15' }, { name: 'blue', ipAddress: '10.9.0.4' }] } }; // prettier-ignore
    const labels = { 'hearth.dev/machine': 'web' };
    const machine = { metadata: { name: 'web' }, spec: { template: { metadata: { labels } } } };
    const service = { metadata: { name: 'web-tcp-80' }, spec: { type: 'NodePort', selector: labels, ports: [{ port: 80, targetPort: 80, nodePort: 30080, protocol: 'TCP' }] } }; // prettier-ignore
    const seen = { machines: [machine], instances: [instance], services: [service], host: '192.0.2.1' } as unknown as typeof nothing & { machines: KubeObject[] }; // prettier-ignore
    const values = liveValues(lab, early, seen);
    expect(['lab', 'namespace', 'greeting', 'secret', 'key', 'web.address', 'web.address.blue', 'db.address', 'web.port.80', 'web.url.80', 'web.user', 'image.starter.namespace'].map(values)).toEqual(['small', 'lab-small', 'Hi', 'x', 'ssh-ed25519 A', '10.0.2.15', '10.9.0.4', '10.9.0.9', '30080', 'http://192.0.2.1:30080', 'hearth', 'hearth-images']); // prettier-ignore
    expect(liveValues(lab, early, nothing)('web.address')).toBe('(not known yet)');
    expect(values('nobody.address')).toBeUndefined();
  });
  test('what is made at random is another at each start', async () => {
    const lab = await labOf({ variables: { a: { generate: 'password' }, b: { generate: 'token' } } });
    const [one, other] = [generated(lab), generated(lab)];
    expect(one['a']).toMatch(/^([a-z]{4}-){2}[a-z]{4}$/);
    expect(one['b']).toMatch(/^[0-9a-f]{48}$/);
    expect(one).not.toEqual(other);
  });
});

describe('the view of a run', () => {
  const two = { steps: [step({ hints: ['a', 'b'], score: 20 }), step({ id: 'two', text: 'Secret' })] };
  const parts = (lab: LabFile, kept: RunRecord) => ({ lab, record: kept, target: 'T', taskId: undefined, seconds: 61.9, values: () => undefined, checks: [], machines: [], faults: [] }); // prettier-ignore
  test('what is to come is not told, points are counted', async () => {
    const lab = await labOf(two);
    const kept = record(lab);
    const view = runView(parts(lab, { ...kept, steps: kept.steps.with(0, { ...(kept.steps[0] as RunRecord['steps'][number]), hints: 1, reached: 15 }) })); // prettier-ignore
    expect(view).toMatchObject({ seconds: 61, score: { reached: 15, of: 30 }, steps: [{ hints: ['a'], hintsLeft: 1 }, { state: 'closed', text: '', checks: [] }] }); // prettier-ignore
    expect(JSON.stringify(view)).not.toContain('Secret');
  });
  test('a run that Hearth left in the middle of something says so, and one between two steps goes on', async () => {
    const lab = await labOf(two);
    expect(asLeft(record(lab, { state: 'starting' }), 'Small')).toMatchObject({ state: 'failed', problem: { code: 'lab-cut-off' } }); // prettier-ignore
    expect(asLeft(record(lab, { step: 1 }), 'Small')).toMatchObject({
      state: 'running',
      steps: [{}, { state: 'open' }],
    });
    const fine = record(lab);
    expect(asLeft(fine, 'Small')).toBe(fine);
  });
  test('a result is better with more points, or as many in less time', () => {
    const result = (score: number, seconds: number, of = 30) => ({ score, of, seconds, at: '' });
    expect([better(result(20, 9), result(10, 1)), better(result(20, 1), result(20, 9)), better(result(20, 9), result(20, 1)), better(result(10, 9, 10), result(20, 1, 30))]).toEqual([true, true, false, true]); // prettier-ignore
  });
});

test('the clock counts only while somebody works', () => {
  let time = 100;
  const clock = workClock(() => time);
  time += 5;
  expect(clock.now()).toBe(0);
  clock.go();
  time += 5;
  expect(clock.take()).toBe(5);
  time += 2;
  expect(clock.stop()).toBe(2);
  time += 50;
  expect(clock.now()).toBe(0);
});

test('what a lab needs of a target comes from its parts', async () => {
  const lab = await labOf({ steps: [step({ solution: [{ snapshot: { machine: 'web', name: 'a', memory: true } }], checks: [{ id: 'a', title: 'T', message: 'M', ssh: { machine: 'web', command: 'true' } }] })] }); // prettier-ignore
  expect(capabilitiesOf(lab).sort()).toEqual(['createMachines', 'deleteMachines', 'memorySnapshots', 'networks', 'portForward', 'serviceForwards', 'snapshots']); // prettier-ignore
  expect(capabilitiesOf(await labOf({ machines: [], networks: [], images: [] }))).toEqual([]);
});

test('buttons say what they do as commands', async () => {
  const lines = (action: object) => actionLines(action as Parameters<typeof actionLines>[0], 'lab-a');
  expect(lines({ power: { machine: 'web', action: 'forceStop' } })).toEqual(['virtctl stop web --grace-period 0 --force -n lab-a']); // prettier-ignore
  expect(lines({ delete: { kind: 'VirtualMachine', name: 'web' } })).toEqual(['kubectl delete -n lab-a virtualmachine web']); // prettier-ignore
  expect(lines({ ssh: { machine: 'web', command: 'a\nb', exit: 0 } })).toEqual(['a', 'b']);
});
