import { expect, test } from 'vitest';
import { pick, pickList, pickText } from '../../../main/backend/target/pick.ts';
import type { NetworkRow } from '../../../main/contract/networks.ts';
import type { ListUpdate } from '../../../main/contract/machine.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
/** The networks, as soon as they show what is asked for. */
async function networks(lab: OperationsLab, shows: (rows: ReadonlyMap<string, NetworkRow>) => boolean): Promise<ReadonlyMap<string, NetworkRow>> {
  const rows = new Map<string, NetworkRow>();
  await until(lab.api.networks.watch({}), (update: ListUpdate<NetworkRow>) => {
    if (update.type === 'snapshot') rows.clear();
    const changed = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    for (const row of changed) rows.set(row.id, row);
    if (update.type === 'delta') for (const key of update.removed) rows.delete(key);
    return shows(rows);
  });
  return rows;
} // prettier-ignore
const nicsOf = async (lab: OperationsLab, name: string) => {
  const vm = await lab.get('kubevirt.io/v1', 'virtualmachines', name);
  const spec = pick(vm, 'spec', 'template', 'spec');
  return {
    nics: pickList(spec, 'domain', 'devices', 'interfaces'),
    networks: pickList(spec, 'networks').map((each) => pickText(each, 'multus', 'networkName') ?? 'pod'),
  };
};
const members = (rows: ReadonlyMap<string, NetworkRow>, id: string) =>
  rows.get(id)?.members.map(({ machine, interface: nic }) => `${machine}/${nic}`);

describeTargets('networks', (lab) => {
  test('a private network is made, machines come on it and leave it, and it goes when nobody is on it', async () => {
    expect(lab.can('networks')).toBe(true);
    await lab.api.networks.create({ name: 'red', subnet: '10.31.0.0/24', description: 'for tests' });
    await lab.create(blank('webbed'));
    expect(await lab.api.networks.attach({ ...ref('webbed'), network: 'default/red' })).toEqual({ when: 'now' });
    const rows = await networks(lab, (all) => all.get('default/red')?.members.length === 1);
    expect(rows.get('default/red')).toMatchObject({ kind: 'private', range: '10.31.0.0/24' });
    expect([members(rows, 'pod')?.[0], members(rows, 'default/red')]).toEqual(['webbed/default', ['webbed/red']]);
    const { nics } = await nicsOf(lab, 'webbed');
    expect(nics.find((nic) => nic['name'] === 'red')).toMatchObject({ bridge: {}, macAddress: expect.stringMatching(/^02:/) }); // prettier-ignore
    const used = await problemOf(lab.api.networks.remove(ref('red')));
    expect([used.code, used.detail.includes('webbed')]).toEqual(['network-in-use', true]);
    expect((await problemOf(lab.api.networks.create({ name: 'red' }))).code).toBe('already-exists');
    expect((await problemOf(lab.api.networks.attach({ ...ref('webbed'), network: 'default/nowhere' }))).code).toBe('not-found'); // prettier-ignore
  });

  test('a card of a running machine is moved: at once where the target can, else at the next start, its address kept', async () => {
    await lab.api.networks.create({ name: 'blue', subnet: '10.32.0.0/24' });
    await lab.api.machines.act({ ...ref('webbed'), action: 'start' });
    await lab.machine('webbed', ({ row }) => row.status === 'Running');
    const mac = (await nicsOf(lab, 'webbed')).nics.find((nic) => nic['name'] === 'red')?.['macAddress'];
    const live = lab.can('liveNetworks');
    const move = { ...ref('webbed'), interface: 'red', network: 'default/blue', rollBackSeconds: 600 };
    const moved = await lab.api.networks.move(move);
    expect([moved.when, moved.rollBack?.network]).toEqual(live ? ['now', 'default/red'] : ['restart', undefined]);
    const rows = await networks(lab, (all) => all.get('default/blue')?.members.length === 1);
    expect(members(rows, 'default/red')).toEqual([]);
    const after = (await nicsOf(lab, 'webbed')).nics.find((nic) => nic['name'] === 'red');
    expect(after?.['macAddress']).toBe(mac);
    if (live) {
      await lab.api.networks.rollBack({ ...ref('webbed'), interface: 'red' });
      await networks(lab, (all) => all.get('default/red')?.members.length === 1);
    }
    expect((await problemOf(lab.api.networks.rollBack({ ...ref('webbed'), interface: 'red' }))).code).toBe('nothing-to-roll-back'); // prettier-ignore
  });

  test('the cable goes out and in; a card leaves; the network goes then', async () => {
    const nic = { ...ref('webbed'), interface: 'red' };
    await lab.api.networks.setLink({ ...nic, up: false });
    expect((await nicsOf(lab, 'webbed')).nics.find((each) => each['name'] === 'red')?.['state']).toBe('down');
    await lab.api.networks.setLink({ ...nic, up: true });
    expect((await nicsOf(lab, 'webbed')).nics.find((each) => each['name'] === 'red')?.['state']).toBeUndefined();
    expect((await lab.api.networks.detach(nic)).when).toBe(lab.can('liveNetworks') ? 'now' : 'restart');
    const rows = await networks(lab, (all) => all.get('default/red')?.members.length === 0 && all.get('default/blue')?.members.length === 0); // prettier-ignore
    expect(members(rows, 'pod')).toEqual(['webbed/default']);
  });

  test('an address is reserved, or it is said why this target keeps none', async () => {
    await lab.api.networks.attach({ ...ref('webbed'), network: 'default/blue' });
    const nic = { ...ref('webbed'), interface: 'blue', address: '10.32.0.99' };
    if (lab.kind === 'engine') {
      expect((await lab.api.networks.reserve(nic)).when).toBe('restart');
      await networks(lab, (all) => all.get('default/blue')?.members[0]?.reserved === '10.32.0.99');
    } else {
      const problem = await problemOf(lab.api.networks.reserve(nic));
      expect([problem.code, problem.fix?.includes('static address')]).toEqual(['no-reservations', true]);
    }
  });

  test('forwards: a port that somebody has is named before anything is written', async () => {
    await lab.create(blank('other'));
    await lab.api.machines.addForward({ ...ref('webbed'), guestPort: 80, hostPort: 18_080 });
    await lab.machine('webbed', ({ interfaces }) => (interfaces[0]?.forwards.length ?? 0) === 1);
    expect(await lab.api.networks.portHolder({ hostPort: 18_080 })).toMatchObject({ free: false, holder: expect.stringContaining('webbed') }); // prettier-ignore
    const taken = await problemOf(lab.api.machines.addForward({ ...ref('other'), guestPort: 80, hostPort: 18_080 }));
    expect([taken.code, taken.detail.includes('webbed')]).toEqual(['port-taken', true]);
    expect((await lab.machine('other', () => true)).interfaces[0]?.forwards).toEqual([]);
    await lab.api.machines.act({ ...ref('webbed'), action: 'forceStop' });
    await lab.machine('webbed', ({ row }) => row.status === 'Stopped');
    for (const name of ['webbed', 'other']) await lab.remove(name);
    for (const name of ['red', 'blue'])
      await expect.poll(() => lab.api.networks.remove(ref(name)).then(() => 'gone', (error: unknown) => String(error)), { timeout: 20_000 }).toMatch(/gone|not there/); // prettier-ignore
  });
});

describeTargets(
  'networks in trouble',
  (lab) => {
    test('somebody else writes the machine at the same moment: both changes are there', async () => {
      await lab.create(blank('busy'));
      await lab.machine('busy', ({ row }) => row.status === 'Stopped');
      await lab.api.networks.create({ name: 'green' });
      for (let n = 0; n < 3; n += 1) lab.cluster.troubles.next(/^PUT .*\/virtualmachines\/busy$/, trouble.stale('virtualmachines.kubevirt.io', 'busy')); // prettier-ignore
      await lab.api.networks.attach({ ...ref('busy'), network: 'default/green' });
      expect((await nicsOf(lab, 'busy')).networks).toEqual(['pod', 'default/green'].map((each) => each.replace('default/', ''))); // prettier-ignore
      lab.cluster.troubles.next(/^PUT .*\/virtualmachines\/busy$/, trouble.stale('virtualmachines.kubevirt.io', 'busy'), 10); // prettier-ignore
      expect((await problemOf(lab.api.networks.detach({ ...ref('busy'), interface: 'green' }))).code).toBe('conflict');
      lab.cluster.troubles.clear();
      expect((await nicsOf(lab, 'busy')).networks).toHaveLength(2);
    });
    test('a card that only the next start has is told as such, and KubeVirt is not asked for what one node cannot', async () => {
      await lab.api.machines.act({ ...ref('busy'), action: 'start' });
      await lab.machine('busy', ({ row }) => row.status === 'Running');
      const [podNic] = (await nicsOf(lab, 'busy')).nics;
      const moved = await lab.api.networks.move({ ...ref('busy'), interface: String(podNic?.['name']), network: 'default/green' }); // prettier-ignore
      expect(moved).toEqual({ when: 'restart' });
      const { restartRequired } = await until(lab.api.hardware.watch(ref('busy')), (each) => each.restartRequired !== undefined); // prettier-ignore
      expect(restartRequired).toBe('a non-live-updatable field was changed in the template spec');
    });
    test('Multus is not there (any more): the pod network stays to be seen, making one says what is missing', async () => {
      lab.cluster.troubles.next(/network-attachment-definitions/, trouble.plain500('Error trying to reach service: dial tcp 10.43.0.9:443: i/o timeout'), 1); // prettier-ignore
      const problem = await problemOf(lab.api.networks.create({ name: 'grey' }));
      expect(problem.detail).toMatch(/i\/o timeout/);
      lab.cluster.dropWatches(true);
      const rows = await networks(lab, (all) => all.has('pod') && all.has('default/green'));
      expect(rows.has('default/grey')).toBe(false);
    });
    test('a Service whose write was answered too late is not made twice', async () => {
      await lab.create(blank('late'));
      lab.cluster.troubles.next(/^POST .*\/services$/, trouble.loseAnswer);
      expect((await problemOf(lab.api.machines.addForward({ ...ref('late'), guestPort: 22 }))).code).toBe('target-unreachable'); // prettier-ignore
      expect((await problemOf(lab.api.machines.addForward({ ...ref('late'), guestPort: 22 }))).code).toBe('already-exists'); // prettier-ignore
      expect(lab.cluster.objects('', 'services', 'default')).toHaveLength(1);
    });
  },
  { kinds: ['cluster'] },
);

describeTargets(
  'networks of two nodes',
  (lab) => {
    test('a card of a running machine is on the other network after the move to another node, with its address', async () => {
      expect(lab.can('liveNetworks')).toBe(true);
      for (const [name, subnet] of [['red', '10.31.0.0/24'], ['blue', '10.32.0.0/24']] as const) await lab.api.networks.create({ name, subnet }); // prettier-ignore
      await lab.create(blank('mover'));
      await lab.machine('mover', ({ row }) => row.status === 'Stopped');
      await lab.api.networks.attach({ ...ref('mover'), network: 'default/red' });
      await lab.api.machines.act({ ...ref('mover'), action: 'start' });
      await lab.machine('mover', ({ row }) => row.status === 'Running');
      /** The card as the running machine has it. */
      const running = async () => {
        const vmi = await lab.get('kubevirt.io/v1', 'virtualmachineinstances', 'mover');
        return {
          uid: vmi.metadata.uid,
          node: pickText(vmi, 'status', 'nodeName'),
          mac: pickList(vmi, 'spec', 'domain', 'devices', 'interfaces').find((nic) => nic['name'] === 'red')?.['macAddress'], // prettier-ignore
          network: pickText(pickList(vmi, 'spec', 'networks').find((each) => each['name'] === 'red'), 'multus', 'networkName'), // prettier-ignore
        };
      };
      const before = await running();
      expect(before).toMatchObject({ network: 'red', node: 'one', mac: expect.stringMatching(/^02:/) });
      const move = { ...ref('mover'), interface: 'red', network: 'default/blue', rollBackSeconds: 600 };
      expect(await lab.api.networks.move(move)).toMatchObject({ when: 'now', rollBack: { network: 'default/red' } });
      await expect.poll(running, { timeout: 20_000 }).toEqual({ ...before, network: 'blue', node: 'two' });
      // As the next start makes it: the same card on the other network.
      const after = await nicsOf(lab, 'mover');
      expect(after.nics.find((nic) => nic['name'] === 'red')).toMatchObject({ macAddress: before.mac });
      expect(after.networks).toEqual(['pod', 'blue']);
      const { restartRequired } = await until(lab.api.hardware.watch(ref('mover')), () => true);
      expect(restartRequired).toBeUndefined();
      await lab.api.networks.rollBack({ ...ref('mover'), interface: 'red' });
      await expect.poll(running, { timeout: 20_000 }).toEqual(before);
      await lab.api.machines.act({ ...ref('mover'), action: 'forceStop' });
      await lab.machine('mover', ({ row }) => row.status === 'Stopped');
      await lab.remove('mover');
    });
  },
  { kinds: ['cluster'], cluster: 'two-nodes-rwx' },
);
