import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readLab } from '../../../../main/backend/labs/file/read.ts';
import { fileValues } from '../../../../main/backend/labs/file/objects.ts';
import { buildLab } from '../../../../main/backend/labs/start/build.ts';
import type { BuildFacts } from '../../../../main/backend/labs/start/build.ts';
import { labUserData } from '../../../../main/backend/labs/start/user-data.ts';
import { pick, pickList, pickText } from '../../../../main/backend/target/pick.ts';
import { labText, object } from './lab.ts';

const web = { name: 'web', user: 'ada', key: 'ssh-ed25519 KEY lab' };
const data = (text: string | undefined): unknown => parse(labUserData(text, web));

describe('user data', () => {
  test('names, a user and the key are added where the text leaves them open', () => {
    expect(data(undefined)).toEqual({ hostname: 'web', ssh_authorized_keys: [web.key], user: 'ada' });
    expect(data('#cloud-config\nhostname: other\nuser: bob\nssh_authorized_keys: [mine]\n')).toEqual({ hostname: 'other', user: 'bob', ssh_authorized_keys: ['mine', web.key] }); // prettier-ignore
  });
  test('with users of its own the key goes to whoever logs in', () => {
    expect(data('#cloud-config\nhostname: a\nusers:\n  - name: bob\n  - name: ada\n    ssh_authorized_keys: [mine]\n')).toEqual({ hostname: 'a', users: [{ name: 'bob' }, { name: 'ada', ssh_authorized_keys: ['mine', web.key] }] }); // prettier-ignore
    expect(data('#cloud-config\nhostname: a\nusers: [default, { name: bob }]\n')).toMatchObject({ ssh_authorized_keys: [web.key] }); // prettier-ignore
  });
  test('scripts, and what cannot be read, stay as they are', () => {
    for (const text of ['#!/bin/sh\necho\n', '#cloud-config\na: [\n', '#cloud-config\n- a\n']) expect(labUserData(text, web)).toBe(text); // prettier-ignore
  });
});

describe('objects', () => {
  const facts: BuildFacts = { values: () => undefined, key: web.key, reservations: true, machines: { web: { virtualSize: 2 ** 28 } } }; // prettier-ignore
  const build = async (parts: Record<string, unknown>, more: Partial<BuildFacts> = {}) => {
    const { lab, findings } = await readLab(labText(parts));
    if (!lab) throw new Error(JSON.stringify(findings));
    return buildLab(lab, { ...facts, values: fileValues(lab), ...more });
  };
  test('everything is in the namespace, carries the label, and so does what is made of it', async () => {
    const deployment = object('Deployment', { spec: { template: { metadata: { labels: { app: 'a' } }, spec: {} } } }, 'apps/v1'); // prettier-ignore
    const all = await build({ objects: [deployment] });
    expect(all.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.labels?.['hearth.dev/lab']])).toEqual(['NetworkAttachmentDefinition', 'VirtualMachine', 'Service', 'Deployment'].map((kind) => [kind, 'lab-small', 'small'])); // prettier-ignore
    const vm = all.find(({ kind }) => kind === 'VirtualMachine');
    expect(pickText(vm, 'spec', 'template', 'metadata', 'labels', 'hearth.dev/lab')).toBe('small');
    expect(pickText(pickList(vm, 'spec', 'dataVolumeTemplates')[0], 'metadata', 'labels', 'hearth.dev/lab')).toBe('small'); // prettier-ignore
    expect(pick(pickList(vm, 'spec', 'dataVolumeTemplates')[0], 'spec', 'source')).toEqual({ pvc: { namespace: 'hearth-images', name: 'starter' } }); // prettier-ignore
    expect(pick(all.at(-1), 'spec', 'template', 'metadata', 'labels')).toEqual({ app: 'a', 'hearth.dev/lab': 'small' });
  });
  test('labels of a machine are on it and on what runs of it; none takes the place of one with a meaning', async () => {
    const machine = { name: 'web', image: 'starter', labels: { app: 'shop' } };
    const vm = (await build({ machines: [machine] })).find(({ kind }) => kind === 'VirtualMachine');
    expect(vm?.metadata.labels).toMatchObject({ app: 'shop', 'hearth.dev/lab': 'small', 'hearth.dev/machine': 'web' });
    expect(pick(vm, 'spec', 'template', 'metadata', 'labels')).toEqual({ app: 'shop', 'hearth.dev/lab': 'small', 'hearth.dev/machine': 'web' }); // prettier-ignore
    for (const labels of [{ 'hearth.dev/lab': 'other' }, { app: 'a b' }, { '-': 'a' }])
      expect((await readLab(labText({ machines: [{ ...machine, labels }] }))).findings).not.toEqual([]);
  });
  test('equal files make equal objects', async () => {
    const parts = { machines: [{ name: 'web', image: 'starter', networks: ['pod', 'blue=10.9.0.9'] }] };
    expect(await build(parts)).toEqual(await build(parts));
  });
  test('a fixed address is reserved where the target can, else it stands in the guest', async () => {
    const machines = [{ name: 'web', image: 'starter', networks: ['pod', 'blue=10.9.0.9'] }];
    const vmOf = async (reservations: boolean) => (await build({ machines }, { reservations })).find(({ kind }) => kind === 'VirtualMachine'); // prettier-ignore
    const can = await vmOf(true);
    expect(pick(can, 'spec', 'template', 'metadata', 'annotations')).toEqual({ 'hearth.dev/address.blue': '10.9.0.9' });
    expect(JSON.stringify(can)).not.toContain('networkData');
    const cannot = await vmOf(false);
    const [, blue] = pickList(cannot, 'spec', 'template', 'spec', 'domain', 'devices', 'interfaces');
    const text = pickText(
      pickList(cannot, 'spec', 'template', 'spec', 'volumes')[1],
      'cloudInitNoCloud',
      'networkData',
    );
    const { ethernets } = parse(text ?? '') as { ethernets: Record<string, unknown> };
    expect(ethernets['net0']).toEqual({ match: { macaddress: blue?.['macAddress'] }, addresses: ['10.9.0.9/24'] });
    expect(ethernets['pod']).toMatchObject({ dhcp4: true });
  });
});
