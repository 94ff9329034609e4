import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { authority, certificate } from '../cluster-doubles.ts';

/** Bytes of every disk that is exported. */
const disk = gzipSync(Buffer.alloc(2 ** 20));

/**
 * KubeVirt's export server as it is inside the cluster: by the name of its Service, which nobody outside can look up, and
 * with the token in its own header (pkg/storage/export/virt-exportserver). A port-forward to its Pod reaches it.
 */
export async function exporter(): Promise<{ port: number; ca: string; close(): Promise<void> }> {
  const ca = await authority('export-ca');
  const { cert, key } = await certificate(ca, 300, '*.default.svc', '*.lab-files.svc');
  const server = createServer({ cert, key }, (request, response) => {
    const answer = (code: number, body: Buffer | string = ''): void => void response.writeHead(code).end(body);
    if (!request.headers['x-kubevirt-export-token']) return answer(401, 'missing token');
    return /^\/volumes\/[^/]+\/disk\.img\.gz$/.test(request.url ?? '') ? answer(200, disk) : answer(404);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca: ca.cert,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
