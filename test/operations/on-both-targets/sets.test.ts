import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { SetResult } from '../../../main/contract/sets.ts';
import { blank, describeTargets, until } from '../../support/operations/lab.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-sets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted((one, other) => one.localeCompare(other))
      .map((path) => [path.slice(dir.length + 1), readFileSync(path, 'utf8')]),
  );
const machine = (name: string) => ({
  apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name, namespace: 'default' },
  spec: { runStrategy: 'Halted', template: { spec: { domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] } }, volumes: [{ name: 'root', emptyDisk: { capacity: '1Gi' } }] } } },
}); // prettier-ignore
const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { a: '1' } }); // prettier-ignore

describeTargets('sets', (lab) => {
  const applied = async (from: string, more = {}): Promise<SetResult> => {
    await lab.task((await lab.api.sets.apply({ dir: from, ...more })).taskId);
    const { last } = await until(lab.api.sets.watch({}), ({ busy }) => !busy);
    if (!last) throw new Error('nothing was kept of it');
    return last;
  };
  test('exported it has no secret and the same bytes twice; applied where it came from it changes nothing', async () => {
    const out = mkdtempSync(join(folder, 'out-'));
    await lab.create(blank('web', { cloudInit: { type: 'form', user: 'ada', password: 'sehr-geheim' } }));
    await lab.api.networks.create({ namespace: 'default', name: 'green', subnet: '10.42.0.0/24' });
    await lab.api.sets.export({ dir: out });
    const files = filesOf(out);
    expect(Object.keys(files)).toEqual(expect.arrayContaining(['virtualmachines/default/web.yaml', 'network-attachment-definitions/default/green.yaml'])); // prettier-ignore
    expect(Object.values(files).join('\n')).not.toMatch(/sehr-geheim|resourceVersion|managedFields|^status:/m);
    expect(await lab.api.sets.export({ dir: out })).toMatchObject({ written: [], removed: [], foreign: [] });
    expect(filesOf(out)).toEqual(files);
    const result = await applied(out);
    expect(result).toMatchObject({ ok: true, created: 0, changed: 0 });
    expect(result.unchanged).toBe(Object.keys(files).length - 1);
  });
  test('what a folder has comes to be; what it has no more goes when that is asked for, and the second time nothing does', async () => {
    const own = mkdtempSync(join(folder, 'own-'));
    mkdirSync(join(own, 'a'));
    writeFileSync(join(own, 'a', 'vm.yaml'), stringify(machine('kept-in-step')));
    writeFileSync(join(own, 'map.yaml'), stringify(map('of-the-set')));
    const name = 'home';
    expect(await applied(own, { name })).toMatchObject({ ok: true, created: 2 });
    await lab.machine('kept-in-step', ({ row }) => row.status === 'Stopped');
    rmSync(join(own, 'a'), { recursive: true });
    expect(await applied(own, { name })).toMatchObject({ removed: 0, unchanged: 1, told: [{ name: 'kept-in-step', word: 'keep' }] }); // prettier-ignore
    expect(await applied(own, { name, prune: true })).toMatchObject({ ok: true, removed: 1 });
    expect(await applied(own, { name, prune: true })).toMatchObject({ ok: true, removed: 0, unchanged: 1, told: [] });
    await until(lab.api.bin.watch({}), (bin) => JSON.stringify(bin).includes('kept-in-step'));
  });
}); // prettier-ignore

describeTargets(
  'sets where the target is troubled',
  (lab) => {
    test('a target that goes away in the middle ends it with that; applied again it goes on', async () => {
      const own = mkdtempSync(join(folder, 'trouble-'));
      for (let at = 0; at < 5; at += 1) writeFileSync(join(own, `${at}.yaml`), stringify(map(`many-${at}`)));
      const apply = /^PATCH .*configmaps\/many-2/;
      lab.cluster.troubles.next(apply, trouble.drop, 20);
      const task = await lab.task((await lab.api.sets.apply({ dir: own, name: 'many' })).taskId);
      expect([task.state, task.problem?.code]).toEqual(['failed', 'target-unreachable']);
      const { last } = await until(lab.api.sets.watch({}), ({ busy }) => !busy);
      expect(last).toMatchObject({ ok: false, problem: { title: 'The target does not answer' } });
      lab.cluster.troubles.clear();
      await lab.done((await lab.api.sets.apply({ dir: own, name: 'many' })).taskId);
      await lab.get('v1', 'configmaps', 'many-4');
    });
  },
  { kinds: ['cluster'] },
);
