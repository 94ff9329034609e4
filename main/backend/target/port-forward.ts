import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { KubeClient } from './client.ts';
import { kinds, pathOf } from './kinds.ts';
import { openSocket } from './web-socket.ts';

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
  const { socket, opened } = await openSocket(client, pathOf(kinds.pods, pod.namespace, pod.name, 'portforward'), {
    protocols: [protocol],
    query: new URLSearchParams({ ports: String(port) }),
    signal,
  });
  const stream = duplexOf(socket);
  await opened;
  const cut = (): void => void stream.destroy();
  signal?.addEventListener('abort', cut, { once: true });
  stream.once('close', () => signal?.removeEventListener('abort', cut));
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
  // What fails before anybody reads is told by whoever opens it.
  stream.on('error', () => undefined);
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
