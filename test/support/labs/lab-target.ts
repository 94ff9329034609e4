import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { createLiveValue } from '../../../main/backend/target/live-value.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import type { LookContext } from '../../../main/backend/labs/checks/look-types.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { Probe } from '../../../main/contract/labs/checks.ts';
import { probeSchema } from '../../../main/contract/labs/checks.ts';
import type { Target } from '../../../main/contract/target.ts';

export const namespace = 'lab-test';

/** An API server of a few objects, whose machines have ports of this computer: what a probe sees of a target. */
export interface LabTarget {
  readonly context: LookContext;
  objects: KubeObject[];
  /** machine:port -> a port of this computer, or what the target says instead: an answer, or a connection that it cuts or leaves open. */
  readonly ports: Map<string, number | { code: number; text: string } | 'cut' | 'silent'>;
  /** Path -> an answer instead of what would come. */
  readonly answers: Map<string, { code: number; body: unknown }>;
  readonly requests: string[];
  /** What the screen and the serial console of each machine say. */
  readonly screens: Map<string, { rows: string[]; cols: number; unreadable: number }>;
  readonly serials: Map<string, { text: string; sinceStep?: string }>;
  close(): Promise<void>;
}

const resources: Record<string, { name: string; kind: string; namespaced: boolean }[]> = {
  '/api/v1': [
    { name: 'services', kind: 'Service', namespaced: true },
    { name: 'services/status', kind: 'Service', namespaced: true },
    { name: 'pods', kind: 'Pod', namespaced: true },
    { name: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim', namespaced: true },
    { name: 'nodes', kind: 'Node', namespaced: false },
  ],
  '/apis/kubevirt.io/v1': [
    { name: 'virtualmachines', kind: 'VirtualMachine', namespaced: true },
    { name: 'virtualmachineinstances', kind: 'VirtualMachineInstance', namespaced: true },
  ],
  '/apis/apps/v1': [{ name: 'deployments', kind: 'Deployment', namespaced: true }],
};

const kindByPlural = new Map(Object.values(resources).flatMap((list) => list.map(({ name, kind }) => [name, kind] as const))); // prettier-ignore

export async function labTarget(): Promise<LabTarget> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://target');
    lab.requests.push(url.pathname + url.search);
    const { code, body } = lab.answers.get(url.pathname) ?? answer(url);
    response.writeHead(code, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body)); // prettier-ignore
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'plain.kubevirt.io' });
  server.on('upgrade', (request, socket, head) => {
    const [, machine, port] =
      /virtualmachineinstances\/([^/]+)\/portforward\/(\d+)\/tcp$/.exec(request.url ?? '') ?? [];
    const to = lab.ports.get(`${machine}:${port}`) ?? { code: 404, text: `no port ${machine}:${port} in this test` };
    if (typeof to === 'object') {
      const body = JSON.stringify({ kind: 'Status', message: to.text });
      socket.end(`HTTP/1.1 ${to.code} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`); // prettier-ignore
      return;
    }
    sockets.handleUpgrade(request, socket, head, (websocket) => {
      if (to === 'cut') return websocket.close();
      if (to === 'silent') return;
      const near = createWebSocketStream(websocket);
      const far = connect(to, '127.0.0.1');
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
      far.on('close', () => near.destroy());
      near.on('close', () => far.destroy());
      near.pipe(far).pipe(near);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createKubeClient({
    server: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    tls: {},
    headers: () => Promise.resolve({}),
  });

  function answer({ pathname, searchParams }: URL): { code: number; body: unknown } {
    const missing = { code: 404, body: { kind: 'Status', message: `${pathname} not found`, reason: 'NotFound' } };
    if (pathname === '/apis') return { code: 200, body: { groups: [{ name: 'apps', preferredVersion: { groupVersion: 'apps/v1' } }] } }; // prettier-ignore
    const served = resources[pathname];
    if (served) return { code: 200, body: { resources: served } };
    const [, , plural = '', name] = /^(\/.+)\/namespaces\/lab-test\/([a-z]+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
    const kind = kindByPlural.get(plural);
    const all = lab.objects.filter((each) => each.kind === kind && each.metadata.namespace === namespace);
    if (kind === undefined) return missing;
    if (name !== undefined) {
      const found = all.find(({ metadata }) => metadata.name === name);
      return found ? { code: 200, body: found } : missing;
    }
    const wanted = (searchParams.get('labelSelector') ?? '').split(',').filter(Boolean).map((each) => each.split('=')); // prettier-ignore
    const items = all.filter(({ metadata }) => wanted.every(([label = '', value]) => metadata.labels?.[label] === value)); // prettier-ignore
    return { code: 200, body: { items, metadata: { resourceVersion: '1' } } };
  }

  const lab: LabTarget = {
    context: {
      target: { client, state: createLiveValue({} as Target) },
      namespace,
      consoles: {
        serialText: ({ name }, since) => {
          const { text = '', sinceStep = '' } = lab.serials.get(name) ?? {};
          return Promise.resolve({ text: since ? sinceStep : text, truncated: false });
        },
        screenText: ({ name }) => Promise.resolve(lab.screens.get(name) ?? { rows: [], cols: 80, unreadable: 0 }),
      },
      ssh: {
        publicKey: () => Promise.reject(new Error('no SSH in this test')),
        run: () => Promise.reject(new Error('no SSH in this test')),
        forget: () => Promise.resolve(),
        close: () => undefined,
      },
      mark: () => ({ run: 'test', total: 0, tail: '' }),
    },
    objects: [],
    ports: new Map(),
    answers: new Map(),
    requests: [],
    screens: new Map(),
    serials: new Map(),
    async close() {
      client.close();
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return lab;
}

/** A probe as the lab file has it, with its defaults. */
export const probe = (written: { [Kind in keyof Probe]?: Partial<NonNullable<Probe[Kind]>> }): Probe =>
  probeSchema.parse(written);

export const object = (
  kind: string,
  name: string,
  more: {
    labels?: Record<string, string>;
    spec?: KubeObject['spec'];
    status?: KubeObject['status'];
    data?: Record<string, unknown>;
  } = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace, uid: `uid-${name}`, ...(more.labels && { labels: more.labels }) },
  ...(more.spec && { spec: more.spec }),
  ...(more.status && { status: more.status }),
  ...(more.data && { data: more.data }),
});

/** A machine that runs, with what its instance says. */
export const running = (
  name: string,
  more: { labels?: Record<string, string>; spec?: Record<string, unknown>; status?: object } = {},
): KubeObject[] => [
  object('VirtualMachine', name),
  object('VirtualMachineInstance', name, { ...more, status: { phase: 'Running', ...more.status } }),
];
