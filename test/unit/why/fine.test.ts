import { expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { nothingNear } from '../../../main/backend/why/sources.ts';
import type { Near } from '../../../main/backend/why/sources.ts';
import { explain } from '../../../main/backend/why/why.ts';

const of = (kind: string, name: string, rest: object): KubeObject => ({
  apiVersion: 'v1', kind, metadata: { name, namespace: 'default', uid: `uid-${kind}-${name}` }, ...rest,
}); // prettier-ignore
const vm = ({ strategy = 'Always', status, spec }: { strategy?: string; status: string; spec: object }): KubeObject =>
  of('VirtualMachine', 'web', { spec: { runStrategy: strategy, template: { spec } }, status: { printableStatus: status } }); // prettier-ignore
const vmi = (phase: string, conditions: object[] = []): KubeObject =>
  of('VirtualMachineInstance', 'web', { spec: { domain: { memory: { guest: '4Gi' } } }, status: { phase, conditions } }); // prettier-ignore
const no = (type: string, message: string, reason = '') => ({ type, status: 'False', reason, message });
const known = <T>(value: T) => ({ state: 'known', value }) as const;
const near = (fields: Partial<Near>): Near => ({ ...nothingNear, ...fields });
const event = (kind: string, name: string, reason: string, message: string) =>
  of('Event', `${name}.${reason}`, { type: 'Warning', involvedObject: { kind, name }, reason, message });

test('a machine that runs as asked is never accused, whatever lies around it', () => {
  const said = [
      [no('Synchronized', 'exceeded quota: a, requested: limits.memory=1Gi, used: limits.memory=1Gi, limited: limits.memory=1Gi', 'FailedCreate')],
      [no('Synchronized', 'The QEMU process was killed.', 'Killed')],
      [no('Synchronized', 'QEMU could not be started: spawn qemu ENOENT', 'LaunchFailed')],
      [no('PodScheduled', '0/1 nodes are available: 1 Insufficient memory.')],
    ]; // prettier-ignore
  const spec = {
    networks: [{ name: 'lab', multus: { networkName: 'gone' } }],
    volumes: [{ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'gone' } } }],
  };
  const around = near({
      lists: { networks: known([]), events: known([event('VirtualMachine', 'web', 'FailedCreate', 'exceeded quota: a, requested: x=1, used: x=1, limited: x=1')]) },
      named: { 'Secret default/gone': known(undefined) },
    }); // prettier-ignore
  const fine = [
    ...said.map((conditions) => ({ vm: vm({ status: 'Running', spec }), vmi: vmi('Running', conditions) })),
    { vm: vm({ strategy: 'Halted', status: 'Stopped', spec }) },
    { vm: vm({ strategy: 'Manual', status: 'Stopped', spec }), vmi: vmi('Succeeded') },
  ];
  const disks = [[], [of('DataVolume', 'web-root', { status: { phase: 'Succeeded' } })]];
  const told = fine.flatMap((each) => disks.flatMap((dataVolumes) => explain({ ...each, dataVolumes, near: around })));
  expect(told.map(({ cause, short }) => `${cause}: ${short}`)).toEqual([]);
  const claims = [of('PersistentVolumeClaim', 'web-root', { status: { phase: 'Pending' } })];
  expect(explain({ vm: vm({ status: 'Running', spec }), vmi: vmi('Running'), dataVolumes: [], claims, near: around })).toEqual([]); // prettier-ignore
});
