import { expect, test } from 'vitest';
import { pick, pickList } from '../../../main/backend/target/pick.ts';
import { blank, describeTargets, problemOf } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });

describeTargets('machines made at once', (lab) => {
  const several = (pattern: string) =>
    lab.api.machines.createSeveral({
      ...blank('x', { cloudInit: { type: 'form', hostname: 'x', password: 'correct horse' } }),
      pattern,
    });
  const vms = async (): Promise<string[]> => {
    const { items } = (await lab.kube.request('GET', '/apis/kubevirt.io/v1/namespaces/default/virtualmachines')) as unknown as { items: { metadata: { name: string } }[] }; // prettier-ignore
    return items.map(({ metadata }) => metadata.name).sort();
  };

  test('bad patterns and taken names are refused before anything is made', async () => {
    await lab.create(blank('web-2'));
    for (const [pattern, code] of [['web-{5..1}', 'bad-name-pattern'], ['web-{1..}', 'bad-name-pattern'], ['Web-{1..2}', 'bad-name-pattern'], ['web-{1..5}', 'names-taken']] as const) {
      const problem = await problemOf(several(pattern));
      expect([problem.code, Object.keys(problem.fields ?? {})]).toEqual([code, ['name']]);
    } // prettier-ignore
    expect((await problemOf(several('web-{1..5}'))).detail).toContain('web-2');
    expect(await vms()).toEqual(['web-2']);
  });

  test('of five one fails and is told alone; the others have names, disks and addresses of their own', async () => {
    await lab.remove('web-2');
    // Somebody's Secret has the name of the third one's cloud-init: it is not overwritten.
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web-3-cloud-init' }, data: {} };
    await lab.kube.request('POST', '/api/v1/namespaces/default/secrets', secret);
    const { taskId, names } = await several('web-{1..5}');
    expect(names).toEqual(['web-1', 'web-2', 'web-3', 'web-4', 'web-5']);
    const task = await lab.task(taskId);
    expect([task.state, task.problem?.code, task.problem?.title]).toEqual(['failed', 'some-not-made', '1 of 5 machines could not be made']); // prettier-ignore
    expect(task.steps.map(({ title, state }) => [title, state])).toEqual([
      ['web-1', 'done'], ['web-2', 'done'], ['web-3', 'failed'], ['web-4', 'done'], ['web-5', 'done'],
    ]); // prettier-ignore
    expect(task.steps[2]?.detail).toContain('web-3-cloud-init');
    expect(task.problem?.detail).toMatch(/^web-3: [^\n]*$/);
    expect(await vms()).toEqual(['web-1', 'web-2', 'web-4', 'web-5']);

    const disks = new Set<unknown>();
    for (const name of ['web-1', 'web-2', 'web-4', 'web-5']) {
      const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', name);
      disks.add(pickList(vm, 'spec', 'template', 'spec', 'volumes')[0]?.['dataVolume']);
      // Nobody gave it an address: the target gives each its own.
      expect(
        pickList(vm, 'spec', 'template', 'spec', 'domain', 'devices', 'interfaces')[0]?.['macAddress'],
      ).toBeUndefined();
      expect(pick(vm, 'metadata', 'name')).toBe(name);
      await lab.api.machines.act({ ...ref(name), action: 'start' });
    }
    expect(disks.size).toBe(4);
    // The scripted cluster, which has no network, shows one address for all.
    const macs = new Set<string>();
    for (const name of ['web-1', 'web-2', 'web-4', 'web-5']) {
      const { interfaces } = await lab.machine(name, (detail) => detail.interfaces[0]?.mac !== undefined);
      macs.add(interfaces[0]?.mac ?? '');
    }
    expect(macs.size).toBe(lab.kind === 'engine' ? 4 : 1);
    for (const name of await vms()) {
      await lab.api.machines.act({ ...ref(name), action: 'forceStop' });
      await lab.machine(name, ({ row }) => row.status === 'Stopped');
      await lab.remove(name);
    }
  });
});
