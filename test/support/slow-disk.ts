import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { authority, certificate } from './cluster-doubles.ts';

/** Hands one file out in ranges, so many bytes of it and no more until it is told to. */
export interface SlowDisk {
  readonly address: string;
  readonly cert: string;
  /** What was asked for and how much went out, in order. */
  readonly served: { range: string | undefined; bytes: number }[];
  /** Bytes of an answer after which it waits. */
  holdAfter: number | undefined;
  close(): Promise<void>;
}

export async function slowDisk(data: Buffer): Promise<SlowDisk> {
  const ca = await authority('export-server');
  const { cert, key } = await certificate(ca, 300);
  const served: SlowDisk['served'] = [];
  const server = createServer({ cert, key }, (request, response) => {
    const { range } = request.headers;
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const rest = data.subarray(from);
    const going = rest.subarray(0, disk.holdAfter ?? rest.length);
    served.push({ range, bytes: going.length });
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': rest.length,
      etag: '"one"',
      ...(from > 0 && { 'content-range': `bytes ${from}-${data.length - 1}/${data.length}` }),
    });
    if (going.length < rest.length) response.write(going);
    else response.end(going);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const disk: SlowDisk = {
    address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cert: ca.cert,
    served,
    holdAfter: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return disk;
}
