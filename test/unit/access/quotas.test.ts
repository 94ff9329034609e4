import { mkdtemp, rm, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { overQuota } from '../../../main/backend/access/problems.ts';
import { openQuotas } from '../../../main/backend/access/quotas.ts';
import { broken, diskSize, machineOf, nothing, ownerLabel, used } from '../../../main/backend/access/stock.ts';
import type { Disk, Machine, Stock } from '../../../main/backend/access/stock.ts';
import { keepMark, marked, withoutMark } from '../../../main/backend/access/mark.ts';
import { applyInstancetype } from '../../../main/embedded/admission/instancetype/apply.ts';
import { setInstanceDefaults } from '../../../main/embedded/admission/vm/defaults.ts';
import { guestMemory, topologyOf, vcpus } from '../../../main/embedded/machine/argv/size.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { limitsFor } from '../../../main/contract/quotas.ts';
import { silentLog } from '../../support/boxes/silent-log.ts';

const folder = await mkdtemp(join(tmpdir(), 'hearth-quotas-'));
afterAll(() => rm(folder, { recursive: true }));

const gibi = 2 ** 30;
const machine = (name: string, owner: string | undefined, more: Partial<Machine> = {}): [string, Machine] => {
  const namespace = more.namespace ?? 'default';
  return [`${namespace}/${name}`, { namespace, name, owner, cpus: 1, memory: gibi, local: 0, templates: new Map(), claims: [], ...more }]; // prettier-ignore
};
const stock = (machines: [string, Machine][], disks: [string, Disk][] = [], coming: Stock['coming'] = []): Stock => ({ machines: new Map(machines), disks: new Map(disks), coming }); // prettier-ignore
const noLab = (): undefined => undefined;

describe('what somebody has', () => {
  test('is what carries their mark, and what is nobody’s in labs that they started', () => {
    const all = stock([
      machine('one', 'olga'),
      machine('two', 'otto'),
      machine('boss', undefined),
      machine('in-lab', 'otto', { namespace: 'lab-first' }),
      machine('nobodys', undefined, { namespace: 'lab-first' }),
      machine('of-admin', 'olga', { namespace: 'lab-second' }),
      machine('its-own', undefined, { namespace: 'lab-second' }),
    ], [
      ['lab-first/nobodys', { owner: undefined, size: 1 }],
      ['lab-first/of-otto', { owner: 'otto', size: 2 }],
      ['lab-second/of-olga', { owner: 'olga', size: 4 }],
    ]); // prettier-ignore
    const labs = (namespace: string) => ({ 'lab-first': 'olga', 'lab-second': 'computer' })[namespace];
    expect(used(all, 'olga', labs)).toEqual({ machines: 3, cpus: 3, memory: 3 * gibi, disk: 5 });
    expect(used(all, 'otto', labs)).toEqual({ machines: 2, cpus: 2, memory: 2 * gibi, disk: 2 });
    expect(used(all, 'nobody', labs)).toEqual(nothing);
  });

  test('counts a disk once: of its template until it is there, then as large as it is; without a machine, too; no image', () => {
    const own = machine('one', 'olga', {
      local: gibi,
      templates: new Map([['root', 2 * gibi], ['waits', 4 * gibi]]),
      claims: ['root', 'waits', 'unmarked', 'of-otto'],
    }); // prettier-ignore
    const all = stock([own], [
      ['default/root', { owner: 'olga', size: 8 * gibi }],
      ['default/unmarked', { owner: undefined, size: 16 * gibi }],
      ['default/of-otto', { owner: 'otto', size: 32 * gibi }],
      ['other/alone', { owner: 'olga', size: 64 * gibi }],
      ['other/nobodys', { owner: undefined, size: 128 * gibi }],
      ['hearth-images/debian', { owner: 'olga', size: 256 * gibi }],
    ]); // prettier-ignore
    expect(used(all, 'olga', noLab).disk).toBe((1 + 4 + 8 + 16 + 64) * gibi);
    expect(used(all, 'otto', noLab).disk).toBe(32 * gibi);
  });

  test('has what a clone will make until the machine is there as theirs', () => {
    const amounts = { machines: 1, cpus: 2, memory: gibi, disk: 3 };
    const coming = [{ key: 'default/copy', owner: 'olga', amounts }];
    expect(used(stock([], [], coming), 'olga', noLab)).toEqual(amounts);
    // It has the mark of the one that it was made of, for a moment.
    expect(used(stock([machine('copy', 'otto')], [], coming), 'olga', noLab)).toEqual(amounts);
    expect(used(stock([machine('copy', 'olga')], [], coming), 'olga', noLab)).toEqual({ machines: 1, cpus: 1, memory: gibi, disk: 0 }); // prettier-ignore
  });

  test('reads the sizes of any machine: of its domain, its type, its templates and its own disks', () => {
    const vm = {
      apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'm', namespace: 'n', labels: { [ownerLabel]: 'olga' } },
      spec: {
        dataVolumeTemplates: [
          { metadata: { name: 'a' }, spec: { storage: { resources: { requests: { storage: '2Gi' } } } } },
          { metadata: { name: 'b' }, spec: { pvc: { resources: { requests: { storage: '1Gi' } } } } },
        ],
        template: { spec: { domain: { cpu: { sockets: 2, cores: 3 } }, volumes: [{ name: 'a', dataVolume: { name: 'a' } }, { name: 'c', persistentVolumeClaim: { claimName: 'c' } }, { name: 's', emptyDisk: { capacity: '512Mi' } }] } },
      },
    } as unknown as KubeObject; // prettier-ignore
    const type = { apiVersion: 'x/v1', kind: 'T', metadata: {}, spec: { cpu: { guest: 8 }, memory: { guest: '4Gi' } } } as unknown as KubeObject; // prettier-ignore
    expect(machineOf(vm, type)).toEqual({
      namespace: 'n', name: 'm', owner: 'olga', cpus: 6, memory: 4 * gibi, local: gibi / 2, templates: new Map([['a', 2 * gibi], ['b', gibi]]), claims: ['a', 'c'],
    }); // prettier-ignore
    expect(diskSize({ spec: { resources: { requests: { storage: '3Gi' } } } })).toBe(3 * gibi);
    expect(diskSize({ spec: { resources: { requests: { storage: '.5Gi' } } } })).toBe(gibi / 2);
  });

  const large = { cpu: { guest: 32 }, memory: { guest: '64Gi' } };
  test.each<[string, object, object | undefined, cpus: number, gibis: number]>([
    ['cores, where sockets are none', { cpu: { sockets: 0, cores: 64, threads: 1 } }, undefined, 64, 0.5],
    ['a topology', { cpu: { sockets: 2, cores: 3, threads: 2, model: 'host-model' }, memory: { guest: '2Gi' } }, undefined, 12, 2],
    ['a topology of nothing', { cpu: { sockets: 0, cores: 0, threads: 0 }, resources: { requests: { cpu: '4' } } }, undefined, 4, 0.5],
    ['an instance type', {}, large, 32, 64],
    ['an instance type beside an empty cpu', { cpu: {} }, large, 32, 64],
    ['an instance type beside a model', { cpu: { model: 'host-passthrough' } }, large, 32, 64],
    ['limits alone', { resources: { limits: { cpu: 32, memory: '64Gi' } } }, undefined, 32, 64],
    ['requests beside a model', { cpu: { model: 'host-model' }, resources: { requests: { cpu: '32', memory: '1Gi' } } }, undefined, 32, 1],
    ['parts of a CPU', { resources: { requests: { cpu: '2500m' } } }, undefined, 3, 0.5],
    ['limits above requests', { resources: { requests: { cpu: 1, memory: '1Gi' }, limits: { cpu: 8, memory: '2Gi' } } }, undefined, 8, 1],
    ['requests of nothing', { resources: { requests: { cpu: '0', memory: '0' }, limits: { memory: '3Gi' } } }, undefined, 1, 3],
    ['guest memory below its limit', { memory: { guest: '1Gi' }, resources: { limits: { memory: '8Gi' } } }, undefined, 1, 1],
    ['a quantity without a leading digit', { memory: { guest: '.5Ti' } }, undefined, 1, 512],
    ['a quantity with a large E', { resources: { limits: { cpu: '1E1', memory: '1073741824E0' } } }, undefined, 10, 1],
    ['nothing at all', {}, undefined, 1, 0.5],
  ])('counts what a machine gets when it runs: %s', (_name, domain, spec, cpus, gibis) => {
    const type = spec && ({ apiVersion: 'x/v1', kind: 'T', metadata: {}, spec } as unknown as KubeObject);
    const vm = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'm', namespace: 'n' }, spec: { template: { spec: { domain } } } };
    expect(machineOf(vm, type)).toMatchObject({ cpus, memory: gibis * gibi });
    const vmi = { ...vm, kind: 'VirtualMachineInstance', spec: { domain } };
    expect(machineOf(vmi, type)).toMatchObject({ cpus, memory: gibis * gibi });
    // The engine, with its own defaults, agrees.
    const own = structuredClone({ domain: { devices: {}, ...domain } }) as never;
    if (spec) applyInstancetype(structuredClone(spec) as never, undefined, own, '');
    setInstanceDefaults(own, { qemuBinary: 'qemu-system-x86_64' } as never);
    expect([vcpus(topologyOf(own)), guestMemory(own)]).toEqual([cpus, gibis * gibi]);
  }); // prettier-ignore
});

describe('limits', () => {
  test.each([
    ['as the role has them', {}, { machines: 3, disk: 10 }],
    ['one of one’s own', { machines: 5 }, { machines: 5, disk: 10 }],
    ['without the role’s', { machines: null, memory: 7 }, { memory: 7, disk: 10 }],
    ['none at all', { machines: null, disk: null }, {}],
  ])('%s', (_name, own, expected) => {
    expect(limitsFor('student', { machines: 3, disk: 10 }, own)).toEqual(expected);
    expect(limitsFor('admin', { machines: 3 }, own)).toEqual({});
  });

  test('refuse what grows past them, and leave alone what is past them already', () => {
    const now = { machines: 4, cpus: 4, memory: 4, disk: 4 };
    expect(broken({ machines: 3, cpus: 5 }, now, { ...now, cpus: 5 })).toEqual([]);
    expect(broken({ machines: 3, cpus: 5 }, now, { ...now, machines: 5, cpus: 6, disk: 99 })).toEqual(['machines', 'cpus']); // prettier-ignore
    expect(broken({ machines: 3 }, now, { ...now, machines: 3 })).toEqual([]);
    expect(broken({ disk: 0 }, { ...now, disk: 0 }, now)).toEqual(['disk']);
  });

  test('say which, how much is used, what was asked, and what to do', () => {
    const { problem } = overQuota('olga', ['machines', 'memory'], { machines: 1, memory: gibi }, { ...nothing, machines: 1 }, { ...nothing, machines: 2, memory: 1.5 * gibi }); // prettier-ignore
    expect(problem).toMatchObject({ code: 'over-quota', kind: 'denied', title: 'This is more than olga may have' });
    expect(problem.detail).toBe('1 machine is the limit; 1 machine used, 1 machine asked for in addition. 1 GiB of memory is the limit; 0 GiB of memory used, 1.5 GiB of memory asked for in addition.'); // prettier-ignore
    expect(problem.fix).toContain('ask an admin');
  });

  test('are kept', async () => {
    const file = join(folder, 'quotas.json');
    const store = await openQuotas(file, silentLog);
    expect(store.any()).toBe(false);
    await Promise.all([
      store.set({ type: 'role', role: 'student', limits: { machines: 2 } }),
      store.set({ type: 'person', id: 'stu', limits: { machines: null } }),
      store.set({ type: 'person', id: 'sue', limits: { disk: 5 } }),
    ]);
    const again = await openQuotas(file, silentLog);
    expect(again.any()).toBe(true);
    expect(['stu', 'sue', 'new'].map((id) => again.of({ id, role: 'student' }))).toEqual([{}, { machines: 2, disk: 5 }, { machines: 2 }]); // prettier-ignore
    await again.set({ type: 'person', id: 'sue', limits: {} });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ people: { stu: { machines: null } } });
    expect(again.own('sue')).toEqual({});
  });
});

describe('the mark', () => {
  const vm = (labels?: Record<string, string>, annotations?: Record<string, string>): KubeObject => ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'm', ...(labels && { labels }), ...(annotations && { annotations }) },
    spec: { dataVolumeTemplates: [{ metadata: { name: 'd' } }] },
  });
  const owners = (object: unknown): (string | undefined)[] => {
    const { metadata, spec } = object as KubeObject & { spec: { dataVolumeTemplates: KubeObject[] } };
    return [metadata.labels?.[ownerLabel], spec.dataVolumeTemplates[0]?.metadata.labels?.[ownerLabel]];
  };
  test('is the maker’s, on the machine and its disks, whatever was written', () => {
    expect(owners(marked(vm({ [ownerLabel]: 'otto', app: 'x' }), 'olga'))).toEqual(['olga', 'olga']);
    expect(marked(vm({ app: 'x' }), 'olga').metadata.labels).toEqual({ app: 'x', [ownerLabel]: 'olga' });
    expect(owners(withoutMark(vm({ [ownerLabel]: 'otto' })))).toEqual([undefined, undefined]);
    expect(owners(withoutMark(vm({ [ownerLabel]: 'otto' }, { 'hearth.dev/created-at': 'x' }), true))[0]).toBe('otto');
  });
  test.each([
    ['PUT', 'application/json', vm(), 'olga'],
    ['PUT', 'application/json', vm({ [ownerLabel]: 'otto' }), 'olga'],
    ['PATCH', 'application/apply-patch+yaml', vm({ [ownerLabel]: 'otto' }), 'olga'],
    ['PUT', 'application/json', vm({ [ownerLabel]: 'otto' }), undefined],
  ])('%s %s leaves it as it was', (method, contentType, body, owner) => {
    expect(owners(keepMark({ method, contentType, body }, owner))[0]).toBe(owner);
  });
  test.each([
    ['PUT', 'application/json', 'olga', ['olga', 'olga']],
    ['PATCH', 'application/apply-patch+yaml', 'olga', ['olga', 'olga']],
    ['PUT', 'application/json', undefined, [undefined, undefined]],
    ['PATCH', 'application/merge-patch+json', 'olga', [undefined, undefined]],
  ])('%s %s puts no disk onto somebody else', (method, contentType, owner, expected) => {
    const body = vm();
    body.spec = { dataVolumeTemplates: [{ metadata: { name: 'd', labels: { [ownerLabel]: 'otto' } } }] };
    expect(owners(keepMark({ method, contentType, body }, owner))).toEqual(expected);
  });
  test('nor do the steps of a patch', () => {
    const others = { name: 'd', labels: { [ownerLabel]: 'otto', app: 'x' } };
    const path = '/spec/dataVolumeTemplates';
    const body = [
      { op: 'test', path: `${path}/0/metadata`, value: others },
      { op: 'add', path: `${path}/-`, value: { metadata: others } },
      { op: 'add', path: `${path}/0/metadata/labels/hearth.dev~1owner`, value: 'otto' },
      { op: 'replace', path: '/spec', value: { dataVolumeTemplates: [{ metadata: others }], runStrategy: 'Halted' } },
    ];
    const own = { name: 'd', labels: { app: 'x' } };
    expect(keepMark({ method: 'PATCH', contentType: 'application/json-patch+json', body }, 'olga')).toEqual([
      body[0],
      { op: 'add', path: `${path}/-`, value: { metadata: own } },
      { op: 'replace', path: '/spec', value: { dataVolumeTemplates: [{ metadata: own }], runStrategy: 'Halted' } },
    ]);
  });
  test('a patch cannot take it away', () => {
    const merge = keepMark({ method: 'PATCH', contentType: 'application/merge-patch+json', body: { metadata: { labels: { [ownerLabel]: null, a: 'b' } } } }, 'olga'); // prettier-ignore
    expect(merge).toEqual({ metadata: { labels: { a: 'b' } } });
    const path = '/metadata/labels/hearth.dev~1owner';
    for (const step of [{ op: 'remove', path }, { op: 'replace', path: '/metadata/labels', value: {} }, { op: 'replace', path: '/metadata', value: {} }]) // prettier-ignore
      expect((keepMark({ method: 'PATCH', contentType: 'application/json-patch+json', body: [step] }, 'olga') as object[]).at(-1)).toEqual({ op: 'add', path, value: 'olga' }); // prettier-ignore
    const other = [{ op: 'remove', path: '/spec/x' }];
    expect(keepMark({ method: 'PATCH', contentType: 'application/json-patch+json', body: other }, 'olga')).toBe(other);
  });
});
