import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Task } from '../../../main/contract/task.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { startHearth, temporaryDataDir, until } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';

const data = temporaryDataDir();
let hearth: Hearth;
let page: Page;
beforeAll(async () => {
  hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  page = await hearth.page();
}, 60_000);
afterAll(async () => {
  page?.close();
  await hearth?.stop();
  data.remove();
});

const ended = async (taskId: string): Promise<Task> => {
  const rows = await until(page.api.tasks.watch({}), rowKeys.task, (all) => {
    const task = all.get(taskId);
    return task !== undefined && task.state !== 'running';
  });
  return rows.get(taskId) as Task;
};
const machine = (name: string, more = ''): string => `apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: ${name}
spec:
  runStrategy: Halted
  template:
    spec:
      domain:
        memory: {guest: 64Mi}
        devices:
          disks: [{name: root, disk: {bus: virtio}}]${more}
      volumes: [{name: root, emptyDisk: {capacity: 1Gi}}]
`;
const configMap = (name: string, namespace = 'default', value = '1'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {a: "${value}"}\n`;

describe('create from manifest', () => {
  test('says of each object what would come of it, at its line, and changes nothing', async () => {
    const text = [
      configMap('inside', 'fresh'),
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: fresh}\n',
      machine('web'),
      machine('bad', '\n          nonsense: 1'),
      'apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\n',
    ].join('---\n');
    const report = await page.api.manifests.check({ yaml: text });
    expect(Object.fromEntries(report.objects.map(({ kind, name, result }) => [`${kind} ${name}`, result]))).toEqual({
      'Namespace fresh': 'new',
      'ConfigMap inside': 'later',
      'VirtualMachine web': 'new',
      'VirtualMachine bad': 'refused',
      'Widget w': 'refused',
    });
    expect(report.ready).toBe(false);
    const nonsense = report.findings.find(({ message }) => message.includes('nonsense'));
    expect(text.split('\n')[(nonsense?.line ?? 0) - 1]).toContain('nonsense: 1');
    const widget = report.findings.find(({ message }) => message.includes('Widget'));
    expect(text.split('\n')[(widget?.line ?? 0) - 1]).toBe('kind: Widget');
    expect((await page.api.manifests.check({ yaml: machine('web') })).objects[0]?.result).toBe('new');
  });

  test('broken text is told with its line, and the target is not asked', async () => {
    const report = await page.api.manifests.check({ yaml: 'apiVersion: v1\nkind: [unclosed\n' });
    expect(report).toMatchObject({ ready: false, objects: [] });
    expect(report.findings[0]).toMatchObject({ severity: 'error' });
    await expect(page.api.manifests.apply({ yaml: 'a: [' })).rejects.toMatchObject({ problem: { code: 'manifest-unreadable' } }); // prettier-ignore
  });

  test('applies all in an order that works, and again as it was', async () => {
    const text = [configMap('inside', 'fresh'), machine('web'), 'apiVersion: v1\nkind: Namespace\nmetadata: {name: fresh}\n'].join('---\n'); // prettier-ignore
    const task = await ended((await page.api.manifests.apply({ yaml: text })).taskId);
    expect(task).toMatchObject({ state: 'done' });
    expect(task.steps.map(({ title, detail }) => [title, detail])).toEqual([
      ['Namespace fresh', 'made'], ['ConfigMap fresh/inside', 'made'], ['VirtualMachine web', 'made'],
    ]); // prettier-ignore
    const again = await page.api.manifests.check({ yaml: text });
    expect(again.objects.map(({ result }) => result)).toEqual(['same', 'same', 'same']);
    const changed = await page.api.manifests.check({ yaml: configMap('inside', 'fresh', '2') });
    expect(changed.objects[0]?.result).toBe('changed');
  });

  test('what is refused does not keep the others from being made', async () => {
    const text = [configMap('good'), machine('worse', '\n          nonsense: 1'), configMap('also-good')].join('---\n');
    const task = await ended((await page.api.manifests.apply({ yaml: text })).taskId);
    expect(task).toMatchObject({ state: 'failed', problem: { code: 'manifest-partly-applied' } });
    expect(task.steps.map(({ state }) => state)).toEqual(['done', 'done', 'failed']);
    expect(task.problem?.output?.[0]).toContain('VirtualMachine worse');
  });
});

describe('templates', () => {
  const ref = { namespace: 'default', name: 'small' };
  const manifest = machine('${NAME}').replace('64Mi', "'${MEMORY}'");
  const parameters = [
    { name: 'NAME', label: 'Name' },
    { name: 'MEMORY', label: 'Memory', value: '64Mi' },
    { name: 'TOKEN', label: 'Token', secret: true, required: false, value: 'geheim' },
  ];

  test('are kept in versions that the target itself protects', async () => {
    expect(await page.api.templates.save({ ...ref, title: 'Small', manifest, parameters, base: 0 })).toEqual({ version: 1 }); // prettier-ignore
    await expect(page.api.templates.save({ ...ref, title: 'Small', manifest, parameters, base: 0 })).rejects.toMatchObject({ problem: { code: 'template-exists' } }); // prettier-ignore
    const second = manifest.replace('1Gi', '2Gi');
    expect(await page.api.templates.save({ ...ref, title: 'Small', note: 'bigger', manifest: second, parameters, base: 1 })).toEqual({ version: 2 }); // prettier-ignore
    await expect(page.api.templates.save({ ...ref, title: 'Small', manifest, parameters, base: 1 })).rejects.toMatchObject({ problem: { code: 'template-changed' } }); // prettier-ignore
    const { versions } = await page.api.templates.get(ref);
    expect(versions.map(({ version, note }) => [version, note])).toEqual([[2, 'bigger'], [1, '']]); // prettier-ignore
    expect(versions[0]?.parameters.find(({ name }) => name === 'TOKEN')?.value).toBeUndefined();
    expect(await page.api.templates.list({})).toMatchObject([{ ...ref, title: 'Small', version: 2, versions: 2, parameters: 3, kinds: ['VirtualMachine'] }]); // prettier-ignore
    const touched = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hearth-template-small-v1, namespace: default}\ndata: {manifest.yaml: other}\n`;
    expect((await page.api.manifests.check({ yaml: touched })).objects[0]).toMatchObject({ result: 'refused' });
  });

  test('make machines, and never change one that is there', async () => {
    const values = { NAME: 'one' };
    await expect(page.api.templates.create({ ...ref, version: 2, values: {} })).rejects.toMatchObject({ problem: { code: 'template-values-missing', fields: { NAME: 'Name is needed.' } } }); // prettier-ignore
    const { yaml, report } = await page.api.templates.preview({ ...ref, version: 2, values });
    expect(yaml).toContain('name: one');
    expect(report.objects).toMatchObject([{ result: 'new', name: 'one' }]);
    const task = await ended((await page.api.templates.create({ ...ref, version: 2, values })).taskId);
    expect(task.state).toBe('done');
    expect((await page.api.templates.get(ref)).machines).toEqual([{ namespace: 'default', name: 'one', version: 2 }]);
    await expect(page.api.templates.create({ ...ref, version: 1, values })).rejects.toMatchObject({ problem: { code: 'machine-exists' } }); // prettier-ignore
  });

  test('come out of a machine without its identity and its secrets', async () => {
    await page.api.machines.create({
      name: 'original',
      source: { type: 'blank' },
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * 2 ** 20 },
      rootDisk: { size: 2 ** 30 },
      network: { mac: '02:00:00:00:00:99' },
      cloudInit: { type: 'form', hostname: 'original', user: 'ada', password: 'sehr-geheim' },
      start: false,
      runStrategy: 'Halted',
    });
    const draft = await page.api.templates.fromMachine({ namespace: 'default', name: 'original' });
    expect(draft.manifest).not.toMatch(/sehr-geheim|02:00:00:00:00:99|name: original\b/);
    expect(draft.parameters.map(({ name, secret }) => [name, secret])).toEqual([['NAME', false], ['PASSWORD', true]]); // prettier-ignore
    await page.api.templates.save({ namespace: 'default', name: 'from-original', title: 'Copy', manifest: draft.manifest, parameters: draft.parameters, base: 0 }); // prettier-ignore
    const values = { NAME: 'second', PASSWORD: 'neu' };
    const from = { namespace: 'default', name: 'from-original', version: 1, values };
    const { yaml, report } = await page.api.templates.preview(from);
    expect(yaml).not.toContain('neu');
    expect(report.findings).toEqual([]);
    const task = await ended((await page.api.templates.create(from)).taskId);
    expect(task).toMatchObject({ state: 'done' });
    await page.api.templates.remove({ namespace: 'default', name: 'from-original' });
    await expect(page.api.templates.get({ namespace: 'default', name: 'from-original' })).rejects.toMatchObject({ problem: { code: 'template-not-found' } }); // prettier-ignore
  });
});

test('instance types and preferences: those of the cluster, own ones, and who uses them', async () => {
  const yaml = `apiVersion: instancetype.kubevirt.io/v1beta1
kind: VirtualMachineInstancetype
metadata: {name: mine, namespace: default}
spec: {cpu: {guest: 1}, memory: {guest: 64Mi}}
`;
  await page.api.templates.saveType({ yaml });
  const vm = machine('typed').replace('        memory: {guest: 64Mi}\n', '').replace('spec:\n', 'spec:\n  instancetype: {name: mine, kind: VirtualMachineInstancetype}\n'); // prettier-ignore
  await ended((await page.api.manifests.apply({ yaml: vm })).taskId);
  const rows = await page.api.templates.types({});
  expect(rows.find(({ name }) => name === 'mine')).toMatchObject({ cpus: 1, memory: 64 * 2 ** 20, bundled: false, namespace: 'default', machines: [{ namespace: 'default', name: 'typed' }] }); // prettier-ignore
  const windows = rows.find(({ kind, name }) => kind === 'VirtualMachineClusterPreference' && name === 'windows.11');
  expect(windows).toMatchObject({ bundled: true, cpus: 2, facts: expect.arrayContaining(['UEFI with Secure Boot', 'persistent TPM', 'Hyper-V enlightenments']) }); // prettier-ignore
  await expect(page.api.templates.saveType({ yaml: configMap('x') })).rejects.toMatchObject({ problem: { code: 'type-refused' } }); // prettier-ignore
  await page.api.templates.removeType({ kind: 'VirtualMachineInstancetype', namespace: 'default', name: 'mine' });
  expect((await page.api.templates.types({})).some(({ name }) => name === 'mine')).toBe(false);
});

test('the devices of this computer are listed, and a dry run of the first one says what stands in the way', async () => {
  const { pci } = await page.api.devices.list({});
  for (const device of pci.slice(0, 1)) {
    const plan = await page.api.devices.plan({ kind: 'pci', id: device.address });
    expect(plan.manifests[0]?.yaml).toContain(device.ids.toUpperCase());
    expect(plan.steps.length).toBeGreaterThan(0);
  }
  await expect(page.api.devices.plan({ kind: 'usb', id: '99-9' })).rejects.toMatchObject({ problem: { code: 'device-not-found' } }); // prettier-ignore
});
