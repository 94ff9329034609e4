import { stringify } from 'yaml';
import { deploymentOf, textOf } from '../../../main/backend/pods/manifest.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { createPodsSchema } from '../../../main/contract/pods.ts';
import type { ContainerRow, PodForward, PodKind, PodRow, PodTrouble, WorkRef } from '../../../main/contract/pods.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { Capability } from '../../../main/contract/target.ts';
import { shellPipe } from './console.ts';
import { FakeList, FakeValue, Feed } from './live.ts';

/** What a target can that runs containers, or why it cannot. */
export const podCapabilities = (some: boolean): Capability[] =>
  (['pods', 'podLogs', 'podShell', 'podForward', 'createPods', 'editPods', 'deletePods'] as const).map((id) =>
    some
      ? { id, supported: true }
      : {
          id,
          supported: false,
          reason: 'The target runs virtual machines only, no containers of its own.',
          remedy: 'Choose a cluster as the target: an appliance, a kind cluster or any other by its kubeconfig; or run containers inside a machine.', // prettier-ignore
        },
  );

const begun = Date.now();
const ago = (hours: number): string => new Date(begun - hours * 3_600_000).toISOString();
const container = (name: string, image: string, more: Partial<ContainerRow> = {}): ContainerRow => ({
  name, image, init: false, ready: true, state: 'Running', restarts: 0, previous: false, ports: [], ...more,
}); // prettier-ignore
const row = (kind: PodKind, name: string, more: Partial<PodRow> = {}): PodRow => {
  const containers = more.containers ?? [container(name, 'nginx:1.29', { ports: [80] })];
  return {
    uid: `${kind}-${name}`, kind, namespace: 'default', name, status: kind === 'Pod' ? 'Running' : 'Ready', tone: 'running',
    ready: { have: 1, want: 1 }, restarts: 0, images: containers.map(({ image }) => image), containers, system: false, createdAt: ago(50), ...more,
  }; // prettier-ignore
};
const pod = (name: string, owner: PodRow['owner'], more: Partial<PodRow> = {}): PodRow =>
  row('Pod', name, { node: 'box', address: '10.42.0.17', ...(owner && { owner }), ...more });
const lost: PodTrouble = {
  title: 'The image of shop cannot be fetched',
  detail: 'Back-off pulling image "registry.example.org/shop:2.1"',
  cure: 'Correct the name or tag of the image; for a private registry add an image pull secret; see whether the node reaches the registry.', // prettier-ignore
};
const loop: PodTrouble = { title: 'mailer ended with code 1, again and again', cure: 'Its log says why; where it was started again, the log of the container before.' }; // prettier-ignore
const by = (kind: string, name: string) => ({ kind, name });
const shop = container('shop', 'registry.example.org/shop:2.1', { ready: false, state: 'ImagePullBackOff', ports: [8080] }); // prettier-ignore
const mailer = container('mailer', 'example/mailer:4', { ready: false, state: 'CrashLoopBackOff', restarts: 12, previous: true }); // prettier-ignore
const rowsOf = (): PodRow[] => [
  row('Deployment', 'web', { ready: { have: 2, want: 2 } }),
  pod('web-6d4cf56db6-2xk8p', by('Deployment', 'web'), { containers: [container('web', 'nginx:1.29', { ports: [80] }), container('metrics', 'nginx/nginx-prometheus-exporter:1.4', { ports: [9113] })], ready: { have: 2, want: 2 } }),
  pod('web-6d4cf56db6-h9z4t', by('Deployment', 'web'), { address: '10.42.0.18' }),
  row('Deployment', 'shop', { status: 'Updating', tone: 'error', ready: { have: 0, want: 1 }, why: { ...lost, title: `shop-5b9c: ${lost.title}` }, containers: [{ ...shop, state: '' }], createdAt: ago(0.3) }),
  pod('shop-5b9c7d8f9-qq7xk', by('Deployment', 'shop'), { status: 'ImagePullBackOff', tone: 'error', why: lost, ready: { have: 0, want: 1 }, containers: [shop], createdAt: ago(0.3) }),
  row('Deployment', 'mailer', { status: 'Updating', tone: 'error', ready: { have: 0, want: 1 }, restarts: 12, why: loop, containers: [{ ...mailer, state: '' }] }),
  pod('mailer-7c6b5-abcde', by('Deployment', 'mailer'), { status: 'CrashLoopBackOff', tone: 'error', why: loop, ready: { have: 0, want: 1 }, restarts: 12, containers: [mailer] }),
  row('StatefulSet', 'postgres', { containers: [container('postgres', 'postgres:17', { ports: [5432] })] }),
  pod('postgres-0', by('StatefulSet', 'postgres'), { containers: [container('postgres', 'postgres:17', { ports: [5432] })] }),
  row('DaemonSet', 'node-exporter', { namespace: 'monitoring', containers: [container('node-exporter', 'prom/node-exporter:v1.9')] }),
  row('Job', 'migrate-2026-11', { status: 'Complete', tone: 'stopped', containers: [container('migrate', 'example/migrate:9')], createdAt: ago(26) }),
  row('Deployment', 'staging', { status: 'Scaled down', tone: 'stopped', ready: { have: 0, want: 0 } }),
  pod('virt-launcher-web-kx2lp', by('VirtualMachineInstance', 'web'), { machine: { namespace: 'default', name: 'web' }, containers: [container('compute', 'quay.io/kubevirt/virt-launcher:v1.9.0')] }),
  row('Deployment', 'coredns', { namespace: 'kube-system', system: true, containers: [container('coredns', 'rancher/mirrored-coredns-coredns:1.12')] }),
]; // prettier-ignore

const logLines = (name: string): string[] => [
  '/docker-entrypoint.sh: Configuration complete; ready for start up',
  '2026/11/22 10:58:03 [notice] 1#1: nginx/1.29.3',
  '2026/11/22 10:58:03 [notice] 1#1: start worker processes',
  ...Array.from({ length: 18 }, (_, n) => `10.42.0.1 - - [22/Nov/2026:11:0${Math.floor(n / 4)}:1${n % 10} +0000] "GET /${['', 'favicon.ico', 'health', `items/${n}`][n % 4]} HTTP/1.1" ${n % 7 === 3 ? 404 : 200} ${500 + n * 13} "-" "curl/8.14" ${name}`), // prettier-ignore
];

/** Containers of the preview: what happens to them is seen in the list. */
export function fakePods(
  answer: <T>(what: string, value: T) => Promise<T>,
  live: <T>(source: AsyncIterable<T>) => AsyncGenerator<T>,
  fresh: boolean,
): Api['pods'] {
  const list = new FakeList<PodRow>(rowKeys.pod, fresh ? [] : rowsOf());
  const forwards = new FakeValue<PodForward[]>(
    fresh ? [] : [{ id: 'f1', target: 'Quick lab', kind: 'Deployment', namespace: 'default', name: 'web', port: 80, localPort: 8080, connections: 1 }], // prettier-ignore
  );
  const removed = new Map<string, PodRow>();
  const find = (ref: WorkRef): PodRow => {
    const found = list.rows.get(rowKeys.pod(ref));
    if (!found) throw new ProblemError({ code: 'pod-not-found', title: `There is no ${ref.kind} ${ref.name} (any more)`, detail: 'It was deleted.' }); // prettier-ignore
    return found;
  };
  const yaml = ({ kind, namespace, name, images, ready }: PodRow): string =>
    kind === 'Pod'
      ? stringify({ apiVersion: 'v1', kind, metadata: { name, namespace }, spec: { containers: [{ name, image: images[0] }] } }) // prettier-ignore
      : textOf(deploymentOf(createPodsSchema.parse({ name, namespace, image: images[0] ?? 'nginx', replicas: ready.want })).slice(0, 1)); // prettier-ignore
  return {
    watch: (_input, o) => live(list.watch(o?.signal)),
    async *detail(ref, o) {
      const pods = (): PodRow[] => [...list.rows.values()].filter(({ owner, kind }) => kind === 'Pod' && owner?.kind === ref.kind && owner.name === ref.name); // prettier-ignore
      yield* live((async function* () {
        const tell = () => ({ row: find(ref), yaml: yaml(find(ref)), pods: pods() });
        yield await answer('Reading it', tell());
        for await (const _update of list.feed.listen([], o?.signal)) yield tell();
      })()); // prettier-ignore
    },
    async logs({ name, previous }) {
      const stop = new AbortController();
      const text = previous ? 'panic: no route to mail.example.org:587\n' : `${logLines(name).join('\n')}\n`;
      return {
        readable: new Feed<Uint8Array>().listen([new TextEncoder().encode(text)], stop.signal),
        write: () => Promise.resolve(),
        close: () => stop.abort(),
      };
    },
    readLog: ({ name }) => answer('The log', { text: `${logLines(name).join('\n')}\n`, truncated: false }),
    shell: async ({ name }) => shellPipe(name, 'root'),
    resize: () => answer('The size', undefined),
    forwards: (_input, o) => live(forwards.watch(o?.signal)),
    forward: async ({ localPort, ...of }) => {
      const made = { id: crypto.randomUUID(), target: 'Quick lab', ...of, localPort: localPort ?? (of.port < 1024 ? 40_123 : of.port), connections: 0 }; // prettier-ignore
      await answer('Forwarding', undefined);
      forwards.set([...forwards.value, made]);
      return made;
    },
    stopForward: async ({ id }) => {
      await answer('Closing the port', undefined);
      forwards.set(forwards.value.filter((each) => each.id !== id));
    },
    checkYaml: () => answer('Checking', []),
    applyYaml: () => answer('Applying', undefined),
    scale: async ({ replicas, ...ref }) => {
      await answer('Scaling', undefined);
      const stopped = replicas === 0;
      list.put({ ...find(ref), ready: { have: replicas, want: replicas }, status: stopped ? 'Scaled down' : 'Ready', tone: stopped ? 'stopped' : 'running' }); // prettier-ignore
    },
    restart: () => answer('Restarting', undefined),
    remove: async (ref) => {
      const found = find(ref);
      await answer('Deleting', undefined);
      list.remove(rowKeys.pod(found));
      if (found.kind === 'Pod' || found.kind === 'Job') return {};
      removed.set(found.uid, found);
      return { undo: found.uid };
    },
    putBack: async ({ undo }) => {
      const found = removed.get(undo);
      await answer('Putting it back', undefined);
      if (found) list.put(found);
    },
    preview: (wish) => answer('The preview', { yaml: textOf(deploymentOf(createPodsSchema.parse(wish))) }),
    create: async (wish) => {
      const { name, namespace = 'default', image, replicas = 1 } = wish;
      await answer('Running it', undefined);
      list.put(row('Deployment', name, { namespace, containers: [container(name, image)], ready: { have: replicas, want: replicas }, createdAt: new Date().toISOString() })); // prettier-ignore
      return { kind: 'Deployment', namespace, name };
    },
  };
}
