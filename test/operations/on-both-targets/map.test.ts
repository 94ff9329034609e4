import { expect, test } from 'vitest';
import { pickList, pickText } from '../../../main/backend/target/pick.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { LineResult, NetworkMap } from '../../../main/contract/map.ts';
import { blank, describeTargets, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
const vm = (name: string) => ({ kind: 'VirtualMachine', ...ref(name) }) as const;
const map = (lab: OperationsLab, shows: (now: NetworkMap) => boolean): Promise<NetworkMap> => until(lab.api.map.watch({}), shows); // prettier-ignore
const brief = ({ steps }: LineResult): string[] => steps.map(({ id, state }) => `${id} ${state}`);

describeTargets('the map', (lab) => {
  test('is what the API has: machines with their cards, the networks, and who has a way in', async () => {
    await lab.api.networks.create({ name: 'red', subnet: '10.41.0.0/24' });
    for (const name of ['one', 'two']) await lab.create(blank(name));
    await lab.api.networks.attach({ ...ref('one'), network: 'default/red' });
    await lab.api.machines.addForward({ ...ref('one'), guestPort: 80, hostPort: 18_480 });
    await lab.api.networks.setLink({ ...ref('one'), interface: 'red', up: false });
    const shown = await map(lab, (now) => now.services.some(({ to }) => to.length > 0) && now.networks.some(({ cards }) => cards.some(({ unplugged }) => unplugged))); // prettier-ignore
    const { items } = (await lab.kube.request('GET', '/apis/kubevirt.io/v1/virtualmachines')) as unknown as { items: KubeObject[] }; // prettier-ignore
    const nodes = shown.nodes.filter(({ kind }) => kind === 'VirtualMachine').map(({ namespace, name }) => `${namespace}/${name}`); // prettier-ignore
    expect(nodes).toEqual(items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).toSorted());
    const cards = (id: string) => shown.networks.find((each) => each.id === id)?.cards.filter(({ node }) => node.startsWith('VirtualMachine/')).map((card) => `${card.node.split('/')[2]} ${card.interface}${card.unplugged ? ' out' : ''}`); // prettier-ignore
    expect([cards('pod'), cards('default/red')]).toEqual([['one default', 'two default'], ['one red out']]);
    for (const { metadata, spec } of items) {
      const api = pickList(spec, 'template', 'spec', 'networks').map((each) => pickText(each, 'multus', 'networkName') ?? 'pod'); // prettier-ignore
      const drawn = shown.networks.filter((network) => network.cards.some(({ node }) => node === `VirtualMachine/default/${metadata.name}`)).map(({ id }) => id.replace('default/', '')); // prettier-ignore
      expect(drawn.toSorted()).toEqual(api.toSorted());
    }
    expect(shown.services.find(({ to }) => to.includes('VirtualMachine/default/one'))?.ports).toEqual([{ port: 18_480, targetPort: '80', protocol: 'TCP', hostPort: 18_480 }]); // prettier-ignore
  });

  test('a line to who is off, to who shares no network, and over a pulled cable says where it breaks and what helps', async () => {
    const off = await lab.api.map.testLine({ from: { kind: 'outside' }, to: vm('two'), port: 22 });
    expect([off.reached, off.broken, brief(off)]).toEqual([false, 'to', ['to failed']]);
    for (const name of ['one', 'two']) await lab.api.machines.act({ ...ref(name), action: 'start' });
    for (const name of ['one', 'two']) await lab.machine(name, ({ row }) => row.status === 'Running');
    await lab.api.machines.act({ ...ref('two'), action: 'forceStop' });
    await lab.machine('two', ({ row }) => row.status === 'Stopped');
    await lab.api.networks.move({ ...ref('two'), interface: 'default', network: 'default/red' });
    await lab.api.networks.detach({ ...ref('one'), interface: 'red' });
    await lab.api.machines.act({ ...ref('one'), action: 'forceStop' });
    await lab.machine('one', ({ row }) => row.status === 'Stopped');
    for (const name of ['one', 'two']) await lab.api.machines.act({ ...ref(name), action: 'start' });
    for (const name of ['one', 'two']) await lab.machine(name, ({ row }) => row.status === 'Running');
    const apart = await lab.api.map.testLine({ from: vm('one'), to: vm('two'), port: 22 });
    expect([apart.reached, apart.broken, apart.steps.at(-1)?.says]).toEqual([false, 'network', 'one is on the pod network, two on default/red: they have none in common.']); // prettier-ignore
    const nowhere = await lab.api.map.testLine({ from: { kind: 'outside' }, to: { kind: 'address', address: 'example.org' }, port: 80 }); // prettier-ignore
    expect(nowhere.broken).toBe('network');
    const blind = await lab.api.map.testLine({
      from: vm('one'),
      to: { kind: 'address', address: '10.0.0.1' },
      port: 80,
    });
    expect([blind.reached, blind.broken, brief(blind)]).toEqual([false, undefined, ['from ok', 'way unknown']]);
    expect(blind.steps.at(-1)?.says).toMatch(/no way into this machine/);
    for (const name of ['one', 'two']) {
      await lab.api.machines.act({ ...ref(name), action: 'forceStop' });
      await lab.machine(name, ({ row }) => row.status === 'Stopped');
      await lab.remove(name);
    }
  });
});

describeTargets(
  'the map with containers',
  (lab) => {
    test('workloads stand beside machines, with the Services that lead to them; a line is tried by a command in a Pod', async () => {
      await lab.api.pods.create({ name: 'web', image: 'nginx:1.29', replicas: 2, ports: [80] });
      await lab.api.pods.create({ name: 'db', image: 'postgres:17', ports: [5432] });
      const shown = await map(lab, ({ nodes }) => nodes.filter(({ tone }) => tone === 'running').some(({ name, pods }) => name === 'web' && pods === 2) && nodes.some(({ name, tone }) => name === 'db' && tone === 'running')); // prettier-ignore
      expect(shown.services.map(({ id, to, ports }) => [id, to, ports[0]?.port])).toEqual(expect.arrayContaining([['default/web', ['Deployment/default/web'], 80], ['default/db', ['Deployment/default/db'], 5432]])); // prettier-ignore
      expect(shown.networks.find(({ id }) => id === 'pod')?.cards.find(({ node }) => node === 'Deployment/default/web')?.addresses).toHaveLength(2); // prettier-ignore
      expect(shown.nodes.find(({ namespace }) => namespace === 'cdi')?.system).toBe(true);

      const web = { kind: 'Deployment', ...ref('web') } as const;
      const db = { kind: 'Deployment', ...ref('db') } as const;
      const asked: string[] = [];
      let says = 'ping=ok\ntcp=open\n';
      lab.cluster.containers.runs((command, pod) => {
        asked.push(`${pod.metadata.labels?.['app.kubernetes.io/name']} ${command[2] ?? ''}`);
        return { out: says, code: 0 };
      });
      const open = await lab.api.map.testLine({ from: web, to: db, port: 5432 });
      expect([open.reached, open.network, brief(open)]).toEqual([true, 'pod', ['from ok', 'to ok', 'network ok', 'reach ok', 'port ok']]); // prettier-ignore
      expect(asked[0]).toMatch(new RegExp(`^web a='${open.address}'; p=5432`));
      says = 'ping=ok\ntcp=refused\n';
      const closed = await lab.api.map.testLine({ from: web, to: db, port: 5433 });
      expect([closed.reached, closed.broken, brief(closed).slice(3)]).toEqual([false, 'port', ['reach ok', 'port failed', 'far failed']]); // prettier-ignore
      says = 'ping=lost\ntcp=silent\n';
      const lost = await lab.api.map.testLine({ from: web, to: db, port: 5432 });
      expect([lost.broken, lost.steps.find(({ id }) => id === 'reach')?.fix]).toEqual(['reach', expect.stringContaining('firewall')]); // prettier-ignore
      says = 'ping=unknown-name\ntcp=unknown-name\n';
      const unknown = await lab.api.map.testLine({
        from: web,
        to: { kind: 'address', address: 'nobody.example' },
        port: 80,
      });
      expect([unknown.broken, unknown.steps.at(-1)?.says]).toEqual(['reach', 'web knows no nobody.example: its name is not answered.']); // prettier-ignore
      lab.cluster.containers.runs(() => ({ err: 'no', code: 126 }));
      const blind = await lab.api.map.testLine({ from: web, to: db, port: 5432 });
      expect([blind.reached, brief(blind).slice(3)]).toEqual([false, ['way unknown', 'far failed']]);
    });
  },
  { kinds: ['cluster'] },
);
