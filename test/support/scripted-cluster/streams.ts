import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { pick, pickText } from '../../../main/backend/target/pick.ts';
import { on } from './cluster.ts';
import type { Containers } from './containers.ts';
import type { Inner } from './cluster.ts';
import { allows, attributesOf, forbidden } from './rbac.ts';
import type { Rule } from './rbac.ts';
import { notFound, Refusal } from './status.ts';

/** Consoles, screens and port-forwards: who may be on, and what a newcomer does to whoever is (KubeVirt 1.9 pkg/virt-handler/rest). */
export function streams(parts: {
  inner: Inner;
  rules: readonly Rule[];
  /** KubeVirt's part of the API is there. */
  served: boolean;
  /** Local port that a port-forward to a Pod reaches. */
  podPort: (pod: string) => number | undefined;
  containers: Containers;
  seen: { method: string; path: string; body: unknown; code: number }[];
}) {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) =>
      ['plain.kubevirt.io', 'v5.channel.k8s.io', 'v4.channel.k8s.io'].find((each) => offered.has(each)) ?? false,
  });
  const current = new Map<string, WebSocket>();
  let pings = 0;

  function check(segments: string[], url: URL): { key: string; stream: string } {
    const attributes = attributesOf('GET', segments, false);
    if (attributes && !allows(parts.rules, attributes)) throw forbidden(attributes);
    const [, , , , namespace = '', plural = '', name = '', stream = ''] = segments;
    if (parts.served && (plural === 'virtualmachineinstances' || plural === 'virtualmachines')) {
      const vmi = parts.inner.store.get(on.instances, namespace, name);
      if (!vmi) throw notFound('virtualmachineinstance.kubevirt.io', name);
      if (pickText(vmi, 'status', 'phase') !== 'Running') throw new Refusal(400, 'BadRequest', 'VMI is not running');
      if (stream === 'vnc' && pick(vmi, 'spec', 'domain', 'devices', 'autoattachGraphicsDevice') === false)
        throw new Refusal(400, 'BadRequest', 'No graphics devices are present.');
      const key = `${namespace}/${name}/${stream}`;
      if (stream === 'vnc' && url.searchParams.get('preserveSession') === 'true' && current.has(key))
        throw new Refusal(500, 'InternalError', 'Active VNC connection. Request denied.');
      return { key, stream };
    }
    throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
  }
  /** Since Kubernetes 1.35 a WebSocket into a Pod takes the right to create, beside that to get. */
  function checkPod(segments: string[], url: URL): (socket: WebSocket) => void {
    for (const method of ['GET', 'POST']) {
      const attributes = attributesOf(method, segments, false);
      if (attributes && !allows(parts.rules, attributes)) throw forbidden(attributes);
    }
    const [, , , namespace = '', , name = '', sub = ''] = segments;
    const port = Number(url.searchParams.get('ports'));
    const local = sub === 'portforward' ? parts.podPort(name) : undefined;
    if (local !== undefined) return (socket) => forwardPort(socket, local, port);
    const pod = parts.containers.check(namespace, name, url.searchParams, sub);
    if (sub === 'exec') return (socket) => parts.containers.exec(socket, pod, url.searchParams);
    if (sub === 'portforward') return (socket) => parts.containers.forward(socket, pod, port);
    throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
  }
  function speak(socket: WebSocket, key: string, stream: string): void {
    socket.on('ping', () => (pings += 1));
    if (stream === 'portforward') return void socket.on('message', (data) => socket.send(data, { binary: true }));
    // Console and screen have one client: the newest. Whoever was on is put off.
    current.get(key)?.close();
    current.set(key, socket);
    socket.on('close', () => {
      if (current.get(key) === socket) current.delete(key);
    });
    if (stream === 'vnc') socket.send(Buffer.from('RFB 003.008\n'));
    else {
      socket.send(Buffer.from(`${key.split('/')[1]} login: `));
      socket.on('message', (data) => socket.send(data, { binary: true }));
    }
  }
  /** v4.channel.k8s.io: a channel byte before each message; the first message of a channel is its port. */
  function forwardPort(socket: WebSocket, local: number, port: number): void {
    const target = connect(local, '127.0.0.1');
    const head = Buffer.from([port & 0xff, port >> 8]);
    socket.send(Buffer.concat([Buffer.from([0]), head]));
    socket.send(Buffer.concat([Buffer.from([1]), head]));
    socket.on('message', (data) => {
      const bytes = data as Buffer;
      if (bytes[0] === 0) target.write(bytes.subarray(1));
    });
    target.on('data', (chunk) => socket.send(Buffer.concat([Buffer.from([0]), chunk])));
    target.on('close', () => socket.close());
    target.on('error', () => socket.close());
    socket.on('close', () => target.destroy());
  }
  return {
    upgrade(request: IncomingMessage, socket: Duplex, headBytes: Buffer): void {
      const url = new URL(request.url ?? '/', 'https://cluster');
      const segments = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
      parts.seen.push({ method: 'GET', path: request.url ?? '', body: undefined, code: 101 });
      try {
        if (request.headers.authorization !== 'Bearer scripted') throw new Refusal(401, 'Unauthorized', 'Unauthorized');
        const pod = segments[0] === 'api' && segments[4] === 'pods' ? checkPod(segments, url) : undefined;
        const { key, stream } = pod ? { key: '', stream: '' } : check(segments, url);
        server.handleUpgrade(request, socket, headBytes, (webSocket) => (pod ? pod(webSocket) : speak(webSocket, key, stream))); // prettier-ignore
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const body = error.body();
        socket.end(
          `HTTP/1.1 ${error.code} ${error.reason}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
        );
      }
    },
    /** Every open session breaks off, as when virt-handler restarts. */
    drop(): void {
      for (const socket of server.clients) socket.terminate();
    },
    get pings() {
      return pings;
    },
  };
}
