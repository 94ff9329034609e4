import { expect, test } from 'vitest';
import { pickText } from '../../../main/backend/target/pick.ts';
import type { CommandEntry } from '../../../main/contract/commands.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
const hits = async (lab: OperationsLab, query: string) =>
  (await lab.api.search.find({ query })).map(({ kind, name }) => `${kind} ${name}`);
/** The clicks so far, oldest first. */
async function clicks(lab: OperationsLab): Promise<CommandEntry[]> {
  const first = await until(lab.api.commands.watch({}), ({ type }) => type === 'snapshot');
  const all = first.type === 'snapshot' ? first.items : [];
  return all.toSorted((one, other) => one.at.localeCompare(other.at));
}

describeTargets('search and commands', (lab) => {
  test('finds machines, disks, images, networks, types by name, label and address', async () => {
    await lab.create(blank('needle', { network: { mac: '02:00:00:aa:bb:cc' }, start: true }));
    await lab.machine('needle', ({ row }) => row.status === 'Running');
    await lab.api.networks.create({ name: 'needlework' });
    await expect.poll(() => hits(lab, 'needle')).toEqual(expect.arrayContaining(['machine needle', 'disk needle-root', 'network needlework'])); // prettier-ignore
    expect((await hits(lab, 'needle'))[0]).toBe('machine needle');
    await expect.poll(async () => (await lab.api.search.find({ query: '02:00:00:aa:bb:cc' }))[0]).toMatchObject({ kind: 'machine', name: 'needle', because: expect.stringMatching(/^MAC/) }); // prettier-ignore
    expect(await hits(lab, 'u1.small')).toContain('instancetype u1.small');
    expect(await hits(lab, 'haystack')).toEqual([]);
  });
  test('what is gone is not found any more', async () => {
    await lab.api.networks.remove(ref('needlework'));
    await expect.poll(() => hits(lab, 'needlework')).toEqual([]);
    await lab.api.machines.act({ ...ref('needle'), action: 'forceStop' });
    await lab.machine('needle', ({ row }) => row.status === 'Stopped');
    await lab.remove('needle');
    await expect.poll(() => hits(lab, 'needle')).toEqual([]);
  });

  test('every click leaves the lines that do the same, with what the target answered', async () => {
    await lab.api.commands.clear({});
    await lab.create(blank('shown'));
    await lab.api.machines.act({ ...ref('shown'), action: 'start' });
    await lab.machine('shown', ({ row }) => row.status === 'Running');
    await lab.api.networks.create({ name: 'shown-net' });
    expect((await problemOf(lab.api.networks.create({ name: 'shown-net' }))).code).toBe('already-exists');
    const done = await clicks(lab);
    expect(done.map(({ procedure }) => procedure)).toEqual(['machines.create', 'machines.act', 'networks.create', 'networks.create']); // prettier-ignore
    expect(done.map(({ requests }) => requests.at(-1)?.result)).toEqual(['ok', 'ok', 'ok', 'already-exists']);
    const [made, started, net] = done.map(({ requests }) => requests.at(-1));
    expect(made?.line).toMatch(/^kubectl create /);
    expect(made?.manifest).toMatch(/kind: VirtualMachine/);
    expect([started?.line, started?.plain !== undefined]).toEqual([expect.stringMatching(/^virtctl start shown/), true]); // prettier-ignore
    expect(net?.manifest).toMatch(/kind: NetworkAttachmentDefinition/);
    expect(new Set(done.map(({ target }) => target.name)).size).toBe(1);
  });
  test('the same click is run again; what cannot be is told', async () => {
    await lab.api.networks.remove(ref('shown-net'));
    const net = (await clicks(lab)).find(({ procedure }) => procedure === 'networks.create');
    expect((await lab.api.commands.replay({ id: net?.id ?? '' })).filter(({ problem }) => problem)).toEqual([]);
    expect((await lab.get('k8s.cni.cncf.io/v1', 'network-attachment-definitions', 'shown-net')).metadata.name).toBe('shown-net'); // prettier-ignore
    const again = await lab.api.commands.replay({ id: net?.id ?? '' });
    expect(again[0]?.problem?.code).toBe('already-exists');
  });
  test('what was in a Secret is not shown', async () => {
    await lab.create(blank('hush', { cloudInit: { type: 'form', user: 'ada', password: 'correct-horse-battery' } }));
    const mine = (await clicks(lab)).filter(({ object }) => object?.name === 'hush');
    expect(mine).toHaveLength(1);
    expect(JSON.stringify(mine)).not.toMatch(/correct-horse|Y29ycmVjdC1ob3JzZ/);
    await lab.api.machines.act({ ...ref('shown'), action: 'forceStop' });
    await lab.machine('shown', ({ row }) => row.status === 'Stopped');
    for (const name of ['shown', 'hush']) await lab.remove(name);
  });
});

describeTargets(
  'search and commands in trouble',
  (lab) => {
    test('a kind that the target does not answer for hides nothing of the others', async () => {
      await lab.create(blank('visible'));
      lab.cluster.troubles.next(/^GET .*\/virtualmachinesnapshots$/, trouble.unavailable, 100);
      await expect.poll(() => hits(lab, 'visible'), { timeout: 10_000 }).toContain('machine visible');
      lab.cluster.troubles.clear();
      lab.cluster.dropWatches(true);
      await expect.poll(() => hits(lab, 'visible')).toContain('machine visible');
    });
    test('a click that was waited out is one line; one that failed says why', async () => {
      await lab.api.commands.clear({});
      lab.cluster.troubles.next(/^PUT .*\/start$/, trouble.tooMany(1));
      await lab.api.machines.act({ ...ref('visible'), action: 'start' });
      lab.cluster.troubles.next(/^PUT .*\/pause$/, trouble.plain500('Unable to connect to handler'));
      await lab.machine('visible', ({ row }) => row.status === 'Running');
      expect((await problemOf(lab.api.machines.act({ ...ref('visible'), action: 'pause' }))).detail).toBe('Unable to connect to handler'); // prettier-ignore
      const done = (await clicks(lab)).map(({ requests }) => requests.map(({ result }) => result));
      expect(done).toEqual([['ok'], ['target-error']]);
      expect(pickText(lab.cluster.object('kubevirt.io', 'virtualmachines', 'default', 'visible'), 'metadata', 'name')).toBe('visible'); // prettier-ignore
    });
  },
  { kinds: ['cluster'] },
);
