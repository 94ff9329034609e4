import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { createMachines } from '../../../main/backend/machines/machines.ts';
import { keyOf, kinds } from '../../../main/backend/target/kinds.ts';
import { openTarget } from '../../../main/backend/target/target.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { ListUpdate, MachineRow } from '../../../main/contract/machine.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { TestEngine } from '../../support/engine.ts';
import { scriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';
import { openLink } from '../../support/slow-link.ts';

const log = pino({ level: 'silent' });
const machine = (name: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace: 'default', labels },
  spec: {
    runStrategy: 'Halted',
    template: { spec: { domain: { memory: { guest: '64Mi' }, devices: {} }, volumes: [] } },
  },
});
const path = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';

/** A target that can be made to list anew, and changed while it does not look. */
interface Side {
  target: OpenTarget;
  create(object: KubeObject): Promise<void>;
  delete(name: string): Promise<void>;
  /** Its watches end, `meanwhile` happens, and they must list anew: what happened is in no watch. */
  asleep(meanwhile: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

async function onCluster(): Promise<Side> {
  const cluster = await scriptedCluster();
  const target = await openTarget({ id: 'it', name: 'It', kubeconfig: cluster.kubeconfig, log });
  return {
    target,
    create: async (object) => cluster.put('kubevirt.io', 'virtualmachines', object),
    delete: async (name) => {
      const kind = kinds.virtualMachines;
      await target.client.delete(kind, { namespace: 'default', name });
      await expect.poll(() => cluster.object(kind.group, kind.plural, 'default', name), wait).toBeUndefined();
    },
    async asleep(meanwhile) {
      // Nothing is watched until it is told: what each of them gets first is 410 Gone.
      cluster.troubles.next(({ query }) => query.has('watch'), trouble.drop, Infinity);
      cluster.dropWatches();
      await meanwhile();
      cluster.store.compact();
      cluster.troubles.clear();
      target.cache.retry();
    },
    async close() {
      target.close();
      await cluster.close();
    },
  };
}

async function onEngine(): Promise<Side> {
  const engine = await TestEngine.start();
  const link = await openLink(Number(new URL(engine.server).port));
  const kubeconfig = join(engine.home, 'through-the-link');
  await writeFile(kubeconfig, (await readFile(engine.kubeconfig, 'utf8')).replaceAll(/127\.0\.0\.1:\d+/g, `127.0.0.1:${link.port}`)); // prettier-ignore
  const target = await openTarget({ id: 'it', name: 'It', kubeconfig, log });
  return {
    target,
    create: async (object) => {
      const { code, json } = await engine.json(path, { method: 'POST', send: object });
      if (code !== 201) throw new Error(JSON.stringify(json));
    },
    delete: async (name) => {
      const { code } = await engine.json(`${path}/${name}`, { method: 'DELETE' });
      if (code !== 200) throw new Error(`${code}`);
    },
    async asleep(meanwhile) {
      link.cut();
      await meanwhile();
      // An engine that began anew remembers no changes.
      await engine.down('SIGKILL');
      await engine.up();
      await link.mend();
      target.cache.retry();
    },
    async close() {
      target.close();
      await link.close();
      await engine.remove();
    },
  };
}

/** A page that follows the machines, and what it was sent. */
function follow(target: OpenTarget): { names: () => string[]; rows: Map<string, MachineRow>; sent: ListUpdate<MachineRow>[]; close: () => void } {
  const stop = new AbortController();
  const rows = new Map<string, MachineRow>();
  const sent: ListUpdate<MachineRow>[] = [];
  const machines = createMachines(target, log);
  const run = async (): Promise<void> => {
    for await (const update of machines.watch(stop.signal)) {
      sent.push(update);
      if (update.type === 'snapshot') rows.clear();
      const put = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
      for (const row of put) rows.set(rowKeys.machine(row), row);
      if (update.type === 'delta') for (const key of update.removed) rows.delete(key);
    }
  };
  void run();
  return { names: () => [...rows.values()].map(({ name }) => name).sort(), rows, sent, close: () => stop.abort() };
} // prettier-ignore

const wait = { timeout: 15_000, interval: 20 };

describe.each([
  ['a cluster', onCluster],
  ['the engine', onEngine],
] as const)('lists read anew on %s', (_name, open) => {
  let side: Side | undefined;
  afterEach(() => side?.close());

  test('tell what came, what changed and what is gone, and nothing of what is as before', async () => {
    side = await open();
    const { target } = side;
    for (const name of ['kept-1', 'kept-2', 'gone', 'again']) await side.create(machine(name));
    const page = follow(target);
    await expect.poll(page.names, wait).toEqual(['again', 'gone', 'kept-1', 'kept-2']);
    const uid = page.rows.get('default/again')?.uid;
    const told: string[] = [];
    let joined = false;
    const vms = target.cache.use(kinds.virtualMachines, undefined, {
      changed: (key, object) => joined && told.push(`${key.replace('default/', '')} ${object ? 'is' : 'went'}`),
    });
    joined = true;
    await side.asleep(async () => {
      await side?.delete('gone');
      await side?.delete('again');
      await side?.create(machine('again'));
      await side?.create(machine('new'));
    });
    await expect.poll(page.names, wait).toEqual(['again', 'kept-1', 'kept-2', 'new']);
    await expect.poll(() => page.rows.get('default/again')?.uid, wait).not.toBe(uid);
    expect(told.filter((line) => line.startsWith('kept'))).toEqual([]);
    expect(new Set(told)).toEqual(new Set(['gone went', 'again went', 'again is', 'new is']));
    expect([...vms.values()].map(keyOf).sort()).toEqual(['again', 'kept-1', 'kept-2', 'new'].map((name) => `default/${name}`)); // prettier-ignore
    vms.release();
    page.close();
  });

  test('a page that comes back later does not see what went while nobody looked', async () => {
    side = await open();
    const { target } = side;
    for (const name of ['kept', 'gone']) await side.create(machine(name));
    const machines = createMachines(target, log);
    const first = async (): Promise<string[]> => {
      const stop = new AbortController();
      for await (const update of machines.watch(stop.signal))
        if (update.type === 'snapshot') {
          stop.abort();
          return update.items.map(({ name }) => name).sort();
        }
      return [];
    };
    expect(await first()).toEqual(['gone', 'kept']);
    await side.delete('gone');
    const vms = target.cache.use(kinds.virtualMachines);
    await expect.poll(() => [...vms.values()].map(keyOf), wait).toEqual(['default/kept']);
    expect(await first()).toEqual(['kept']);
    vms.release();
  });
});
