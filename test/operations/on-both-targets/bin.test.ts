import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweepBin } from '../../../main/backend/bin/sweep.ts';
import { binMachine, timesFrom } from '../../../main/backend/bin/keep.ts';
import { binNetwork } from '../../../main/backend/bin/network.ts';
import { purge } from '../../../main/backend/bin/purge.ts';
import { restore } from '../../../main/backend/bin/restore.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import type { KubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds, subresourcePath } from '../../../main/backend/target/kinds.ts';
import { KubeError } from '../../../main/backend/target/kube-error.ts';
import { pickList } from '../../../main/backend/target/pick.ts';
import type { BinView } from '../../../main/contract/bin.ts';
import type { MachineDetail } from '../../../main/contract/machine.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import { pino } from 'pino';

const ref = (name: string) => ({ namespace: 'default', name });
const login = { type: 'form', hostname: 'kept', user: 'ada', password: 'correct horse' } as const;

describeTargets('the bin', (lab) => {
  let client: KubeClient;
  beforeAll(async () => {
    client = createKubeClient(await readCredentials(lab.kind === 'cluster' ? lab.cluster.kubeconfig : lab.backend.kubeconfig)); // prettier-ignore
  });
  afterAll(() => client?.close());
  const bin = (shows: (view: BinView) => boolean): Promise<BinView> => until(lab.api.bin.watch({}), shows);
  const entryOf = async (name: string) => {
    const view = await bin(({ entries }) => entries.some((each) => each.name === name && each.state === 'kept'));
    return view.entries.find((each) => each.name === name)!;
  };
  const drop = (name: string) => lab.api.machines.act({ ...ref(name), action: 'delete' });
  const gone = (name: string) =>
    expect.poll(() => lab.get('kubevirt.io/v1', 'virtualmachines', name).catch((error: unknown) => String(error)), { timeout: 10_000 }).toContain('404'); // prettier-ignore
  const made = async (name: string, more: Parameters<typeof blank>[1] = {}): Promise<MachineDetail> => {
    await lab.create(blank(name, more));
    await expect.poll(() => client.get(kinds.persistentVolumeClaims, 'default', `${name}-root`).then(() => true, String)).toBe(true); // prettier-ignore
    return lab.machine(name, ({ row }) => row.status === 'Stopped');
  };
  const disk = (name: string) => client.get(kinds.persistentVolumeClaims, 'default', name);
  const remain = async (name: string) => ({
    volume: (await client.get(kinds.dataVolumes, 'default', `${name}-root`)).metadata.uid,
    claim: (await disk(`${name}-root`)).metadata.uid,
  });

  test('a network goes into the bin, and comes back as it was or beside a new one of its name', async () => {
    const network = (name: string) => lab.get('k8s.cni.cncf.io/v1', 'network-attachment-definitions', name);
    await lab.api.networks.create({ name: 'lab', subnet: '10.77.0.0/24', description: 'of the first course' });
    const before = await network('lab');
    const { id } = await lab.api.networks.remove(ref('lab'));
    const { entries } = await bin((view) => view.entries.some((each) => each.id === id && each.state === 'kept'));
    const entry = entries.find((each) => each.id === id)!;
    expect(entry).toMatchObject({ kind: 'network', name: 'lab', namespace: 'default', disks: [], held: 0 });
    expect(entry.by).toMatch(/./);
    expect(Date.parse(entry.until) - Date.parse(entry.deletedAt)).toBe(7 * 86_400_000);
    expect(await lab.api.bin.restore({ id, namespace: 'default' })).toEqual(ref('lab'));
    expect((await network('lab')).spec).toEqual(before.spec);
    expect((await network('lab')).metadata.annotations).toMatchObject({ description: 'of the first course' });
    expect((await problemOf(lab.api.bin.restore({ id, namespace: 'default' }))).code).toBe('not-in-bin');

    const second = await lab.api.networks.remove(ref('lab'));
    await lab.api.networks.create({ name: 'lab' });
    const at = { id: second.id, namespace: 'default' };
    expect(await problemOf(lab.api.bin.restore(at))).toMatchObject({ code: 'already-exists', fields: { newName: 'taken' } }); // prettier-ignore
    expect(await lab.api.bin.restore({ ...at, newName: 'lab-2' })).toEqual(ref('lab-2'));
    const bridge = (object: { spec?: Record<string, unknown> }): unknown => (JSON.parse(String(object.spec?.['config'])) as { bridge: unknown }).bridge; // prettier-ignore
    expect(bridge(await network('lab-2'))).not.toBe(bridge(await network('lab')));

    // A removal that broke off after it was kept: finished later, unless a machine was put on it meanwhile.
    const half = await network('lab-2');
    const kept = { client: { ...client, delete: () => Promise.reject(new KubeError(0, 'Unreachable', { code: 'cut', title: 'cut', detail: '' })) } }; // prettier-ignore
    await expect(binNetwork(kept, ref('lab-2'))).rejects.toThrow('cut');
    await made('joined');
    await lab.api.networks.attach({ ...ref('joined'), network: 'default/lab-2' });
    await sweepBin({ client }, new Date(), pino({ level: 'silent' }));
    expect((await network('lab-2')).metadata.uid).toBe(half.metadata.uid);
    expect((await client.list(kinds.secrets, 'default', 'hearth.dev/bin')).length).toBe(0);
    await lab.remove('joined');
    await gone('joined');
    await expect(binNetwork(kept, ref('lab-2'))).rejects.toThrow('cut');
    await sweepBin({ client }, new Date(), pino({ level: 'silent' }));
    await expect(network('lab-2')).rejects.toThrow('404');
    const late = (await bin((view) => view.entries.some((each) => each.id === half.metadata.uid))).entries;
    expect(late.find((each) => each.id === half.metadata.uid)).toMatchObject({ kind: 'network', name: 'lab-2', state: 'kept' }); // prettier-ignore
    await lab.api.bin.restore({ id: half.metadata.uid ?? '', namespace: 'default' });

    // For good.
    const third = await lab.api.networks.remove(ref('lab-2'));
    await lab.api.bin.purge({ id: third.id, namespace: 'default' });
    expect((await bin((view) => view.entries.every((each) => each.id !== third.id))).entries.filter(({ kind }) => kind === 'network')).toEqual([]); // prettier-ignore
    await lab.api.bin.purge({ id: (await lab.api.networks.remove(ref('lab'))).id, namespace: 'default' });
  });

  test('a deleted machine is out of the list, its disk is held and its name free; it comes back with all that was its own', async () => {
    await made('keep', { cloudInit: login, network: { podNetwork: true, model: 'virtio', forwards: [{ guestPort: 22, protocol: 'TCP' }] } }); // prettier-ignore
    const before = await remain('keep');
    await drop('keep');
    await gone('keep');
    const entry = await entryOf('keep');
    expect(entry).toMatchObject({ kind: 'machine', disks: [{ name: 'keep-root', size: 64 * 2 ** 20 }] });
    expect(entry.held).toBeGreaterThan(0);
    expect(Date.parse(entry.until) - Date.parse(entry.deletedAt)).toBe(7 * 86_400_000);
    expect((await disk('keep-root')).metadata.labels).toMatchObject({ 'hearth.dev/bin': entry.id });
    // Nothing of it stays readable as a Secret or reachable as a port but the bin's own entry.
    await expect.poll(async () => (await client.list(kinds.secrets, 'default')).map(({ metadata }) => metadata.name)).toEqual([`hearth-bin-${entry.id}`]); // prettier-ignore

    await made('keep', { cloudInit: login });
    const other = await lab.get('kubevirt.io/v1', 'virtualmachines', 'keep');
    expect(JSON.stringify(other.spec)).toContain('keep-root-2');
    expect((await problemOf(lab.api.bin.restore({ id: entry.id, namespace: 'default' }))).code).toBe('already-exists');

    const back = await lab.api.bin.restore({ id: entry.id, namespace: 'default', newName: 'kept' });
    expect(back).toEqual(ref('kept'));
    const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', 'kept');
    const [owner] = (await client.get(kinds.dataVolumes, 'default', 'keep-root')).metadata.ownerReferences ?? [];
    expect([owner?.kind, owner?.uid]).toEqual(['VirtualMachine', vm.metadata.uid]);
    expect(await remain('keep')).toEqual(before);
    expect((await disk('keep-root')).metadata.labels?.['hearth.dev/bin']).toBeUndefined();
    const secret = await client.get(kinds.secrets, 'default', 'kept-cloud-init');
    expect(JSON.stringify(vm.spec)).toContain('kept-cloud-init');
    expect(secret.metadata.ownerReferences?.[0]?.uid).toBe(vm.metadata.uid);
    const services = await client.list(kinds.services, 'default', 'hearth.dev/machine=kept');
    expect(services.map(({ spec }) => spec?.['selector'])).toEqual([{ 'hearth.dev/machine': 'kept' }]);
    await lab.machine('kept', ({ row }) => row.status === 'Stopped');
    expect((await bin(() => true)).entries).toEqual([]);
    for (const name of ['keep', 'kept']) await lab.remove(name);
  });

  test('whatever breaks off on the way in or out loses nothing and is finished by doing it again', async () => {
    for (let broken = 1, whole = false; !whole; broken += 1) {
      const name = `crash-${broken}`;
      await made(name, { cloudInit: login });
      const before = await remain(name);
      whole = await cut(client, broken, (half) => binMachine({ client: half }, ref(name)));
      await sweepBin({ client }, new Date(), pino({ level: 'silent' }));
      // Killed before anything was kept: nothing happened at all, and nothing may happen by itself.
      const secrets = await client.list(kinds.secrets, 'default', 'hearth.dev/bin');
      if (broken === 1) expect([secrets, (await remain(name)).claim]).toEqual([[], before.claim]);
      if (broken === 1) await drop(name);
      await gone(name);
      const { id, disks } = await entryOf(name);
      expect([name, disks.map((each) => each.gone)]).toEqual([name, [undefined]]);
      for (let n = 1, back = false; !back; n += 2) back = await cut(client, n, (half) => restore({ client: half }, { id, namespace: 'default', start: false })); // prettier-ignore
      const vm = await lab.machine(name, ({ row }) => row.status === 'Stopped');
      expect([name, await remain(name)]).toEqual([name, before]);
      expect((await client.get(kinds.dataVolumes, 'default', `${name}-root`)).metadata.ownerReferences?.[0]?.uid).toBe(vm.row.uid); // prettier-ignore
      expect(pickList(vm.vm, 'spec', 'dataVolumeTemplates').length).toBe(1);
      expect((await client.list(kinds.secrets, 'default')).map(({ metadata }) => metadata.name)).toEqual([`${name}-cloud-init`]); // prettier-ignore
      await lab.remove(name);
      await gone(name);
    }
  });

  test('a step that is refused is taken back: the machine is as it was', async () => {
    const { row } = await made('stays');
    const refusing = { ...client, delete: async () => { throw Object.assign(new Error('refused'), { code: 403 }); } }; // prettier-ignore
    await expect(binMachine({ client: { ...refusing, delete: async (kind, at, options) => (kind === kinds.virtualMachines ? refusing.delete() : client.delete(kind, at, options)) } }, ref('stays'))).rejects.toThrow('refused'); // prettier-ignore
    const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', 'stays');
    expect([vm.metadata.uid, vm.metadata.annotations?.['hearth.dev/bin']]).toEqual([row.uid, undefined]);
    expect(pickList(vm, 'spec', 'dataVolumeTemplates').length).toBe(1);
    expect((await client.get(kinds.dataVolumes, 'default', 'stays-root')).metadata.ownerReferences?.[0]?.uid).toBe(row.uid); // prettier-ignore
    expect(await client.list(kinds.secrets, 'default')).toEqual([]);
    await lab.remove('stays');
  });

  test('one that is started in the last moment is not deleted where it was to be as it was', async () => {
    const { row } = await made('woken');
    const halted = await client.patch(kinds.virtualMachines, ref('woken'), { spec: { runStrategy: 'Halted' } });
    const { generation } = halted.metadata;
    const start = () => client.json('PUT', subresourcePath(kinds.virtualMachines, ref('woken'), 'start'), { body: {} });
    const late: typeof client = { ...client, delete: async (kind, at, options) => { if (kind === kinds.virtualMachines) await start(); return client.delete(kind, at, options); } }; // prettier-ignore
    expect(await binMachine({ client: late }, ref('woken'), undefined, { generation })).toBe(false);
    const vm = await lab.machine('woken', ({ row: now }) => now.status === 'Running');
    expect([vm.row.uid, vm.vm.metadata.annotations?.['hearth.dev/bin'], pickList(vm.vm, 'spec', 'dataVolumeTemplates').length]).toEqual([row.uid, undefined, 1]); // prettier-ignore
    expect((await client.get(kinds.dataVolumes, 'default', 'woken-root')).metadata.ownerReferences?.[0]?.uid).toBe(row.uid); // prettier-ignore
    // And what was changed before is not begun with.
    expect(await binMachine({ client }, ref('woken'), undefined, { generation })).toBe(false);
    expect((await client.list(kinds.secrets, 'default', 'hearth.dev/bin')).length).toBe(0);
    await lab.remove('woken');
    await gone('woken');
  });

  test('a machine whose template names a disk in the bin is refused: KubeVirt would take the old one', async () => {
    const before = await made('mine');
    const own = await remain('mine');
    await drop('mine');
    await gone('mine');
    const { id } = await entryOf('mine');
    const { status: _status, metadata: _metadata, ...vm } = before.vm;
    const yaml = JSON.stringify({ ...vm, metadata: { name: 'thief', namespace: 'default' } });
    const report = await lab.api.manifests.check({ yaml, namespace: 'default' });
    expect([report.ready, report.findings.map(({ message }) => message).join()]).toEqual([false, expect.stringContaining('mine-root')]); // prettier-ignore
    const { taskId } = await lab.api.manifests.apply({ yaml, namespace: 'default' });
    const { state, problem } = await lab.task(taskId);
    expect([state, problem?.code, problem?.output?.join()]).toEqual(['failed', 'manifest-refused', expect.stringContaining('mine-root')]); // prettier-ignore
    await lab.api.bin.restore({ id, namespace: 'default' });
    expect(await remain('mine')).toEqual(own);
    await lab.remove('mine');
    await gone('mine');
  });

  test('what is due is purged, what is not stays, and a disk that a machine has by now is left alone', async () => {
    await made('old');
    await made('young');
    await binMachine({ client }, ref('old'), timesFrom(new Date(Date.now() - 8 * 86_400_000)));
    await drop('young');
    await gone('old');
    await gone('young');
    const young = await entryOf('young');
    await sweepBin({ client }, new Date(), pino({ level: 'silent' }));
    await expect.poll(() => disk('old-root').catch((error: unknown) => String(error))).toMatch(/not found|there/i);
    expect((await bin(({ entries }) => entries.length === 1)).entries[0]?.id).toBe(young.id);
    await client.create(kinds.virtualMachines, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: ref('borrower'),
      spec: { runStrategy: 'Halted', template: { spec: { domain: { devices: { disks: [{ name: 'd', disk: { bus: 'virtio' } }] }, memory: { guest: '64Mi' } }, volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'young-root' } }] } } },
    }); // prettier-ignore
    const { failed } = await lab.api.bin.empty({});
    expect(failed.map(({ problem }) => problem.code)).toEqual(['disk-in-use']);
    await client.delete(kinds.virtualMachines, ref('borrower'));
    await gone('borrower');
    await purge({ client }, young.id, 'default');
    expect((await bin(({ entries }) => entries.length === 0)).held).toBe(0);
  });
});

/** Runs work whose client breaks at its nth write; true when it came to its end before. */
async function cut(client: KubeClient, nth: number, work: (half: KubeClient) => Promise<unknown>): Promise<boolean> {
  let writes = 0;
  const dead = new Error('killed');
  let broken = false;
  const guard =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>, counts: boolean) =>
    async (...args: A): Promise<R> => {
      if (counts) writes += 1;
      // From there on nothing works, as for a process that is gone.
      if (broken || (counts && writes >= nth)) {
        broken = true;
        throw dead;
      }
      return call(...args);
    };
  const half: KubeClient = { ...client, get: guard((...args: Parameters<KubeClient['get']>) => client.get(...args), false), list: guard((...args: Parameters<KubeClient['list']>) => client.list(...args), false), create: guard((...args: Parameters<KubeClient['create']>) => client.create(...args), true), patch: guard((...args: Parameters<KubeClient['patch']>) => client.patch(...args), true), delete: guard((...args: Parameters<KubeClient['delete']>) => client.delete(...args), true) }; // prettier-ignore
  try {
    await work(half);
    return true;
  } catch (error) {
    if (error !== dead) throw error;
    return false;
  }
}
