import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import { authority, certificate } from '../cluster-doubles.ts';
import type { Pair } from '../cluster-doubles.ts';

/** What stands in for the API server of a box: only its certificate matters. */
export async function apiServer(how: { host?: string; named?: string; ca?: Pair; port?: number }) {
  const ca = how.ca ?? (await authority('k3s-server-ca'));
  const { cert, key } = await certificate(ca, 100, how.named ?? how.host ?? '127.0.0.1');
  const server = createServer({ cert, key }, (_request, response) => response.end('{}'));
  server.on('tlsClientError', () => undefined);
  server.listen(how.port ?? 0, how.host ?? '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ca,
    port,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** As k3s writes it; `change` makes it another one. */
export function k3sKubeconfig(ca: string, port: number, change: { cluster?: object; user?: object; more?: object } = {}): string {
  const data = (text: string): string => Buffer.from(text).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'default', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': data(ca), ...change.cluster } }],
    contexts: [{ name: 'default', context: { cluster: 'default', user: 'default' } }],
    'current-context': 'default',
    preferences: {},
    users: [{ name: 'default', user: { 'client-certificate-data': data('a certificate'), 'client-key-data': data('a key'), ...change.user } }],
    ...change.more,
  });
} // prettier-ignore
