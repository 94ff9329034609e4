import { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { KubeClient } from './client.ts';
import { answerError, unreachable } from './kube-error.ts';
import { secured } from './secured.ts';
import { kinds, pathOf } from './kinds.ts';

const protocol = 'v4.channel.k8s.io';
/** Bytes that may wait in the socket before the writer has to. */
const highWater = 1024 * 1024;

/**
 * A connection to a port of a Pod, as `kubectl port-forward` makes one, over the WebSocket form of it: each message has a
 * channel byte, 0 for data and 1 for errors, and the first two bytes of each channel repeat the port (kubernetes
 * pkg/kubelet/portforward). Throws KubeError when it is refused; the stream ends with what the error channel says.
 */
export async function openPodPort(
  client: KubeClient,
  pod: { namespace: string; name: string },
  port: number,
  signal?: AbortSignal,
): Promise<Duplex> {
  const { credentials } = client;
  const { server } = credentials;
  const path = pathOf(kinds.pods, pod.namespace, pod.name, 'portforward');
  const url = new URL(server);
  url.protocol = server.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = `${server.pathname.replace(/\/$/, '')}${path}`;
  url.search = `ports=${port}`;
  const socket = new WebSocket(url, [protocol], {
    ...secured(credentials.tls),
    headers: await credentials.headers(),
    handshakeTimeout: 15_000,
    perMessageDeflate: false,
    ...(signal && { signal }),
  });
  const stream = duplexOf(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (error) => reject(unreachable(server, `GET ${path}`, error)));
    socket.once('unexpected-response', (request, response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body = (body + chunk).slice(0, 64 * 1024)));
      response.on('close', () => {
        request.destroy();
        reject(answerError(response.statusCode ?? 500, body, `GET ${path}`));
      });
    });
  });
  return stream;
}

function duplexOf(socket: WebSocket): Duplex {
  const heads = [2, 2]; // bytes of the repeated port that are still to come, by channel
  const stream = new Duplex({
    read: () => socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      socket.send(Buffer.concat([Buffer.from([0]), chunk]), (error) => done(error));
    },
    writableHighWaterMark: highWater,
    final(done) {
      socket.close();
      done();
    },
    destroy(error, done) {
      socket.terminate();
      done(error);
    },
  });
  socket.on('message', (data: RawData) => {
    const bytes = data as Buffer;
    const channel = bytes[0] ?? 0;
    const skip = Math.min(heads[channel] ?? 0, bytes.length - 1);
    if (channel < heads.length) heads[channel] = (heads[channel] ?? 0) - skip;
    const rest = bytes.subarray(1 + skip);
    if (rest.length === 0) return;
    if (channel === 1) stream.destroy(new Error(`port-forward: ${rest.toString('utf8').trim()}`));
    else if (!stream.push(rest)) socket.pause();
  });
  socket.on('close', () => {
    if (!stream.readableEnded) stream.push(null);
  });
  socket.on('error', (error) => stream.destroy(error));
  return stream;
}
