import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { placeSchema } from '../../../main/contract/appliance.ts';
import type { RungState } from '../../../main/contract/appliance.ts';
import { backupName } from '../../../main/backend/provision/flows.ts';
import { renameKubeconfig } from '../../../main/backend/provision/handover.ts';
import { stateOf, withSmoke } from '../../../main/backend/provision/look.ts';
import { ownTroubles } from '../../../main/backend/provision/own-checks.ts';
import { createProgress } from '../../../main/backend/provision/progress.ts';
import { applianceId, usablePlace, withoutSecrets } from '../../../main/backend/provision/record.ts';
import { isBackupName } from '../../../provisioning/plans/backup.ts';

const k3sYaml = `apiVersion: v1
kind: Config
clusters: [{name: default, cluster: {server: 'https://127.0.0.1:6443', certificate-authority-data: Y2E=}}]
contexts: [{name: default, context: {cluster: default, user: default}}]
current-context: default
users: [{name: default, user: {client-certificate-data: Yw==, client-key-data: aw==}}]
`;

describe('the kubeconfig that is handed over', () => {
  it('is named after the appliance and dials the box', () => {
    expect(parse(renameKubeconfig(k3sYaml, 'box-lan', '192.168.1.9'))).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'box-lan', cluster: { server: 'https://192.168.1.9:6443', 'certificate-authority-data': 'Y2E=' } },
      ],
      users: [{ name: 'box-lan-admin', user: { 'client-certificate-data': 'Yw==', 'client-key-data': 'aw==' } }],
      contexts: [{ name: 'box-lan', context: { cluster: 'box-lan', user: 'box-lan-admin' } }],
      'current-context': 'box-lan',
    });
  });
  it('keeps 127.0.0.1 on this computer, and brackets an IPv6 address', () => {
    expect(renameKubeconfig(k3sYaml, 'a', undefined)).toContain('https://127.0.0.1:6443');
    expect(renameKubeconfig(k3sYaml, 'a', 'fd00::1')).toContain('https://[fd00::1]:6443');
  });
  it.each(['', 'clusters: 3', 'a: [', 'clusters: []'])('refuses %j', (text) => {
    expect(() => renameKubeconfig(text, 'a', undefined)).toThrow(/\w/);
  });
});

describe('places', () => {
  const box = placeSchema.parse({
    type: 'ssh', host: 'Box.lan', user: 'ada', hostKey: 'SHA256:x', auth: { by: 'key', path: '/k', passphrase: 'geheim' },
  }); // prettier-ignore
  it('are kept without secrets', () => {
    expect(JSON.stringify(withoutSecrets(box))).not.toContain('geheim');
    const password = withoutSecrets({ ...box, auth: { by: 'password', password: 'geheim' } } as typeof box);
    expect(JSON.stringify(password)).not.toContain('geheim');
    expect(() => usablePlace(password)).toThrow(expect.objectContaining({ problem: expect.objectContaining({ code: 'place-password-needed' }) }));
    expect(usablePlace(withoutSecrets(box))).toMatchObject({ host: 'Box.lan', hostKey: 'SHA256:x', auth: { by: 'key', path: '/k' } });
  }); // prettier-ignore
  it('have one id a machine, whoever signs in there', () => {
    expect(applianceId({ type: 'local' })).toBe('this-computer');
    expect(applianceId(box)).toMatch(/^box-box-lan-[0-9a-f]{6}$/);
    expect(applianceId({ ...box, user: 'bob' } as typeof box)).toBe(applianceId(box));
    expect(applianceId({ ...box, port: 2222 } as typeof box)).not.toBe(applianceId(box));
    expect(applianceId({ ...box, host: '../../etc' } as typeof box)).toMatch(/^box-[a-z0-9-]+$/);
  });
});

it('names backups so that the helper takes them', () => {
  const name = backupName('before-k3s-v1.36.3+k3s1', new Date('2026-11-21T02:14:05Z'));
  expect(name).toBe('before-k3s-v1.36.3-k3s1-20261121-021405');
  expect(isBackupName(name)).toBe(true);
});

it('progress is numeric, weighted, and never goes back', () => {
  const told: number[] = [];
  const progress = createProgress([{ id: 'a', seconds: 30 }, { id: 'b', seconds: 10 }], (fraction) => told.push(fraction)); // prettier-ignore
  progress.at('a', 0.5);
  progress.at('b', 0.5);
  progress.at('a', 0.9);
  progress.at('nothing', 1);
  progress.at('b', 7);
  expect(told).toEqual([0.375, 0.875, 0.999]);
});

describe('the state of an appliance', () => {
  const rung = (id: string, state: RungState['state']): RungState => ({ id, title: id, state, detail: '' });
  const unit = (active: string) => ({ unit: { active, sub: '', restarts: 0, exitStatus: 0 }, journal: [] });
  const whole = { state: 'whole' as const };
  const up = { ladder: [rung('readyz', 'pass'), rung('kubevirt', 'pass'), rung('smoke', 'skipped')] };
  const outside = { ladder: [rung('unit', 'unknown'), rung('readyz', 'pass'), rung('smoke', 'unknown')] };
  const off = { ladder: [rung('port', 'waiting'), rung('readyz', 'unknown')] };
  it.each([
    ['half', { state: 'half' as const }, undefined, undefined, undefined],
    ['installing', { state: 'half' as const }, 'task', undefined, undefined],
    ['running', whole, undefined, unit('active'), up],
    ['running', whole, undefined, undefined, up],
    ['running', whole, undefined, undefined, outside],
    ['running', { ...whole, stopped: true }, undefined, undefined, outside],
    ['stopped', { ...whole, stopped: true }, undefined, undefined, off],
    ['unknown', whole, undefined, undefined, off],
    ['stopped', whole, undefined, unit('inactive'), { ladder: [rung('readyz', 'fail')] }],
    ['failed', whole, undefined, unit('failed'), undefined],
    ['failed', whole, undefined, unit('active'), { ladder: [rung('readyz', 'pass'), rung('kubevirt', 'fail')] }],
    ['starting', whole, undefined, unit('activating'), { ladder: [rung('readyz', 'fail')] }],
    ['starting', whole, undefined, unit('active'), { ladder: [rung('readyz', 'pass'), rung('kubevirt', 'waiting')] }],
    ['unknown', whole, undefined, undefined, undefined],
  ])('%s', (state, record, taskId, observation, cluster) => {
    expect(stateOf(record, taskId, observation, cluster)).toBe(state);
  });
  it('takes the first machine from its last try while everything else holds', () => {
    const tried = [rung('smoke', 'pass')];
    expect(withSmoke(outside.ladder, tried).at(-1)?.state).toBe('pass');
    expect(withSmoke(off.ladder, tried)).toEqual(off.ladder);
    expect(withSmoke([...outside.ladder, rung('cdi', 'waiting')], tried)[2]?.state).toBe('unknown');
    expect(withSmoke(outside.ladder, [rung('smoke', 'fail')]).at(-1)?.state).toBe('unknown');
  });
});

describe('what is wrong with the machine', () => {
  const well = { certificates: [], disk: undefined, addresses: undefined, node: undefined, clock: undefined };
  const node = {
    name: 'lab', roles: [], ready: false, version: '', addresses: ['192.168.1.9', 'lab'], cpus: 1, memory: 1,
    virtualMachines: 0, conditions: [], thisOne: true,
  }; // prettier-ignore
  const ids = (seen: Partial<Parameters<typeof ownTroubles>[0]>): string[] =>
    ownTroubles({ ...well, ...seen }).map(({ id }) => id);
  const certificate = (days: number) => ({ name: 'API server', notAfter: '', days });
  it('nothing that was not seen is a trouble', () => {
    expect(ids({})).toEqual([]);
    expect(ids({ node, clock: true, certificates: [certificate(31)], disk: { path: '/', total: 100, free: 11, volumes: 0 } })).toEqual([]);
  }); // prettier-ignore
  it('finds each', () => {
    expect(ids({ certificates: [certificate(29)] })).toEqual(['certificate-ends-soon']);
    expect(ids({ certificates: [certificate(29), certificate(-1)] })).toEqual(['certificate-expired']);
    expect(ids({ node, addresses: ['127.0.0.1', '192.168.1.10'] })).toEqual(['node-address-gone']);
    expect(ids({ node, addresses: ['192.168.1.9'] })).toEqual([]);
    expect(ids({ node, nodes: [node, { ...node, name: 'attic', thisOne: false }] })).toEqual(['node-off']);
    expect(ids({ node, nodes: [node, { ...node, name: 'attic', thisOne: false, ready: true }] })).toEqual([]);
    expect(ids({ clock: false })).toEqual(['clock-not-synchronised']);
    expect(ids({ disk: { path: '/', total: 100, free: 9, volumes: 0 } })).toEqual(['disk-nearly-full']);
  });
});
