import { expect, test } from 'vitest';
import { pick, pickText } from '../../../main/backend/target/pick.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';
import { blank, describeTargets, problemOf } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
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
const type = (name: string, memory = '64Mi'): string => `apiVersion: instancetype.kubevirt.io/v1beta1
kind: VirtualMachineInstancetype
metadata: {name: ${name}, namespace: default}
spec: {cpu: {guest: 1}, memory: {guest: ${memory}}}
`;

describeTargets('manifests, templates, types', (lab) => {
  const text = [configMap('inside', 'fresh'), machine('pasted'), 'apiVersion: v1\nkind: Namespace\nmetadata: {name: fresh}\n'].join('---\n'); // prettier-ignore
  test('several objects: a look changes nothing, one that is refused is named at its line', async () => {
    const report = await lab.api.manifests.check({ yaml: [text, machine('bad', '\n          nonsense: 1'), 'apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\n'].join('---\n') }); // prettier-ignore
    expect(Object.fromEntries(report.objects.map(({ kind, name, result }) => [`${kind} ${name}`, result]))).toEqual({
      'Namespace fresh': 'new', 'ConfigMap inside': 'later', 'VirtualMachine pasted': 'new', 'VirtualMachine bad': 'refused', 'Widget w': 'refused',
    }); // prettier-ignore
    expect(report.findings.some(({ message }) => message.includes('nonsense'))).toBe(true);
    // A look is only a look.
    expect((await lab.api.manifests.check({ yaml: machine('pasted') })).objects[0]?.result).toBe('new');
  });
  test('applied in an order that works, again as it was, and changed where it differs', async () => {
    const { steps } = await lab.done((await lab.api.manifests.apply({ yaml: text })).taskId);
    expect(steps.map(({ title, detail }) => [title, detail])).toEqual([['Namespace fresh', 'made'], ['ConfigMap fresh/inside', 'made'], ['VirtualMachine pasted', 'made']]); // prettier-ignore
    await lab.machine('pasted', ({ row }) => row.status === 'Stopped');
    expect((await lab.api.manifests.check({ yaml: text })).objects.map(({ result }) => result)).toEqual(['same', 'same', 'same']); // prettier-ignore
    await lab.done((await lab.api.manifests.apply({ yaml: configMap('inside', 'fresh', '2') })).taskId);
    expect(pickText(await lab.get('v1', 'configmaps', 'inside', 'fresh'), 'data', 'a')).toBe('2');
  });
  test('what is refused does not keep the others from being made', async () => {
    const yaml = [configMap('good'), machine('worse', '\n          nonsense: 1'), configMap('also-good')].join('---\n');
    const task = await lab.task((await lab.api.manifests.apply({ yaml })).taskId);
    expect([task.state, task.problem?.code, task.steps.map(({ state }) => state)]).toEqual(['failed', 'manifest-partly-applied', ['done', 'done', 'failed']]); // prettier-ignore
    expect(task.problem?.output?.[0]).toMatch(/VirtualMachine worse.*nonsense/s);
    await lab.get('v1', 'configmaps', 'also-good');
    await lab.remove('pasted');
  });

  const template = ref('small');
  const parameters = [{ name: 'NAME', label: 'Name' }];
  test('saved out of a machine without its identity, versioned, protected by the target, and made into machines', async () => {
    await lab.create(blank('origin', { cloudInit: { type: 'form', user: 'ada', password: 'sehr-geheim' } }));
    const draft = await lab.api.templates.fromMachine(ref('origin'));
    expect(draft.manifest).not.toMatch(/sehr-geheim|name: origin\b/);
    const save = (manifest: string, base: number) => lab.api.templates.save({ ...template, title: 'Small', manifest, parameters: draft.parameters, base }); // prettier-ignore
    expect(await save(draft.manifest, 0)).toEqual({ version: 1 });
    expect(await save(draft.manifest.replaceAll('64Mi', '80Mi'), 1)).toEqual({ version: 2 });
    expect((await problemOf(save(draft.manifest, 1))).code).toBe('template-changed');
    const touched = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hearth-template-small-v1, namespace: default}\ndata: {manifest.yaml: other}\n`;
    expect((await lab.api.manifests.check({ yaml: touched })).objects[0]?.result).toBe('refused');
    const values = { NAME: 'copied', PASSWORD: 'neu' };
    const { yaml, report } = await lab.api.templates.preview({ ...template, version: 2, values });
    expect([yaml.includes('neu'), report.findings]).toEqual([false, []]);
    await lab.done((await lab.api.templates.create({ ...template, version: 2, values })).taskId);
    const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', 'copied');
    expect(pick(vm, 'spec', 'template', 'spec', 'domain', 'memory', 'guest')).toBe('80Mi');
    await lab.machine('copied', ({ row, disks }) => row.status === 'Stopped' && disks.length > 0);
    expect((await lab.api.templates.get(template)).machines).toEqual([{ ...ref('copied'), version: 2 }]);
    expect((await problemOf(lab.api.templates.create({ ...template, version: 1, values }))).code).toBe(
      'machine-exists',
    );
    // The first version is as it was: what it makes has nothing of the second.
    await lab.done((await lab.api.templates.create({ ...template, version: 1, values: { ...values, NAME: 'older' } })).taskId); // prettier-ignore
    const older = await lab.get('kubevirt.io/v1', 'virtualmachines', 'older');
    expect(pick(older, 'spec', 'template', 'spec', 'domain', 'memory', 'guest')).toBe('64Mi');
    await lab.machine('older', ({ row, disks }) => row.status === 'Stopped' && disks.length > 0);
    const { machines } = await lab.api.templates.get(template);
    expect(machines.toSorted((a, b) => a.version - b.version)).toEqual([{ ...ref('older'), version: 1 }, { ...ref('copied'), version: 2 }]); // prettier-ignore
    for (const name of ['older', 'copied', 'origin']) await lab.remove(name);
  });
  test('versions and whole templates go', async () => {
    expect((await problemOf(lab.api.templates.save({ ...template, title: 'Small', manifest: machine('${NAME}'), parameters, base: 0 }))).code).toBe('template-exists'); // prettier-ignore
    await lab.api.templates.remove({ ...template, version: 1 });
    expect((await lab.api.templates.list({})).map(({ name, versions }) => [name, versions])).toEqual([['small', 1]]);
    const listed = await lab.api.templates.list({});
    await lab.api.undo.back({ kind: 'template', ...(await lab.api.templates.remove(template)) });
    expect(await lab.api.templates.list({})).toEqual(listed);
    await lab.api.templates.remove(template);
    expect((await problemOf(lab.api.templates.get(template))).code).toBe('template-not-found');
  });

  test('own ones are kept, used, shown with who uses them, and go', async () => {
    await lab.api.templates.saveType({ yaml: type('mine') });
    await lab.api.templates.saveType({ yaml: 'apiVersion: instancetype.kubevirt.io/v1beta1\nkind: VirtualMachinePreference\nmetadata: {name: quiet, namespace: default}\nspec: {devices: {preferredDiskBus: virtio}}\n' }); // prettier-ignore
    const vm = machine('typed').replace('        memory: {guest: 64Mi}\n', '').replace('spec:\n', 'spec:\n  instancetype: {name: mine, kind: VirtualMachineInstancetype}\n  preference: {name: quiet, kind: VirtualMachinePreference}\n'); // prettier-ignore
    await lab.done((await lab.api.manifests.apply({ yaml: vm })).taskId);
    const rows = await lab.api.templates.types({});
    expect(rows.find(({ name }) => name === 'mine')).toMatchObject({ cpus: 1, memory: 64 * 2 ** 20, namespace: 'default', machines: [ref('typed')] }); // prettier-ignore
    expect(rows.find(({ name }) => name === 'quiet')).toMatchObject({ kind: 'VirtualMachinePreference', machines: [ref('typed')] }); // prettier-ignore
    expect(rows.some(({ kind, name }) => kind === 'VirtualMachineClusterInstancetype' && name === 'u1.small')).toBe(true);
    expect((await problemOf(lab.api.templates.saveType({ yaml: configMap('x') }))).code).toBe('type-refused');
    expect((await problemOf(lab.api.templates.saveType({ yaml: type('odd').replace('cpu:', 'cpus:') }))).detail).toMatch(/cpus/); // prettier-ignore
    await lab.remove('typed');
    const mine = { kind: 'VirtualMachineInstancetype', namespace: 'default', name: 'mine' } as const;
    const own = async () => (await lab.api.templates.types({})).find(({ name }) => name === 'mine')?.yaml;
    const before = await own();
    await lab.api.undo.back({ kind: 'type', ...(await lab.api.templates.removeType(mine)) });
    expect((await own())?.replace(/.*created-at.*\n/, '').replace(/ *annotations:( \{\})?\n/, '')).toBe(before?.replace(/ *annotations:( \{\})?\n/, ''));
    await lab.api.templates.removeType({ kind: 'VirtualMachineInstancetype', namespace: 'default', name: 'mine' });
    await lab.api.templates.removeType({ kind: 'VirtualMachinePreference', namespace: 'default', name: 'quiet' });
    expect((await lab.api.templates.types({})).some(({ name }) => name === 'mine' || name === 'quiet')).toBe(false);
  });
}, { meant: /unknown field "(.*nonsense|spec\.cpus)"/ }); // prettier-ignore

describeTargets(
  'templates, types and manifests in trouble',
  (lab) => {
    const apply = /^PATCH /;
    test('a webhook that is away for a moment is waited for; one that is late is named with its object, the rest is made', async () => {
      lab.cluster.troubles.next(/^PATCH .*\/virtualmachines\/late$/, trouble.webhookDown);
      await lab.done((await lab.api.manifests.apply({ yaml: machine('late') })).taskId);
      lab.cluster.troubles.next(/^PATCH .*\/virtualmachines\/later$/, trouble.webhookTimeout);
      const task = await lab.task((await lab.api.manifests.apply({ yaml: [machine('later'), configMap('beside')].join('---\n') })).taskId); // prettier-ignore
      expect([task.problem?.code, task.problem?.output?.[0]]).toEqual(['manifest-partly-applied', expect.stringMatching(/later.*context deadline exceeded/s)]); // prettier-ignore
      await lab.get('v1', 'configmaps', 'beside');
      // Applied again: what is there stays as it is.
      expect((await lab.done((await lab.api.manifests.apply({ yaml: [machine('later'), configMap('beside')].join('---\n') })).taskId)).steps.map(({ detail }) => detail)).toEqual(['as it was', 'made']); // prettier-ignore
    });
    test('a target that goes away in the middle ends the task with that; applied again, nothing is doubled', async () => {
      lab.cluster.troubles.next(apply, trouble.drop, 10);
      const task = await lab.task((await lab.api.manifests.apply({ yaml: [configMap('a'), configMap('b')].join('---\n') })).taskId); // prettier-ignore
      expect([task.state, task.problem?.code]).toEqual(['failed', 'target-unreachable']);
      lab.cluster.troubles.clear();
      lab.cluster.troubles.next(apply, trouble.loseAnswer);
      await lab.task((await lab.api.manifests.apply({ yaml: configMap('a') })).taskId);
      await lab.done((await lab.api.manifests.apply({ yaml: [configMap('a'), configMap('b')].join('---\n') })).taskId);
    });
    test('two who save the same version at once: the second is told, and the first one’s stays', async () => {
      const save = (title: string) => lab.api.templates.save({ ...ref('race'), title, manifest: machine('${NAME}'), parameters: [{ name: 'NAME' }], base: 0 }); // prettier-ignore
      const both = await Promise.allSettled([save('One'), save('Two')]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const kept = both[0].status === 'fulfilled' ? 'One' : 'Two';
      expect((await lab.api.templates.get(ref('race'))).versions.map(({ title }) => title)).toEqual([kept]);
    });
    test('a type that somebody changed, and a plain-text 500, come back in words', async () => {
      lab.cluster.troubles.next(/instancetypes/, trouble.plain500('upstream connect error or disconnect/reset before headers')); // prettier-ignore
      expect((await problemOf(lab.api.templates.types({}))).detail).toMatch(/upstream connect error/);
      await lab.api.templates.types({});
    });
  },
  { kinds: ['cluster'] },
);
