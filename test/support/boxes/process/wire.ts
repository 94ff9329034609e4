import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A cable to a program at one loopback address: what is said at `host:port` reaches it there, until the cable is pulled. */
export interface Wire {
  readonly host: string;
  readonly port: number;
  /** Plugged in or pulled; pulling it cuts what is open. */
  plug(on: boolean): Promise<void>;
  /** How many bytes a second go towards the program from now on; as many as there are unless told. */
  pace(bytes: number): void;
  close(): Promise<void>;
}

export async function layWire(host: string, port: number, to: number, on = true): Promise<Wire> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  let rate = Infinity;
  const slowly = (): Transform =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (rate === Infinity) done(null, chunk);
        else setTimeout(() => done(null, chunk), (chunk.length / rate) * 1000);
      },
    });
  const server = createServer((near) => {
    // By the same address inside: the program sees at which of its addresses it was reached.
    const far = connect({ host, port: to });
    for (const each of [near, far]) keep(each);
    near.pipe(slowly()).pipe(far).pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  const wire: Wire = {
    host,
    port,
    async plug(wanted) {
      if (wanted === server.listening) return;
      if (wanted) {
        server.listen(port, host);
        await once(server, 'listening');
        return;
      }
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    pace(bytes) {
      rate = bytes;
    },
    close: () => wire.plug(false),
  };
  await wire.plug(on);
  return wire;
}
