import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { authority, base64, certificate, kubeconfigOf } from '../cluster-doubles.ts';
import { on, servedAs } from './cluster.ts';
import type { ExportServer, Inner } from './cluster.ts';
import { copies } from './controllers/copies.ts';
import { disks } from './controllers/disks.ts';
import { liveUpdate } from './controllers/live-update.ts';
import { machines } from './controllers/machines.ts';
import { migrations } from './controllers/migrations.ts';
import { snapshots } from './controllers/snapshots.ts';
import { workloads } from './controllers/workloads.ts';
import { containers } from './containers.ts';
import type { Containers } from './containers.ts';
import { exporter } from './exporter.ts';
import { readFixture } from './fixture.ts';
import type { ClusterFixture } from './fixture.ts';
import { servedKinds } from './kinds.ts';
import type { Served } from './kinds.ts';
import { handler } from './server.ts';
import type { Seen } from './server.ts';
import { ClusterStore } from './store.ts';
import { streams } from './streams.ts';
import { createTroubles } from './trouble.ts';
import type { Troubles } from './trouble.ts';
import { uploadProxy } from './upload-proxy.ts';
import type { UploadProxy } from './upload-proxy.ts';

export interface ScriptedOptions {
  /** A cluster of test/support/clusters, or one of the test's own. */
  cluster?: string | ClusterFixture;
  /** The namespace that the kubeconfig names. */
  namespace?: string;
  /** Milliseconds between two steps of a controller. */
  pace?: number;
  /** CDIConfig tells an address of the upload proxy; else it is reached by a port-forward to its Pod, as virtctl does. */
  uploadProxyUrl?: boolean;
  /** The guest agent answers in every machine. */
  agent?: boolean;
  /** Exports are handed out there, as qcow2 at /NAME.qcow2. */
  exportServer?: ExportServer;
}
/** A cluster that plays KubeVirt and CDI for the backend. */
export interface ScriptedCluster {
  /** Path of its kubeconfig. */
  readonly kubeconfig: string;
  readonly server: string;
  readonly fixture: ClusterFixture;
  readonly store: ClusterStore;
  /** Every request, in order. */
  readonly seen: Seen[];
  readonly troubles: Troubles;
  readonly uploads: UploadProxy;
  /** What runs in Pods: their logs, commands and ports. */
  readonly containers: Containers;
  /** Imports from these addresses fail with these words. */
  readonly failingImports: Map<string, string>;
  /** Snapshots of these names fail with these words. */
  readonly failingSnapshots: Map<string, string>;
  /** Moves of these machines fail with these words. */
  readonly failingMigrations: Map<string, string>;
  /** Guests that ignore a polite stop. */
  readonly deaf: Set<string>;
  /** Pings that came on consoles and screens. */
  pings(): number;
  agent(answers: boolean): void;
  /** Prometheus text of one node's virt-handler. */
  metrics(node: string, text: string): void;
  /** The API server restarts: every watch breaks off. `gone`: its history is forgotten, too, so that they get 410. */
  dropWatches(gone?: boolean): void;
  /** virt-handler restarts: consoles and screens break off. */
  dropStreams(): void;
  object(group: string, plural: string, namespace: string | undefined, name: string): KubeObject | undefined;
  objects(group: string, plural: string, namespace?: string): KubeObject[];
  /** As somebody else on the cluster would write. Not validated. */
  put(group: string, plural: string, object: KubeObject): void;
  mutate(group: string, plural: string, namespace: string | undefined, name: string, change: (draft: KubeObject) => void): void; // prettier-ignore
  /** Writes (no dry runs) that were refused because they do not fit the published schemas. A suite ends with none. */
  misfits(): string[];
  close(): Promise<void>;
}

/**
 * Starts an HTTPS API server that plays a cluster: discovery, rights, resources with real watches and patches, the state
 * machines of KubeVirt's and CDI's controllers, consoles, uploads. What is written is checked against the schemas of
 * KubeVirt 1.9 and CDI 1.66, strictly. Shares no code with the engine but the reader of schemas and the two patch formats.
 */
export async function scriptedCluster(options: ScriptedOptions = {}): Promise<ScriptedCluster> {
  const named = options.cluster ?? 'k3s-snapshot-csi';
  const fixture = structuredClone(typeof named === 'string' ? readFixture(named) : named);
  const pace = options.pace ?? 5;
  const store = new ClusterStore();
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;
  const exporting = await exporter();
  const inner: Inner = {
    store,
    exportCa: exporting.ca,
    lateBinding: fixture.objects.some((each) => each['volumeBindingMode'] === 'WaitForFirstConsumer'),
    failingImports: new Map(),
    failingSnapshots: new Map(),
    failingMigrations: new Map(),
    deaf: new Set(),
    agent: options.agent ?? false,
    ...(options.exportServer && { exportServer: options.exportServer }),
    after(work, steps = 1) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (!closed) work();
      }, pace * steps);
      timers.add(timer);
    },
    event(about, type, reason, message) {
      const { namespace = 'default', name = '', uid = '' } = about.metadata;
      const at = new Date().toISOString();
      store.create(on.events, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name}.${Math.random().toString(16).slice(2, 12)}`, namespace },
        involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid },
        type,
        reason,
        message,
        count: 1,
        firstTimestamp: at,
        lastTimestamp: at,
        source: { component: 'scripted' },
      });
    },
  };
  const machinesOf = machines(inner);
  const disksOf = disks(inner);
  const others = [copies(inner), snapshots(inner), migrations(inner), liveUpdate(inner), workloads(inner)];
  const inside = containers(inner);

  const signer = await authority('cdi-uploadproxy-signer');
  const uploads = await uploadProxy(signer, options.uploadProxyUrl === true, (namespace, name) => disksOf.uploaded(namespace, name)); // prettier-ignore
  const kindOf = (object: KubeObject): Served | undefined =>
    servedKinds.find((each) => each.kind === object.kind && (each.group ? `${each.group}/${each.version}` : each.version) === object.apiVersion); // prettier-ignore
  const hasCdi = 'cdi.kubevirt.io' in fixture.groups;
  for (const object of fixture.objects) {
    const kind = kindOf(object);
    if (!kind) throw new Error(`the fixture ${fixture.name} has a ${object.kind} of ${object.apiVersion}`);
    if (kind.kind === 'CDIConfig' && options.uploadProxyUrl) Object.assign(object.status ?? {}, { uploadProxyURL: uploads.url }); // prettier-ignore
    store.create(kind, object);
  }
  if (hasCdi && store.get(servedAs('', 'namespaces'), undefined, 'cdi'))
    store.create(servedAs('', 'configmaps'), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cdi-uploadproxy-signer-bundle', namespace: 'cdi' },
      data: { 'ca-bundle.crt': signer.cert },
    });
  store.listen((change) => {
    machinesOf.changed(change);
    disksOf.changed(change);
    for (const controller of others) controller.changed(change);
  });

  const ca = await authority('scripted-cluster');
  const { cert, key } = await certificate(ca, 300);
  const seen: Seen[] = [];
  const troubles = createTroubles();
  const metrics = new Map<string, string>();
  const api = handler({
    store, inner, fixture, troubles, seen,
    metrics: (pod) => metrics.get(pod.replace(/^virt-handler-/, '')) ?? '',
    token: (namespace, claim) => uploads.token(namespace, claim),
    containers: inside,
  }); // prettier-ignore
  const streaming = streams({
    inner,
    rules: fixture.rules,
    served: 'subresources.kubevirt.io' in fixture.groups,
    podPort: (pod) =>
      pod.startsWith('virt-export-') ? exporting.port : pod.startsWith('cdi-uploadproxy') ? uploads.port : undefined,
    containers: inside,
    seen,
  });
  const server = createServer({ cert, key }, (request, response) => {
    api.handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.on('upgrade', (request, socket, head) => streaming.upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), 'hearth-scripted-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    kubeconfigOf(address, { 'certificate-authority-data': base64(ca.cert) }, { token: 'scripted' }, options.namespace),
    { mode: 0o600 },
  );
  return {
    kubeconfig,
    server: address,
    fixture,
    store,
    seen,
    troubles,
    uploads,
    containers: inside,
    failingImports: inner.failingImports,
    failingSnapshots: inner.failingSnapshots,
    failingMigrations: inner.failingMigrations,
    deaf: inner.deaf,
    pings: () => streaming.pings,
    agent: (answers) => void (inner.agent = answers),
    metrics: (node, text) => void metrics.set(node, text),
    dropWatches(gone = false) {
      if (gone) store.compact();
      api.dropWatches();
    },
    dropStreams: () => streaming.drop(),
    object: (group, plural, namespace, name) => store.get(servedAs(group, plural), namespace, name),
    objects: (group, plural, namespace) => store.list(servedAs(group, plural), namespace),
    put(group, plural, object) {
      const kind = servedAs(group, plural);
      if (store.get(kind, object.metadata.namespace, object.metadata.name ?? '')) store.replace(kind, object);
      else store.create(kind, object);
    },
    mutate: (group, plural, namespace, name, change) => store.mutate(servedAs(group, plural), namespace, name, change),
    misfits: () =>
      seen.filter(({ misfit, path }) => misfit !== undefined && !path.includes('dryRun=All')).map(({ method, path, misfit }) => `${method} ${path}: ${misfit}`), // prettier-ignore
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      streaming.drop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([uploads.close(), exporting.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
