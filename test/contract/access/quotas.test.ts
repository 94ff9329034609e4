import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pick } from '../../../main/backend/target/pick.ts';
import type { Api } from '../../../main/contract/contract.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Limits } from '../../../main/contract/quotas.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { Task } from '../../../main/contract/task.ts';
import { temporaryDataDir, until } from '../../support/hearth.ts';
import { cookiesOf, startLanHearth } from '../../support/lan/lan.ts';
import type { LanHearth } from '../../support/lan/lan.ts';

// People of other computers on a whole Hearth with its engine: each way in which machines and disks come to be or grow is tried.
const data = temporaryDataDir();
const words = { ada: 'four wet shoes sing', olga: 'eleven grey larches', otto: 'nine slow barges' };
const mebi = 2 ** 20;
const gibi = 2 ** 30;
let lan: LanHearth;
const pages: { close(): void }[] = [];
const apis: Record<string, Api> = {};
const ids: Record<string, string> = {};
const api = (name: string): Api => apis[name] as Api;

beforeAll(async () => {
  lan = await startLanHearth(data.path, ['--stop-vms'], true);
  const made = await lan.post('/setup', { code: lan.code, name: 'ada', password: words.ada, again: words.ada });
  const enter = async (name: string, cookie: string): Promise<void> => {
    const page = await lan.page(cookie);
    pages.push(page);
    apis[name] = page.api;
  };
  await enter('ada', cookiesOf(made));
  for (const name of ['olga', 'otto'] as const) {
    ids[name] = (await api('ada').access.add({ name, role: 'operator', password: words[name] })).id;
    await enter(name, await lan.signIn(name, words[name]));
  }
}, 120_000);
afterAll(async () => {
  for (const page of pages) page.close();
  await lan?.hearth.stop();
  data.remove();
}, 60_000);

const limit = (name: string, limits: Limits): Promise<void> => api('ada').access.setQuota({ type: 'person', id: ids[name] ?? '', limits }); // prettier-ignore
const machine = (name: string, more: { memory?: number; cores?: number; disk?: number } = {}) => ({
  name,
  source: { type: 'blank' as const },
  size: { type: 'free' as const, sockets: 1, cores: more.cores ?? 1, threads: 1, memory: more.memory ?? 64 * mebi },
  rootDisk: { size: more.disk ?? gibi, bus: 'virtio' as const },
  start: false,
});
const ref = (name: string) => ({ namespace: 'default', name });
const text = (name: string, memory = '64Mi'): string => `apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: ${name}
  namespace: default
  labels: {hearth.dev/owner: somebody-else}
spec:
  runStrategy: Halted
  template:
    spec:
      domain: {memory: {guest: ${memory}}, devices: {disks: []}}
      volumes: []
`;
/** `ok`, or why not. A call that begins a task is waited for. */
async function outcome(who: string, work: Promise<unknown>): Promise<Problem | 'ok'> {
  try {
    const taskId = pick(await work, 'taskId');
    if (typeof taskId !== 'string') return 'ok';
    const rows = await until(api(who).tasks.watch({}), rowKeys.task, (all) => {
      const task = all.get(taskId);
      return task !== undefined && task.state !== 'running';
    });
    return (rows.get(taskId) as Task).problem ?? 'ok';
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
}
async function refused(who: string, work: Promise<unknown>): Promise<string> {
  const found = await outcome(who, work);
  if (found === 'ok') return 'ok';
  return found.code === 'over-quota' ? found.detail : `${found.code}: ${found.title}. ${found.detail}`;
}
const usedBy = async (name: string) => (await api('ada').access.getQuotas({})).people.find(({ id }) => id === ids[name])?.used; // prettier-ignore
const names = async (): Promise<string[]> => {
  const rows = await until(api('ada').machines.watch({}), rowKeys.machine, () => true);
  return [...rows.values()].map(({ name }) => name).sort();
};

describe('quotas', () => {
  test('only an admin sets them; the history tells', async () => {
    const set = { type: 'role' as const, role: 'operator' as const, limits: { machines: 9 } };
    expect(await outcome('olga', api('olga').access.setQuota(set))).toMatchObject({ code: 'role-refused' });
    expect(await outcome('olga', api('olga').access.getQuotas({}))).toMatchObject({ code: 'role-refused' });
    expect(await api('olga').access.getOwnQuota({})).toEqual({});
    await api('ada').access.setQuota(set);
    expect((await api('olga').access.getOwnQuota({})).quota).toEqual({ limits: { machines: 9 }, used: { machines: 0, cpus: 0, memory: 0, disk: 0 } }); // prettier-ignore
    expect((await api('ada').access.getOwnQuota({})).quota).toBeUndefined();
    const entries = await until(api('ada').audit.watch({}), rowKeys.audit, (rows) => [...rows.values()].some(({ procedure }) => procedure === 'access.setQuota')); // prettier-ignore
    expect([...entries.values()].filter(({ procedure }) => procedure === 'access.setQuota').map(({ what, result }) => [what, result])).toContainEqual(['Set the quota of the role operator: machines 9', 'ok']); // prettier-ignore
    await api('ada').access.setQuota({ type: 'role', role: 'operator', limits: {} });
  });

  test('what is made is its maker’s, whatever its text says; an admin’s is nobody’s', async () => {
    await limit('olga', { machines: 2, cpus: 3, memory: 256 * mebi, disk: 3 * gibi });
    expect(await refused('olga', api('olga').machines.create(machine('one')))).toBe('ok');
    expect(await usedBy('olga')).toEqual({ machines: 1, cpus: 1, memory: 64 * mebi, disk: gibi });
    expect(await refused('ada', api('ada').machines.create(machine('boss', { disk: 2 * gibi })))).toBe('ok');
    expect(await refused('olga', api('olga').manifests.apply({ yaml: text('written') }))).toBe('ok');
    expect(await usedBy('olga')).toEqual({ machines: 2, cpus: 2, memory: 128 * mebi, disk: gibi });
  });

  test('each way to one more machine is refused, with what is used and what was asked; nothing is left of it', async () => {
    const olga = api('olga');
    const one = '2 machines is the limit; 2 machines used, 1 machine asked for in addition.';
    const before = await names();
    expect(await refused('olga', olga.machines.create(machine('two')))).toBe(one);
    expect((await olga.machines.preview(machine('two'))).problem).toMatchObject({ code: 'over-quota', detail: one });
    expect(await refused('olga', olga.machines.createSeveral({ ...machine('n-1'), pattern: 'n-{1..2}' }))).toContain('2 machines asked for in addition'); // prettier-ignore
    expect(await refused('olga', olga.manifests.apply({ yaml: text('two') }))).toBe(one);
    expect(await refused('olga', olga.clones.start({ ...ref('one'), newName: 'two' }))).toContain(one);
    const taken = await outcome('ada', api('ada').snapshots.take({ ...ref('one'), snapshot: 'first' }));
    expect(taken).toBe('ok');
    expect(await refused('olga', olga.snapshots.restore({ ...ref('one'), snapshot: 'first', newName: 'two' }))).toContain(one);
    await api('ada').templates.save({ ...ref('plain'), title: 'Plain', manifest: text('${NAME}'), parameters: [{ name: 'NAME' }], base: 0 });
    expect(await refused('olga', olga.templates.create({ ...ref('plain'), version: 1, values: { NAME: 'two' } }))).toBe(one);
    expect(await names()).toEqual(before);
    expect(await usedBy('olga')).toMatchObject({ machines: 2 });
  }, 120_000); // prettier-ignore

  test('so is each way to a larger one, and to more disk', async () => {
    const olga = api('olga');
    const cpus = '3 vCPUs is the limit; 2 vCPUs used, 3 vCPUs asked for in addition.';
    expect(await refused('olga', olga.hardware.resize({ ...ref('one'), sockets: 4 }))).toBe(cpus);
    expect(await refused('olga', olga.hardware.resize({ ...ref('one'), memory: 512 * mebi }))).toContain('0.25 GiB of memory is the limit'); // prettier-ignore
    expect(await refused('olga', olga.machines.applyYaml({ ...ref('written'), yaml: text('written', '1Gi') }))).toContain('of memory is the limit'); // prettier-ignore
    expect(await refused('olga', olga.manifests.apply({ yaml: text('written', '1Gi') }))).toContain('of memory is the limit'); // prettier-ignore
    const { form, version } = await olga.form.read(ref('written'));
    expect(await refused('olga', olga.form.apply({ ...ref('written'), version, form: { ...form, size: { type: 'free', memory: gibi } } }))).toContain('of memory is the limit'); // prettier-ignore
    expect(await refused('olga', olga.hardware.attach({ ...ref('one'), disk: 'more', source: { type: 'blank', size: 3 * gibi } }))).toContain('3 GiB of disks is the limit; 1 GiB of disks used, 3 GiB of disks asked for'); // prettier-ignore
    expect(await refused('olga', olga.hardware.grow({ ...ref('one'), claim: 'one-root', size: 4 * gibi }))).toContain('3 GiB of disks is the limit'); // prettier-ignore
    expect(await usedBy('olga')).toEqual({ machines: 2, cpus: 2, memory: 128 * mebi, disk: gibi });
    // What fits is done, and the mark stays through all of it.
    expect(await refused('olga', olga.hardware.resize({ ...ref('one'), sockets: 2 }))).toBe('ok');
    expect(await refused('olga', olga.hardware.grow({ ...ref('one'), claim: 'one-root', size: 2 * gibi }))).toBe('ok');
    expect(await refused('olga', olga.machines.applyYaml({ ...ref('written'), yaml: text('written', '128Mi') }))).toBe('ok'); // prettier-ignore
    expect(await usedBy('olga')).toEqual({ machines: 2, cpus: 3, memory: 192 * mebi, disk: 2 * gibi });
  });

  test('a disk in the bin counts, and a machine comes back out of it only where there is room', async () => {
    const olga = api('olga');
    expect(await refused('olga', olga.machines.act({ ...ref('one'), action: 'delete', deleteDisks: true }))).toBe('ok');
    await expect.poll(() => usedBy('olga'), { timeout: 20_000 }).toEqual({ machines: 1, cpus: 1, memory: 128 * mebi, disk: 2 * gibi }); // prettier-ignore
    await limit('olga', { machines: 1 });
    const view = await firstOf(olga.bin.watch({}), ({ entries }) => entries.length > 0);
    const id = view.entries.find(({ name }) => name === 'one')?.id ?? '';
    expect(await refused('olga', olga.bin.restore({ id, namespace: 'default' }))).toContain('1 machine is the limit');
    // An admin brings it back: it is hers again, past her limit.
    expect(await refused('ada', api('ada').bin.restore({ id, namespace: 'default' }))).toBe('ok');
    expect(await usedBy('olga')).toMatchObject({ machines: 2, cpus: 3 });
    // What is there already is left alone: only more of it is refused.
    expect(await refused('olga', olga.machines.act({ ...ref('one'), action: 'start' }))).toBe('ok');
    await olga.machines.act({ ...ref('one'), action: 'forceStop' });
  }, 60_000);

  test('of two at the same moment that would both have the last of it one is made', async () => {
    await limit('otto', { machines: 1 });
    const otto = api('otto');
    const both = await Promise.all(['left', 'right'].map((name) => refused('otto', otto.machines.create(machine(name)))));
    expect(both.filter((each) => each === 'ok').length).toBe(1);
    expect(both.filter((each) => each.includes('1 machine is the limit')).length).toBe(1);
    expect(await usedBy('otto')).toMatchObject({ machines: 1 });
  }); // prettier-ignore

  test('a clone is its maker’s, with its disks, not the one’s whose machine it is of', async () => {
    await limit('otto', { machines: 2, disk: 4 * gibi });
    expect(await refused('otto', api('otto').clones.start({ ...ref('written'), newName: 'copy' }))).toBe('ok');
    expect(await usedBy('otto')).toMatchObject({ machines: 2 });
    expect(await usedBy('olga')).toMatchObject({ machines: 2 });
    expect(await refused('ada', api('ada').clones.start({ ...ref('written'), newName: 'nobodys' }))).toBe('ok');
    expect(await usedBy('olga')).toMatchObject({ machines: 2 });
  }, 60_000);
});

describe('an instance type', () => {
  const yaml = (name: string, cpus: number, note = 'a', kind = 'VirtualMachineInstancetype'): string =>
    `apiVersion: instancetype.kubevirt.io/v1beta1\nkind: ${kind}\nmetadata:\n  name: ${name}\n  annotations: {description: ${note}}\n${kind.includes('Cluster') ? '' : '  namespace: default\n'}spec: {cpu: {guest: ${cpus}}, memory: {guest: 64Mi}}\n`;
  const typed = (name: string, kind: string, type: string): string =>
    `apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: ${name}, namespace: default}\nspec: {runStrategy: Halted, instancetype: {kind: ${kind}, name: ${type}}, template: {spec: {domain: {devices: {disks: []}}, volumes: []}}}\n`;

  test.each(['VirtualMachineInstancetype', 'VirtualMachineClusterInstancetype'] as const)('%s: keeps its size while machines of somebody with limits name it', async (kind) => {
    const [otto, olga] = [api('otto'), api('olga')];
    const [type, other, name] = [`t-${kind.length}`, `o-${kind.length}`, `m-${kind.length}`];
    const save = (who: string, cpus: number, note?: string, of = type) => refused(who, api(who).templates.saveType({ yaml: yaml(of, cpus, note, kind) }));
    await limit('otto', {});
    await limit('olga', {});
    const { cpus } = await usedBy('otto') ?? { cpus: NaN };
    expect(await save('otto', 2)).toBe('ok');
    expect(await refused('otto', otto.manifests.apply({ yaml: typed(name, kind, type) }))).toBe('ok');
    expect(await usedBy('otto')).toMatchObject({ cpus: cpus + 2 });
    // While nobody has limits it is as it was.
    expect(await save('olga', 3)).toBe('ok');
    await limit('otto', { cpus: cpus + 3 });
    const no = `type-in-use: Only an admin gives this instance type another size. default/${name} has its size from ${type}, and whoever it is of has limits.`;
    expect(await save('otto', 64)).toBe(no);
    expect(await save('olga', 64)).toBe(no);
    // A cluster gives what it had when the machine was made: less of it frees nothing.
    expect(await save('otto', 1)).toBe(no);
    expect(await refused('otto', otto.templates.removeType({ kind, name: type, ...(!kind.includes('Cluster') && { namespace: 'default' }) }))).toBe(no);
    if (!kind.includes('Cluster')) expect(await refused('olga', olga.manifests.apply({ yaml: yaml(type, 64, 'a', kind) }))).toContain('refused every object');
    expect(await save('otto', 3, 'b')).toBe('ok');
    expect(await save('otto', 64, 'a', other)).toBe('ok');
    expect(await refused('otto', otto.manifests.apply({ yaml: typed(`${name}-2`, kind, other) }))).toContain('vCPUs is the limit');
    expect(await usedBy('otto')).toMatchObject({ cpus: cpus + 3 });
    expect(await save('ada', 64)).toBe('ok');
    expect(await usedBy('otto')).toMatchObject({ cpus: cpus + 64 });
  });
}); // prettier-ignore

async function firstOf<T>(stream: AsyncIterable<T>, fits: (item: T) => boolean): Promise<T> {
  for await (const item of stream) if (fits(item)) return item;
  throw new Error('it ended');
}
