import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort as NodePort } from 'node:worker_threads';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../main/backend/start.ts';
import type { Backend } from '../../../main/backend/backend.ts';
import { askControl } from '../../../main/backend/control.ts';
import { dataPaths } from '../../../main/backend/paths.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import { connect } from '../../../main/contract/connect.ts';
import type { Connection } from '../../../main/contract/connect.ts';
import { contract } from '../../../main/contract/contract.ts';
import type { Contract } from '../../../main/contract/contract.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { CreateMachineInput, ListUpdate, MachineRow } from '../../../main/contract/machine.ts';
import { messagePort } from '../../../main/contract/message-port.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { websocketPort } from '../../../main/contract/websocket-port.ts';
import { givenCluster, openClusterLab, testNamespace } from '../../support/cluster.ts';
import type { ClusterLab } from '../../support/cluster.ts';

let folder: string;
let backend: Backend;
/** Of the target that is tested. */
let kubeconfig: string;
let given: ClusterLab | undefined;
const channels: NodePort[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-backend-'));
  backend = await startBackend({ dataDir: folder, webPort: 0, quiet: true });
  if (backend.engineTrouble) throw backend.engineTrouble;
  kubeconfig = backend.kubeconfig;
  // The same pages and services on the cluster that the environment gives.
  if (givenCluster) {
    given = await openClusterLab();
    ({ kubeconfig } = given);
    const { targets } = backend.handlers('desktop');
    const { signal } = new AbortController();
    await targets.addCluster({ path: kubeconfig, name: 'Given', use: true, allowExec: true }, { signal });
  }
}, 60_000);
afterAll(async () => {
  for (const port of channels) port.close();
  // What a failed test left behind: guests without a system do not hear a polite stop.
  const kube = createKubeClient(await readCredentials(kubeconfig));
  const { machines } = backend.handlers('desktop');
  const { signal } = new AbortController();
  for (const { metadata } of await kube.list(kinds.virtualMachines, testNamespace))
    await machines.act(
      {
        namespace: metadata.namespace ?? '',
        name: metadata.name ?? '',
        action: 'delete',
        deleteDisks: true,
        mode: 'now',
      },
      { signal },
    );
  kube.close();
  await backend.close({ stopVms: true });
  await given?.remove();
  await rm(folder, { recursive: true });
}, 60_000);

const nodePort = (port: NodePort) =>
  messagePort(port, (onMessage, onClose) => {
    channels.push(port);
    port.on('message', onMessage);
    port.on('close', onClose);
  });
const byPort = async (): Promise<Connection<Contract>> => {
  const { port1, port2 } = new MessageChannel();
  backend.attach(nodePort(port1), 'desktop');
  return connect(contract, nodePort(port2));
};
const bySocket = async (): Promise<Connection<Contract>> => {
  const { url } = await askControl(dataPaths(folder).control, 'sign-in');
  const answer = await fetch(url, { redirect: 'manual' });
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const origin = backend.web?.address ?? '';
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/rpc`, { headers: { cookie, origin } });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return connect(contract, websocketPort(socket));
};
const problemOf = async (work: Promise<unknown>) => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProblemError);
  return (error as ProblemError).problem;
};
/** The first item for which the check holds. */
async function until<T>(items: AsyncIterable<T>, check: (item: T) => boolean): Promise<T> {
  for await (const item of items) if (check(item)) return item;
  throw new Error('the stream ended');
}
const rowsOf = (update: ListUpdate<MachineRow>): MachineRow[] =>
  update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];

describe.each([
  ['message-port', 'desktop', byPort],
  ['web-socket', 'web', bySocket],
] as const)('backend and engine over a %s', (name, carrier, open) => {
  let connection: Connection<Contract>;
  const ref = { namespace: testNamespace, name: `vm-${name}` };
  const input = (more: Partial<CreateMachineInput> = {}) =>
    createMachineSchema.parse({
      ...ref,
      source: { type: 'blank' },
      rootDisk: { size: 64 * 2 ** 20 },
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * 2 ** 20 },
      runStrategy: 'Manual',
      ...more,
    });
  beforeAll(async () => {
    connection = await open();
  });
  afterAll(() => connection.close());

  test('who we are and what the target can do', async () => {
    const { api } = connection;
    const info = await api.app.info({});
    expect(info).toMatchObject({ carrier, dataDir: folder, pid: process.pid });
    expect(info.ports).toHaveLength(2);
    const target = await until(api.target.watch({}), (each) => each.state === 'ready');
    const supported = (id: string) => target.capabilities.find((each) => each.id === id)?.supported;
    expect(['machines', 'console', 'vnc', 'upload', 'serviceForwards'].map(supported)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    for (const each of target.capabilities.filter((one) => !one.supported))
      expect([each.id, Boolean(each.reason), Boolean(each.remedy)]).toEqual([each.id, true, true]);
    if (!givenCluster) expect(target.capacity).toMatchObject({ nodes: 1, accelerator: 'tcg' });
    const { path, text } = await api.target.kubeconfig({});
    expect([text, (await stat(path)).mode & 0o777]).toEqual([await readFile(path, 'utf8'), 0o600]);
  });

  test('sizes with what fits, preferences', async () => {
    const types = await connection.api.machines.instancetypes({});
    expect(types.find((type) => type.name === 'u1.nano')).toMatchObject({ cpus: 1, memory: 512 * 2 ** 20, fits: true });
    const giant = types.find((type) => type.name === 'u1.8xlarge');
    expect([giant?.fits, giant?.why?.includes('GiB')]).toEqual([false, true]);
    const preferences = await connection.api.machines.preferences({});
    expect(preferences.find((each) => each.name === 'debian')).toMatchObject({ osType: 'linux', firmware: 'uefi' });
  });

  test('settings are told to everybody and refused when wrong', async () => {
    const { api } = connection;
    const debianMirror = `http://mirror.invalid/${name}`;
    const seen = until(api.settings.watch({}), (settings) => settings.debianMirror === debianMirror);
    await api.settings.update({ debianMirror });
    expect((await seen).version).toBe(1);
    expect((await problemOf(api.settings.update({ defaultUser: 'Not A User' }))).fields).toHaveProperty('defaultUser');
    expect(JSON.parse(await readFile(join(folder, 'settings.json'), 'utf8'))).toMatchObject({ debianMirror });
  });

  test('preview: the manifest, and the refusal of the target with its field', async () => {
    const { api } = connection;
    const good = await api.machines.preview(input({ cloudInit: { type: 'form', user: 'me', password: 'geheim' } }));
    expect([good.problem, good.capacity.ok]).toEqual([undefined, true]);
    expect(good.objects.map((object) => object.kind)).toEqual(['Secret', 'VirtualMachine']);
    expect(good.yaml).not.toContain(Buffer.from('geheim').toString('base64'));
    const bad = await api.machines.preview(input({ size: { type: 'instancetype', name: 'no-such-type' } }));
    expect(bad.problem?.detail).toContain('no-such-type');
    const missing = await api.machines.preview(
      input({ source: { type: 'image', image: { namespace: 'hearth-images', name: 'gone' } } }),
    );
    expect(missing.problem).toMatchObject({
      code: 'image-not-found',
      fields: { 'source.image': 'not in the library' },
    });
  });

  test('a machine from form to screen, and what it leaves behind: nothing', async () => {
    const { api } = connection;
    const list = api.machines.watch({});
    expect(await api.machines.create(input({ start: false, network: { forwards: [{ guestPort: 80 }] } }))).toEqual(ref);
    const row = await until(list, (update) =>
      rowsOf(update).some((each) => each.name === ref.name && each.status === 'Stopped'),
    );
    expect(rowsOf(row).find((each) => each.name === ref.name)).toMatchObject({
      cpus: 1,
      memory: 64 * 2 ** 20,
      actions: ['start', 'delete'],
    });

    // Refused half-way: the Secret that was made first is taken back.
    const again = await problemOf(
      api.machines.create(input({ cloudInit: { type: 'form', user: 'me', password: 'x' } })),
    );
    expect(again.code).toBe('already-exists');
    const kube = createKubeClient(await readCredentials(kubeconfig));
    expect((await kube.list(kinds.secrets, ref.namespace)).map((secret) => secret.metadata.name)).toEqual([]);
    kube.close();
    const kept = await until(api.machines.detail(ref), () => true);
    expect(kept.vm.metadata.name).toBe(ref.name);

    await api.machines.act({ ...ref, action: 'start', deleteDisks: true });
    const running = await until(
      api.machines.detail(ref),
      (detail) => detail.row.status === 'Running' && detail.interfaces[0]?.forwards[0]?.problem === undefined,
    );
    if (!givenCluster) expect(running.row.accelerator).toBe('tcg');
    expect(running.disks).toEqual([expect.objectContaining({ name: 'root', bus: 'virtio', size: 64 * 2 ** 20 })]);
    expect(running.interfaces[0]?.forwards[0]).toMatchObject({ guestPort: 80, hostPort: expect.any(Number) });
    expect(running.yaml).not.toContain('resourceVersion');
    expect(running.actions.find((each) => each.action === 'start')).toMatchObject({
      allowed: false,
      why: 'The machine is on already.',
    });

    const screen = await api.consoles.vnc(ref);
    const greeting = await until(screen.readable, () => true);
    expect(Buffer.from(greeting).toString()).toBe('RFB 003.008\n');
    const { png } = await api.consoles.screenshot(ref);
    expect(Buffer.from(png, 'base64').subarray(1, 4).toString()).toBe('PNG');
    const [sample] = await until(api.machines.samples(ref), (samples) => samples.length > 0);
    expect(sample?.memory).toBeGreaterThan(0);
    expect((await problemOf(api.machines.act({ ...ref, action: 'unpause', deleteDisks: true }))).code).toBe('conflict');

    await api.machines.act({ ...ref, action: 'delete', deleteDisks: true, mode: 'now' });
    const gone = until(api.machines.detail(ref), () => false);
    expect((await problemOf(gone)).code).toBe('machine-not-found');
    expect((await problemOf(api.consoles.serialLog(ref))).code).toBe('not-found');
  });

  test('YAML: syntax, unknown fields and refused values, each at its line; a renamed machine is not applied', async () => {
    const { api } = connection;
    const text = (spec: string): string =>
      `apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: x}\nspec:\n${spec}`;
    expect((await api.machines.checkYaml({ yaml: 'a: [1' }))[0]).toMatchObject({ severity: 'error' });
    expect((await api.machines.checkYaml({ yaml: 'kind: Pod' }))[0]?.message).toContain('VirtualMachine');
    const unknown = await api.machines.checkYaml({
      yaml: text('  runStrategy: Halted\n  template:\n    spec:\n      domian: {}\n'),
    });
    expect(unknown[0]).toMatchObject({ severity: 'error', line: 8, column: 7 });
    expect((await problemOf(api.machines.applyYaml({ ...ref, yaml: text('  {}\n') }))).code).toBe('yaml-refused');
  });
});

test.skipIf(givenCluster)(
  'kill -9 of the engine: rows stay and are marked, machines keep running, all is live again',
  async () => {
    const { api, ...connection } = await byPort();
    const ref = { namespace: testNamespace, name: 'survivor' };
    await api.machines.create(
      createMachineSchema.parse({
        ...ref,
        source: { type: 'blank' },
        rootDisk: { size: 64 * 2 ** 20 },
        size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * 2 ** 20 },
      }),
    );
    const before = await until(api.machines.detail(ref), (detail) => detail.row.status === 'Running');
    const states: string[] = [];
    const recovered = (async () => {
      for await (const update of api.machines.watch({})) {
        states.push(update.type);
        if (update.type === 'live') return;
      }
    })();
    await expect.poll(() => states).toContain('snapshot');
    process.kill(backend.enginePid ?? 0, 'SIGKILL');
    await recovered;
    expect(states).toContain('stale');
    const after = await until(api.machines.detail(ref), (detail) => detail.row.status === 'Running');
    expect(after.vmi?.metadata.uid).toBe(before.vmi?.metadata.uid);
    await api.machines.act({ ...ref, action: 'delete', deleteDisks: true, mode: 'now' });
    await problemOf(until(api.machines.detail(ref), () => false));
    connection.close();
  },
);

test('a second instance is told who holds the folder', async () => {
  const problem = await problemOf(startBackend({ dataDir: folder, quiet: true }));
  expect(problem).toMatchObject({ code: 'data-dir-in-use', kind: 'denied' });
  expect(problem.detail).toContain(String(process.pid));
});
