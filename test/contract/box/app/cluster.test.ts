import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { BoxRow } from '../../../../main/contract/box/boxes.ts';
import { openApp } from '../../../support/boxes/app.ts';
import { apiServer, k3sKubeconfig } from '../../../support/boxes/cluster.ts';
import { standIn } from '../../../support/boxes/stand-in.ts';
import type { StandIn, StandInOptions } from '../../../support/boxes/stand-in.ts';
import { authority } from '../../../support/cluster-doubles.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});
const ends = <T extends { close(): Promise<unknown> }>(made: T): T => {
  ending.push(() => made.close());
  return made;
};
async function paired(options: StandInOptions = {}) {
  const here = ends(await openApp());
  const there = ends(await standIn({ code: '12345678', ...options }));
  await here.handlers.pair({ address: there.address, code: '12345678' }, here.context);
  await here.row(there.id, ({ state }) => state === 'online');
  return { here, there };
}
function ready(there: StandIn, kubeconfig: string): void {
  there.instead.set('GET /box/kubeconfig', (_request, response) => response.end(JSON.stringify({ kubeconfig })));
  there.set({ stage: 'ready', setup: { ...there.state.setup, appliance: 'ready' } });
}
const code = (wanted: string) => expect.objectContaining({ problem: expect.objectContaining({ code: wanted }) });
const isReady = ({ last }: BoxRow): boolean => last?.setup.appliance === 'ready';
const clusterOf = async (root: string, id: string) => {
  const file = join(root, 'targets', `box-${id.slice(0, 16)}`, 'kubeconfig');
  const { clusters } = parse(await readFile(file, 'utf8')) as { clusters: { cluster: Record<string, string> }[] };
  return { ...clusters[0]?.cluster, file } as Record<string, string> & { file: string };
};

it('becomes a target by itself once its cluster is ready; forgotten with the box', async () => {
  const { here, there } = await paired();
  const server = ends(await apiServer({}));
  await expect(here.handlers.adopt({ id: there.id }, here.context)).rejects.toEqual(code('box-not-ready'));
  expect(here.targets.size).toBe(0);
  ready(there, k3sKubeconfig(server.ca.cert, server.port));
  const row = await here.row(there.id, ({ targetId }) => targetId !== undefined);
  const id = row.targetId ?? '';
  expect(here.targets.get(id)).toMatchObject({ name: 'hearth', kind: 'cluster', place: '127.0.0.1' });
  const kept = await clusterOf(here.root, there.id);
  expect(kept).toMatchObject({ server: `https://127.0.0.1:${server.port}` });
  expect((await stat(kept.file)).mode & 0o777).toBe(0o600);
  await here.handlers.forget({ id: there.id }, here.context);
  expect(here.targets.size).toBe(0);
  await expect(stat(kept.file)).rejects.toThrow('ENOENT');
});

it('follows the box to another address, by another name of the same certificate', async () => {
  const { here, there } = await paired();
  const server = ends(await apiServer({}));
  ready(there, k3sKubeconfig(server.ca.cert, server.port));
  await here.row(there.id, ({ targetId }) => targetId !== undefined);
  await there.close();
  const elsewhere = ends(await apiServer({ host: '127.0.0.6', named: 'kubernetes', ca: server.ca, port: server.port }));
  const moved = ends(await standIn({ keys: there.keys, id: there.id, host: '127.0.0.6', apps: there.apps }));
  moved.set({ addresses: there.state.addresses.map((each) => ({ ...each, address: '127.0.0.6' })) });
  ready(moved, k3sKubeconfig(server.ca.cert, elsewhere.port));
  await here.row(there.id, ({ state }) => state === 'offline');
  await here.handlers.lookAt({ address: moved.address }, here.context);
  await here.row(there.id, ({ address, state }) => state === 'online' && address === moved.address);
  await expect
    .poll(async () => (await clusterOf(here.root, there.id)).server)
    .toBe(`https://127.0.0.6:${elsewhere.port}`);
  expect(await clusterOf(here.root, there.id)).toMatchObject({ 'tls-server-name': 'kubernetes' });
});

it('takes no new address for the cluster from whoever has another key, wherever the box is said to be', async () => {
  const { here, there } = await paired();
  const server = ends(await apiServer({}));
  ready(there, k3sKubeconfig(server.ca.cert, server.port));
  await here.row(there.id, ({ targetId }) => targetId !== undefined);
  await there.close();
  const stranger = ends(await standIn({ id: there.id, host: '127.0.0.6', apps: there.apps }));
  let asked = 0;
  stranger.instead.set('GET /box/kubeconfig', (_request, response) => {
    asked += 1;
    response.end(JSON.stringify({ kubeconfig: k3sKubeconfig(server.ca.cert, server.port) }));
  });
  stranger.set({ stage: 'ready', setup: { ...there.state.setup, appliance: 'ready' } });
  await here.row(there.id, ({ state }) => state === 'offline');
  await here.handlers.lookAt({ address: stranger.address }, here.context);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await here.row(there.id, ({ state, address }) => state === 'offline' && address === there.address);
  expect(asked).toBe(0);
  expect((await clusterOf(here.root, there.id)).server).toBe(`https://127.0.0.1:${server.port}`);
});

describe('is not taken over', () => {
  it.each<[string, string, (ca: string, port: number) => string]>([
    ['to run a program', 'box-kubeconfig-refused', (ca, port) => k3sKubeconfig(ca, port, { user: { exec: { command: 'touch', args: ['/tmp/x'] } } })],
    ['to read a file of this computer', 'box-kubeconfig-refused', (ca, port) => k3sKubeconfig(ca, port, { user: { tokenFile: '/etc/shadow' } })],
    ['to ask nobody about the certificate', 'box-kubeconfig-refused', (ca, port) => k3sKubeconfig(ca, port, { cluster: { 'insecure-skip-tls-verify': true } })],
    ['to another computer', 'box-kubeconfig-refused', (ca, port) => k3sKubeconfig(ca, port, { cluster: { server: 'https://198.51.100.7:6443' } })],
    ['through a proxy', 'box-kubeconfig-refused', (ca, port) => k3sKubeconfig(ca, port, { cluster: { 'proxy-url': 'http://198.51.100.7' } })],
    ['without TLS', 'box-kubeconfig-refused', (ca, port) => k3sKubeconfig(ca, port, { cluster: { server: `http://127.0.0.1:${port}` } })],
    ['without an authority', 'box-kubeconfig-refused', (_ca, port) => k3sKubeconfig('no certificate', port)],
    ['with a second cluster', 'box-kubeconfig-refused', (ca, port) => k3sKubeconfig(ca, port, { more: { clusters: [] } })],
    ['as no YAML at all', 'box-kubeconfig-refused', () => '{[%'],
  ])('%s', async (_name, wanted, make) => {
    const { here, there } = await paired();
    const server = ends(await apiServer({}));
    ready(there, make(server.ca.cert, server.port));
    await here.row(there.id, isReady);
    await expect(here.handlers.adopt({ id: there.id }, here.context)).rejects.toEqual(code(wanted));
    expect(here.targets.size).toBe(0);
    const row = await here.row(there.id, ({ problem }) => problem?.code === wanted);
    expect(row.state).toBe('online');
  }); // prettier-ignore

  it('when another cluster answers there', async () => {
    const { here, there } = await paired();
    const server = ends(await apiServer({}));
    const other = await authority('another');
    ready(there, k3sKubeconfig(other.cert, server.port));
    await here.row(there.id, isReady);
    await expect(here.handlers.adopt({ id: there.id }, here.context)).rejects.toEqual(code('box-cluster-foreign'));
    expect(here.targets.size).toBe(0);
  });
});
