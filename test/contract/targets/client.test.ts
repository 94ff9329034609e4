import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import type { Credentials } from '../../../main/backend/target/credentials.ts';

// A server that answers only when the test says so.
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
async function serve(): Promise<{ credentials: (user?: string) => Credentials; asked: () => Promise<ServerResponse> }> {
  const server = createServer();
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    credentials: (user = 'ada') => ({
      user,
      server: new URL(`http://127.0.0.1:${port}`),
      tls: { ca: 'an authority' },
      headers: async () => ({}),
    }),
    asked: async () => ((await once(server, 'request')) as [unknown, ServerResponse])[1],
  };
}

describe('a client that is given its credentials anew', () => {
  it('keeps what is under way with the same server: an engine that came back answers before its start is told', async () => {
    const server = await serve();
    const client = createKubeClient(server.credentials());
    const asked = server.asked();
    const answer = client.json('PUT', '/a', { body: {} });
    const response = await asked;
    client.use(server.credentials());
    response.end('{"done":true}');
    expect(await answer).toEqual({ done: true });
    const again = server.asked();
    const later = client.json('GET', '/b');
    (await again).end('{}');
    expect(await later).toEqual({});
    client.close();
  });

  it.each(['server', 'user'])('cuts off what went to another %s', async (what) => {
    const one = await serve();
    const other = what === 'server' ? (await serve()).credentials() : one.credentials('grace');
    const client = createKubeClient(one.credentials());
    const asked = one.asked();
    const answer = client.json('PUT', '/a', { body: {} });
    await asked;
    client.use(other);
    await expect(answer).rejects.toMatchObject({ problem: { code: 'target-unreachable' } });
    client.close();
  });

  it('and lets go of what is still under way when it is closed', async () => {
    const server = await serve();
    const client = createKubeClient(server.credentials());
    const asked = server.asked();
    const answer = client.json('PUT', '/a', { body: {} });
    await asked;
    client.use(server.credentials());
    client.use(server.credentials());
    client.close();
    await expect(answer).rejects.toMatchObject({ problem: { code: 'target-unreachable' } });
  });
});
