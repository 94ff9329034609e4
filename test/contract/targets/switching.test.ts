import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort as NodePort } from 'node:worker_threads';
import * as tus from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../../main/backend/start.ts';
import type { Backend } from '../../../main/backend/backend.ts';
import { openRegistry } from '../../../main/backend/targets/registry.ts';
import { connect } from '../../../main/contract/connect.ts';
import type { Connection } from '../../../main/contract/connect.ts';
import { contract } from '../../../main/contract/contract.ts';
import type { Api, Contract } from '../../../main/contract/contract.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { ListUpdate } from '../../../main/contract/machine.ts';
import { messagePort } from '../../../main/contract/message-port.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { TargetEntry } from '../../../main/contract/targets.ts';
import { authority, base64, kubeconfigOf } from '../../support/cluster-doubles.ts';
import { TestEngine } from '../../support/engine.ts';
import { signIn } from '../../support/hearth.ts';
import { silent } from '../../support/store.ts';

let folder: string;
let other: TestEngine;
let backend: Backend;
let page: Connection<Contract>;
let api: Api;
let otherId: string;

const nodePort = (port: NodePort) =>
  messagePort(port, (onMessage, onClose) => {
    port.on('message', onMessage);
    port.on('close', onClose);
  });
const open = async (): Promise<void> => {
  backend = await startBackend({ dataDir: folder, webPort: 0, quiet: true });
  if (backend.engineTrouble) throw backend.engineTrouble;
  const { port1, port2 } = new MessageChannel();
  backend.attach(nodePort(port1), 'desktop');
  page = connect(contract, nodePort(port2));
  ({ api } = page);
};
const close = async (): Promise<void> => {
  page.close();
  await backend.close({ stopVms: true });
};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-switch-'));
  other = await TestEngine.start();
  await open();
  const text = await readFile(other.kubeconfig, 'utf8');
  otherId = (await api.targets.addCluster({ text, name: 'Other', use: false })).id;
}, 60_000);
afterAll(async () => {
  await close();
  await other.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** What a page would show of a list, and what came, in order. */
function follow<T>(list: AsyncIterable<ListUpdate<T>>, key: (row: T) => string) {
  const rows = new Map<string, T>();
  const types: string[] = [];
  void (async () => {
    for await (const update of list) {
      types.push(update.type);
      if (update.type === 'snapshot' || update.type === 'reset') rows.clear();
      const items = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
      for (const item of items) rows.set(key(item), item);
      if (update.type === 'delta') for (const gone of update.removed) rows.delete(gone);
    }
  })().catch(() => types.push('ended'));
  return { rows, types, keys: () => [...rows.keys()].sort() };
}
async function until<T>(items: AsyncIterable<T>, check: (item: T) => boolean): Promise<T> {
  for await (const item of items) if (check(item)) return item;
  throw new Error('the stream ended');
}
const problemOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProblemError);
  return (error as ProblemError).problem;
};
const machine = (name: string, start = false) =>
  createMachineSchema.parse({
    name,
    start,
    source: { type: 'blank' },
    rootDisk: { size: 64 * 2 ** 20 },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * 2 ** 20 },
    runStrategy: 'Manual',
  });
const entries = async (): Promise<TargetEntry[]> => {
  const first = await until(api.targets.watch({}), (update) => update.type === 'snapshot');
  return first.type === 'snapshot' ? first.items : [];
};

describe('two targets', () => {
  test('a page that changes the target sees the other one, without asking again', async () => {
    const list = follow(api.machines.watch({}), rowKeys.machine);
    const states: string[] = [];
    void (async () => {
      for await (const { id, state } of api.target.watch({})) states.push(`${id} ${state}`);
    })().catch(() => states.push('ended'));
    await api.machines.create(machine('here'));
    await api.machines.create(machine('both'));
    await expect.poll(list.keys).toEqual(['default/both', 'default/here']);
    const detail = follow1(api.machines.detail({ namespace: 'default', name: 'here' }));
    await expect.poll(() => detail.seen.length).toBeGreaterThan(0);
    const uid = list.rows.get('default/both')?.uid;

    await api.targets.use({ id: otherId });
    await api.machines.create(machine('both'));
    await api.machines.create(machine('there'));
    await expect.poll(list.keys).toEqual(['default/both', 'default/there']);
    expect(list.rows.get('default/both')?.uid).not.toBe(uid);
    expect(list.types.filter((type) => type !== 'delta').slice(0, 3)).toEqual(['snapshot', 'reset', 'snapshot']);
    // It is not on this one: said so, instead of an old picture that never changes.
    await expect.poll(() => detail.problem?.code).toBe('machine-not-found');
    await expect.poll(() => states.at(-1)).toBe(`${otherId} ready`);
    expect((await other.kubectl(['get', 'vm', '-o', 'name'])).stdout.split('\n').sort()).toEqual([
      'virtualmachine.kubevirt.io/both',
      'virtualmachine.kubevirt.io/there',
    ]);
    const kubeconfig = await api.target.kubeconfig({});
    expect(kubeconfig.path).toBe(join(folder, 'targets', otherId, 'kubeconfig'));
    expect([kubeconfig.text.includes(other.server), (await stat(kubeconfig.path)).mode & 0o777]).toEqual([true, 0o600]);

    await api.targets.use({ id: 'quick-lab' });
    await expect.poll(list.keys).toEqual(['default/both', 'default/here']);
    expect(list.rows.get('default/both')?.uid).toBe(uid);
    expect((await api.target.kubeconfig({})).path).toBe(join(folder, 'kubeconfig'));
  });

  test('a console stays on the machine it was opened on; what it said is kept apart', async () => {
    const ref = { namespace: 'default', name: 'runs' };
    await api.machines.create(machine('runs', true));
    await until(api.machines.detail(ref), ({ row }) => row.tone === 'running');
    const screen = await api.consoles.vnc(ref);
    await api.consoles.serialLog(ref);
    await api.targets.use({ id: otherId });
    const greeting = await until(screen.readable, () => true);
    expect(Buffer.from(greeting).toString()).toBe('RFB 003.008\n');
    expect((await problemOf(api.consoles.vnc(ref))).code).toBe('not-found');
    await api.consoles.serialLog({ namespace: 'default', name: 'both' });
    expect(await readdir(join(folder, 'consoles'))).toHaveLength(1);
    expect(await readdir(join(folder, 'targets', otherId, 'consoles'))).toHaveLength(1);
    screen.close();
    await api.targets.use({ id: 'quick-lab' });
    // A guest without a system does not hear a polite stop.
    await api.machines.act({ ...ref, action: 'delete', deleteDisks: true, mode: 'now' });
  });

  test('an upload goes to the target it was announced for, whatever is current meanwhile', async () => {
    const images = follow(api.images.watch({}), ({ name }) => name);
    const bytes = Buffer.alloc(2 ** 20, 7);
    await api.targets.use({ id: otherId });
    const ticket = await api.images.startUpload({ name: 'sent', fileName: 'sent.img', size: bytes.length });
    await expect.poll(images.keys).toEqual(['sent']);
    await api.targets.use({ id: 'quick-lab' });
    await expect.poll(images.keys).toEqual([]);
    const { web } = backend;
    const cookie = await signIn(web?.signInUrl() ?? '');
    await new Promise<void>((resolve, reject) => {
      new tus.Upload(bytes, {
        endpoint: `${web?.address}${ticket.endpoint}`,
        metadata: { uploadId: ticket.uploadId },
        headers: { cookie, origin: web?.address ?? '' },
        chunkSize: 256 * 1024,
        retryDelays: [],
        onSuccess: () => resolve(),
        onError: reject,
      }).start();
    });
    await until(api.tasks.watch({}), (update) => {
      const tasks = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
      return tasks.some(({ id, state }) => id === ticket.taskId && state === 'done');
    });
    expect(images.keys()).toEqual([]);
    const there = await other.kubectl(['get', 'dv', '-A', '-o', 'jsonpath={.items[*].metadata.name}']);
    expect(there.stdout.split(' ')).toContain('sent');
  });

  test('one that does not answer shows nothing of the one before, and says why', async () => {
    const ca = await authority('nobody');
    const text = kubeconfigOf('https://127.0.0.1:1', { 'certificate-authority-data': base64(ca.cert) });
    const list = follow(api.machines.watch({}), rowKeys.machine);
    await expect.poll(() => list.rows.size).toBeGreaterThan(0);
    const { id } = await api.targets.addCluster({ text, name: 'Gone', use: true });
    await expect.poll(() => [list.rows.size, list.types.at(-1)]).toEqual([0, 'stale']);
    const lost = await until(api.target.watch({}), ({ problem }) => problem !== undefined);
    expect([lost.id, lost.state, lost.problem?.code]).toEqual([id, 'connecting', 'target-unreachable']);
    const entry = (await entries()).find((each) => each.id === id);
    expect(entry).toMatchObject({ state: 'connecting', current: true, place: '127.0.0.1:1', forgettable: true });
    expect(entry?.problem?.code).toBe('target-unreachable');
    // Forgotten while current: the Quick lab again, and nothing left of it.
    const { undo } = await api.targets.forget({ id });
    await expect.poll(() => list.rows.size).toBeGreaterThan(0);
    expect((await entries()).find(({ current }) => current)?.id).toBe('quick-lab');
    expect((await readdir(join(folder, 'targets'))).sort()).toEqual(['.forgotten', otherId]);
    // Had back it is what it was: the current one, with its kubeconfig; and only once.
    await api.undo.back({ kind: 'target', undo });
    expect((await entries()).find((each) => each.id === id)).toMatchObject({ name: 'Gone', current: true });
    expect(await readFile(join(folder, 'targets', id, 'kubeconfig'), 'utf8')).toContain('https://127.0.0.1:1');
    expect((await problemOf(api.undo.back({ kind: 'target', undo }))).code).toBe('undo-too-late');
    await api.targets.forget({ id });
    await expect.poll(async () => (await entries()).find(({ current }) => current)?.id).toBe('quick-lab');
  });

  test('names, and what cannot be', async () => {
    await api.targets.rename({ id: otherId, name: 'Another' });
    expect((await entries()).map(({ name }) => name)).toEqual(['Quick lab', 'Another']);
    await api.targets.use({ id: otherId });
    await until(api.target.watch({}), ({ name }) => name === 'Another');
    await api.targets.use({ id: 'quick-lab' });
    for (const work of [
      api.targets.use({ id: 'nothing' }),
      api.targets.forget({ id: '../../etc' }),
      api.targets.rename({ id: 'x', name: 'y' }),
    ])
      expect((await problemOf(work)).code).toBe('target-not-found');
    expect((await problemOf(api.targets.forget({ id: 'quick-lab' }))).code).toBe('target-not-forgettable');
  });

  test('what another process registers is there at once, and gone at once', async () => {
    const registry = await openRegistry({ file: join(folder, 'targets.json'), log: silent });
    const list = follow(api.targets.watch({}), rowKeys.target);
    const elsewhere = {
      id: 'box',
      name: 'Box',
      kind: 'appliance',
      place: 'box.lan',
      kubeconfig: other.kubeconfig,
    } as const;
    await registry.put({ ...elsewhere, use: true });
    await expect.poll(() => list.rows.get('box')).toMatchObject({ current: true, kind: 'appliance', state: 'ready' });
    await registry.remove('box');
    await expect.poll(list.keys).toEqual([otherId, 'quick-lab']);
    await expect.poll(() => list.rows.get('quick-lab')?.current).toBe(true);
    registry.close();
    expect(await readFile(other.kubeconfig, 'utf8')).toContain(other.server);
  });

  test('after the next start: the same targets, the same one current; a damaged list is told', async () => {
    await api.targets.use({ id: otherId });
    await close();
    await open();
    const ready = await until(api.target.watch({}), ({ state }) => state === 'ready');
    expect([ready.id, ready.name]).toEqual([otherId, 'Another']);
    await close();
    await writeFile(join(folder, 'targets.json'), 'not json');
    await open();
    const [lab, ...rest] = await entries();
    expect([lab?.id, lab?.current, lab?.problem?.code, rest]).toEqual(['quick-lab', true, 'targets-file-damaged', []]);
    const kept = (await readdir(folder)).filter((name) => name.startsWith('targets.json.corrupt-'));
    expect(kept).toHaveLength(1);
  }, 90_000);
});

/** A stream of whole values: what came, and how it ended. */
function follow1<T>(items: AsyncIterable<T>) {
  const state: { seen: T[]; problem: ProblemError['problem'] | undefined } = { seen: [], problem: undefined };
  void (async () => {
    for await (const item of items) state.seen.push(item);
  })().catch((error: unknown) => {
    if (error instanceof ProblemError) state.problem = error.problem;
  });
  return state;
}
