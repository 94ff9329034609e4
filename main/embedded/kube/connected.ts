import { connect } from 'node:net';
import type { NetConnectOpts, Socket } from 'node:net';

/** A socket once it is connected; `early` gets it before. From then on a peer that goes away is no failure. Throws when there is no connection. */
export async function connected(to: NetConnectOpts, early?: (socket: Socket) => void): Promise<Socket> {
  const socket = connect(to);
  early?.(socket);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve);
  socket.once('error', reject);
  await promise;
  socket.off('error', reject);
  socket.on('error', () => socket.destroy());
  return socket;
}
