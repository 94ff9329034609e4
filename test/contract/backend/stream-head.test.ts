import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import { openStream } from '../../../main/backend/target/streams.ts';

let close: () => void = () => undefined;
afterEach(() => close());

/** RFC 6455: the answer to the handshake and the first frame in one write, as a quick server sends them. */
async function chattyServer(text: string): Promise<URL> {
  const server = createServer();
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: plain.kubevirt.io\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
    const body = Buffer.from(text);
    socket.on('error', () => undefined);
    socket.write(Buffer.concat([Buffer.from(head), Buffer.from([0x82, body.length]), body]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.close();
    server.closeAllConnections();
  };
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

it('loses nothing of what comes together with the answer', async () => {
  const server = await chattyServer('first words');
  const client = createKubeClient({ server, tls: {}, headers: async () => ({}) });
  const stream = await openStream(client, '/console');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const first = await new Promise<Buffer>((resolve) => stream.once('data', resolve));
  expect(first.toString()).toBe('first words');
  stream.destroy();
  client.close();
});
