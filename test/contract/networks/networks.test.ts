import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NetworkMember, NetworkRow } from '../../../main/contract/networks.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { kubeOf } from '../../support/kube.ts';
import { startHearth, temporaryDataDir, until } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';

const data = temporaryDataDir();
let hearth: Hearth;
let page: Page;
const web = { namespace: 'default', name: 'web' };
const nic = { ...web, interface: 'red' };

beforeAll(async () => {
  hearth = await startHearth(data.path, { args: ['--stop-vms'], env: { HEARTH_TEST_SOURCES: '1' } });
  page = await hearth.page();
  for await (const { state } of page.api.target.watch({})) if (state === 'ready') break;
  await page.api.machines.create({
    name: 'web', source: { type: 'blank' }, rootDisk: { size: 64 * 2 ** 20 }, runStrategy: 'Always',
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * 2 ** 20 },
  }); // prettier-ignore
}, 60_000);
afterAll(async () => {
  // A blank disk hears no power button.
  await page?.api.machines.act({ ...web, action: 'forceStop' });
  await until(page.api.machines.watch({}), rowKeys.machine, (now) => now.get('default/web')?.status === 'Stopped');
  page?.close();
  await hearth?.stop();
  data.remove();
});

const rows = (done: (rows: ReadonlyMap<string, NetworkRow>) => boolean, limit = 20_000) =>
  until(page.api.networks.watch({}), rowKeys.network, done, limit);
const on = (all: ReadonlyMap<string, NetworkRow>, id: string): NetworkMember | undefined =>
  all.get(id)?.members.find(({ machine }) => machine === 'web');

describe('networks of the Quick lab', () => {
  test('tell the address and the name of a machine on the pod network', async () => {
    const all = await rows((now) => on(now, 'pod')?.running === true && on(now, 'pod')?.addresses.length === 1);
    expect(on(all, 'pod')).toMatchObject({ names: ['web'], addresses: [expect.stringMatching(/^10\.187\./)] });
  });

  test('are made, joined live, and not deleted while somebody is on them', async () => {
    for (const [name, subnet] of [['red', '10.31.0.0/24'], ['blue', '10.32.0.0/24']] as const)
      await page.api.networks.create({ name, subnet }); // prettier-ignore
    expect(await page.api.networks.attach({ ...web, network: 'default/red' })).toEqual({ when: 'now' });
    const all = await rows((now) => on(now, 'default/red')?.running === true);
    expect(all.get('default/red')).toMatchObject({ kind: 'private', range: '10.31.0.0/24' });
    await expect(page.api.networks.remove({ namespace: 'default', name: 'red' })).rejects.toMatchObject({
      problem: { code: 'network-in-use', detail: expect.stringContaining('web') as string },
    });
    await expect(page.api.networks.create({ name: 'home', bridge: 'br0' })).rejects.toMatchObject({
      problem: { code: 'target-cannot', fix: expect.any(String) as string },
    });
    await expect(page.api.networks.attach({ ...web, network: 'default/nowhere' })).rejects.toMatchObject({
      problem: { code: 'not-found' },
    });
  });

  test('move a running machine: kept when confirmed, taken back when not, though no page is open', async () => {
    const moved = await page.api.networks.move({ ...nic, network: 'default/blue', rollBackSeconds: 60 });
    expect(moved).toMatchObject({ when: 'now', rollBack: { network: 'default/red' } });
    const before = on(await rows((now) => on(now, 'default/blue')?.rollBack !== undefined), 'default/blue');
    await page.api.networks.confirmMove(nic);
    await rows((now) => on(now, 'default/blue')?.rollBack === undefined);

    await page.api.networks.move({ ...nic, network: 'default/red', rollBackSeconds: 1 });
    page.close();
    page = await hearth.page();
    const after = on(await rows((now) => on(now, 'default/blue') !== undefined), 'default/blue');
    expect(after?.mac).toBe(before?.mac);
    expect(after?.rollBack).toBeUndefined();
    await expect(page.api.networks.rollBack(nic)).rejects.toMatchObject({ problem: { code: 'nothing-to-roll-back' } });
  });

  test('take a move back in time though the page shows another target meanwhile', async () => {
    await page.api.networks.move({ ...nic, network: 'default/red', rollBackSeconds: 3 });
    const text = readFileSync(hearth.kubeconfig, 'utf8').replace(/server: .*/, 'server: https://127.0.0.1:1');
    const { id } = await page.api.targets.addCluster({ text, name: 'Elsewhere', use: true });
    const kube = kubeOf(hearth.kubeconfig);
    const path = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines/web';
    const there = async () => JSON.stringify(await kube.request('GET', path));
    try {
      await expect.poll(there, { timeout: 15_000 }).toContain('"networkName":"blue"');
      expect(await there()).not.toContain('network-roll-back');
    } finally {
      await page.api.targets.forget({ id });
    }
    await rows((now) => on(now, 'default/blue') !== undefined);
  });

  test('reserve addresses, and let a machine go', async () => {
    await page.api.networks.reserve({ ...nic, address: '10.32.0.99' });
    await rows((now) => on(now, 'default/blue')?.reserved === '10.32.0.99');
    await page.api.networks.reserve(nic);
    await rows((now) => on(now, 'default/blue') !== undefined && on(now, 'default/blue')?.reserved === undefined);
    await page.api.networks.setLink({ ...nic, up: false });
    await page.api.networks.setLink({ ...nic, up: true });
    expect(await page.api.networks.detach(nic)).toEqual({ when: 'now' });
    await rows((now) => on(now, 'default/blue') === undefined);
  });
});

test('a port that is taken is named before it is tried', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const held = await page.api.networks.portHolder({ hostPort: port });
    expect(held).toMatchObject({ free: false, holder: expect.stringMatching(/program .* \(process \d+\)/) as string });
    await expect(page.api.machines.addForward({ ...web, guestPort: 80, hostPort: port })).rejects.toMatchObject({
      problem: { code: 'port-taken', fields: { hostPort: expect.stringContaining('In use by') as string } },
    });
    server.close();
    await page.api.machines.addForward({ ...web, guestPort: 80, hostPort: port });
    await expect(page.api.machines.addForward({ ...web, guestPort: 81, hostPort: port })).rejects.toMatchObject({
      problem: { code: 'port-taken', detail: expect.stringContaining('machine web') as string },
    });
  } finally {
    server.close();
  }
});
