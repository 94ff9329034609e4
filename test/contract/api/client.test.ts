import { CoreV1Api, CustomObjectsApi, KubeConfig, Watch, makeInformer } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCluster, openClusterLab, testNamespace } from '../../support/cluster.ts';
import type { ClusterLab } from '../../support/cluster.ts';
import type { TestEngine } from '../../support/engine.ts';

/** The engine, or the cluster that the environment gives. */
let lab: ClusterLab;
let config: KubeConfig;
beforeAll(async () => {
  lab = await openClusterLab();
  config = new KubeConfig();
  config.loadFromFile(lab.kubeconfig);
});
afterAll(() => lab.remove());
const engineOf = (): TestEngine => {
  if (!lab.engine) throw new Error('this test is about the engine');
  return lab.engine;
};

const place = { group: 'kubevirt.io', version: 'v1', namespace: testNamespace, plural: 'virtualmachines' };
const vm = (name: string) => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name },
  spec: {
    runStrategy: 'Halted',
    template: { spec: { domain: { devices: {}, memory: { guest: '64Mi' } } } },
  },
});

describe('@kubernetes/client-node', () => {
  it('creates, lists page by page and deletes', async () => {
    const api = config.makeApiClient(CustomObjectsApi);
    for (const name of ['a', 'b', 'c']) await api.createNamespacedCustomObject({ ...place, body: vm(name) });
    const names: string[] = [];
    let next: string | undefined;
    do {
      const page = (await api.listNamespacedCustomObject({
        ...place,
        limit: 2,
        ...(next ? { _continue: next } : {}),
      })) as {
        items: { metadata: { name: string } }[];
        metadata: { continue?: string };
      };
      names.push(...page.items.map((item) => item.metadata.name));
      next = page.metadata.continue;
    } while (next);
    expect(names).toEqual(['a', 'b', 'c']);
    await api.deleteCollectionNamespacedCustomObject(place);
    expect(((await api.listNamespacedCustomObject(place)) as { items: unknown[] }).items).toEqual([]);
  });

  it('informs of what was there, of changes and of deletions', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const seen: string[] = [];
    await core.createNamespacedConfigMap({ namespace: testNamespace, body: { metadata: { name: 'early' } } });
    const informer = makeInformer(config, `/api/v1/namespaces/${testNamespace}/configmaps`, () =>
      core.listNamespacedConfigMap({ namespace: testNamespace }),
    );
    const until = (word: string) =>
      new Promise<void>((resolve) => {
        const check = setInterval(() => {
          if (seen.includes(word)) {
            clearInterval(check);
            resolve();
          }
        }, 20);
      });
    informer.on('add', (object) => seen.push(`add ${object.metadata?.name}`));
    informer.on('update', (object) => seen.push(`update ${object.metadata?.name}`));
    informer.on('delete', (object) => seen.push(`delete ${object.metadata?.name}`));
    await informer.start();
    await until('add early');
    await core.createNamespacedConfigMap({ namespace: testNamespace, body: { metadata: { name: 'late' } } });
    await until('add late');
    await core.patchNamespacedConfigMap({
      namespace: testNamespace,
      name: 'late',
      body: [{ op: 'add', path: '/data', value: { x: 'y' } }],
    });
    await until('update late');
    await core.deleteNamespacedConfigMap({ namespace: testNamespace, name: 'late' });
    await until('delete late');
    await informer.stop();
    expect(seen).toEqual(['add early', 'add late', 'update late', 'delete late']);
  });

  it('keeps a quiet watch open past 35 seconds, with bookmarks', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const { metadata } = await core.listNamespacedSecret({ namespace: testNamespace });
    const events: { type: string; at: number; version: string }[] = [];
    const start = Date.now();
    let finished: unknown = 'open';
    let arrived: () => void = () => undefined;
    const added = new Promise<void>((resolve) => (arrived = resolve));
    const controller = await new Watch(config).watch(
      `/api/v1/namespaces/${testNamespace}/secrets`,
      { allowWatchBookmarks: true, resourceVersion: metadata?.resourceVersion ?? '' },
      (type, object: { metadata: { resourceVersion: string } }) => {
        events.push({ type, at: Date.now() - start, version: object.metadata.resourceVersion });
        if (type === 'ADDED') arrived();
      },
      (error) => (finished = error),
    );
    await new Promise((resolve) => setTimeout(resolve, 36_000));
    expect(finished).toBe('open');
    expect(events.filter((event) => event.type === 'BOOKMARK').length).toBeGreaterThanOrEqual(3);
    await core.createNamespacedSecret({ namespace: testNamespace, body: { metadata: { name: 's' } } });
    await added;
    controller.abort();
  });

  it.skipIf(givenCluster)('tells a watcher of long ago to list anew', async () => {
    const engine = engineOf();
    const core = config.makeApiClient(CoreV1Api);
    await engine.down();
    await engine.up();
    config.loadFromFile(engine.kubeconfig);
    const reply = await engine.request('/api/v1/secrets?watch=1&resourceVersion=1&timeoutSeconds=5');
    expect(JSON.parse(reply.body)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(
      (await core.listNamespacedSecret({ namespace: testNamespace })).items.map((item) => item.metadata?.name),
    ).toContain('s');
  });

  it.skipIf(givenCluster)('begins a watch with what is there when asked to', async () => {
    const engine = engineOf();
    const reply = await engine.request('/api/v1/secrets?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1'); // prettier-ignore
    const events = reply.body.trim().split('\n').map((line) => JSON.parse(line) as { type: string; object: { metadata: { annotations?: Record<string, string> } } }); // prettier-ignore
    expect(events.map((event) => event.type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(events[1]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });
});
