import { describe, expect, test } from 'vitest';
import { printableStatuses } from '../../../main/contract/kube.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { MachineAction } from '../../../main/contract/machine-ref.ts';
import { actionRequest, actionStates, machineState } from '../../../main/backend/machines/actions.ts';
import { editableYaml, machineDetail } from '../../../main/backend/machines/detail.ts';
import { machineRow, sizeOf, toneOf } from '../../../main/backend/machines/row.ts';

const vm = (runStrategy: string, status: object = {}, extra: object = {}): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'web', namespace: 'default', uid: 'u1', creationTimestamp: '2026-01-01T00:00:00Z', ...extra },
  spec: { runStrategy, template: { spec: { domain: { cpu: { cores: 2 }, memory: { guest: '1Gi' }, devices: {} } } } },
  status: { printableStatus: 'Running', ...status },
});
const vmi = (phase: string, conditions: object[] = [], status: object = {}): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { name: 'web', namespace: 'default' },
  spec: { domain: { cpu: { cores: 2, sockets: 2 }, memory: { guest: '2Gi' } } },
  status: { phase, conditions, ...status },
});
const on = (type: string) => ({ type, status: 'True' });
const allowed = (machine: KubeObject, instance?: KubeObject): MachineAction[] =>
  actionStates(machineState(machine, instance))
    .filter((each) => each.allowed)
    .map((each) => each.action);

describe('what a button may do', () => {
  const running: MachineAction[] = [
    'stop',
    'forceStop',
    'restart',
    'forceRestart',
    'pause',
    'reset',
    'softReboot',
    'delete',
  ];
  test.each([
    ['off, Manual', vm('Manual'), undefined, ['start', 'delete']],
    ['off, Halted', vm('Halted'), undefined, ['start', 'delete']],
    ['off, Always', vm('Always'), undefined, ['delete']],
    ['ended, RerunOnFailure', vm('RerunOnFailure'), vmi('Succeeded'), ['start', 'delete']],
    ['running', vm('Always'), vmi('Running'), running],
    ['starting', vm('Always'), vmi('Scheduling'), ['stop', 'forceStop', 'restart', 'forceRestart', 'delete']],
    [
      'paused',
      vm('Manual'),
      vmi('Running', [on('Paused')]),
      ['stop', 'forceStop', 'restart', 'forceRestart', 'unpause', 'delete'],
    ],
    ['Once, running', vm('Once'), vmi('Running'), running.filter((each) => !each.includes('estart'))],
    [
      'a change under way',
      vm('Manual', { stateChangeRequests: [{ action: 'Stop' }] }),
      vmi('Running'),
      ['forceStop', 'delete'],
    ],
    ['being deleted', vm('Manual', {}, { deletionTimestamp: 'x' }), vmi('Running'), []],
  ] as const)('%s', (_name, machine, instance, expected) => {
    expect(allowed(machine, instance)).toEqual(expected);
  });

  test('what is not allowed says why', () => {
    for (const machine of [vm('Halted'), vm('Always'), vm('Once')])
      for (const state of actionStates(machineState(machine, undefined)))
        expect(state.allowed ? 'allowed' : state.why).toMatch(/^(allowed|[A-Z].{10,}\.)$/);
  });

  test('force is a grace period of 0, at the place where KubeVirt wants it', () => {
    const ref = { namespace: 'a b', name: 'web' };
    const base = '/apis/subresources.kubevirt.io/v1/namespaces/a%20b';
    expect(actionRequest('forceStop', ref)).toEqual({
      path: `${base}/virtualmachines/web/stop`,
      body: { gracePeriod: 0 },
    });
    expect(actionRequest('forceRestart', ref)).toEqual({
      path: `${base}/virtualmachines/web/restart`,
      body: { gracePeriodSeconds: 0 },
    });
    expect(actionRequest('pause', ref)?.path).toBe(`${base}/virtualmachineinstances/web/pause`);
    expect(actionRequest('delete', ref)).toBeUndefined();
  });
});

describe('rows', () => {
  test('every status KubeVirt prints has a tone, and only good ones are not errors', () => {
    const errors = printableStatuses.filter((status) => toneOf(status) === 'error');
    expect(errors).toEqual([
      'ErrorPvcNotFound',
      'DataVolumeError',
      'ErrorUnschedulable',
      'ErrImagePull',
      'ImagePullBackOff',
      'CrashLoopBackOff',
    ]);
    expect(toneOf('SomethingNew')).toBe('error');
  });

  test('size: of the instance, else of the template, else of the instance type', () => {
    expect(sizeOf({ vm: vm('Always'), vmi: vmi('Running') })).toEqual({ cpus: 4, memory: 2 * 2 ** 30 });
    expect(sizeOf({ vm: vm('Always') })).toEqual({ cpus: 2, memory: 2 ** 30 });
    const typed = { ...vm('Always'), spec: { template: { spec: { domain: {} } } } };
    const instancetype = { ...vm(''), spec: { cpu: { guest: 8 }, memory: { guest: '32Gi' } } };
    expect(sizeOf({ vm: typed, instancetype })).toEqual({ cpus: 8, memory: 32 * 2 ** 30 });
  });

  test('figures are shown of a running machine only', () => {
    const sample = { at: 1, cpu: 0.123, memory: 5, diskRead: 0, diskWrite: 0, netIn: 0, netOut: 0 };
    expect(machineRow({ vm: vm('Always'), vmi: vmi('Running'), dataVolumes: [], sample })).toMatchObject({
      cpuUse: 0.12,
      memoryUse: 5,
    });
    expect(
      machineRow({ vm: vm('Always', { printableStatus: 'Stopped' }), dataVolumes: [], sample }).cpuUse,
    ).toBeUndefined();
  });

  test('objects full of nonsense make a row, not a crash', () => {
    const odd = {
      ...vm('x'),
      spec: { template: [], runStrategy: 5 },
      status: { conditions: 'no', printableStatus: 7 },
    } as unknown as KubeObject;
    const instance = {
      ...vmi('Running'),
      status: { interfaces: [null, 3, { ipAddress: 9 }], phase: {} },
    } as unknown as KubeObject;
    expect(machineDetail({ vm: odd, vmi: instance, dataVolumes: [], claims: [], services: [] }).row).toMatchObject({
      status: 'Unknown',
      addresses: [],
    });
  });
});

test('the text for the editor has what a person wrote and nothing that the target added', () => {
  const machine = vm(
    'Always',
    {},
    {
      resourceVersion: '7',
      managedFields: [],
      annotations: { 'kubevirt.io/latest-observed-api-version': 'v1', note: 'mine' },
    },
  );
  const text = editableYaml(machine);
  expect(text).toContain('note: mine');
  for (const word of ['status', 'resourceVersion', 'uid', 'latest-observed']) expect(text).not.toContain(word);
});
