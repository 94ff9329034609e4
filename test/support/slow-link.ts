import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface LinkOptions {
  /** Milliseconds that a byte travels one way; 0 unless told. */
  delayMs?: number;
  /** Share of packets (of `mtu` bytes) that are lost. TCP sends them again: what is behind them waits `resendMs`. */
  loss?: number;
  resendMs?: number;
  mtu?: number;
}
/** A TCP line to a port of this computer that can be slow, lose packets, and be cut. */
export interface Link {
  readonly port: number;
  /** Connections that were made through it so far. */
  readonly made: number;
  /** Cuts all connections and takes no new one until `mend`. */
  cut(): void;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One direction: every chunk arrives `delayMs` after it was sent, later where a packet of it was lost, never before an earlier one. */
function carry(from: Socket, to: Socket, options: Required<LinkOptions>, chance: () => number): void {
  let free = 0;
  const later = (work: () => void, at: number): void => {
    const wait = at - Date.now();
    if (wait <= 0 && options.delayMs === 0) work();
    else setTimeout(work, wait);
  };
  const arrival = (bytes: number): number => {
    let lost = 0;
    for (let packets = Math.ceil(bytes / options.mtu); packets > 0; packets -= 1)
      if (chance() < options.loss) lost += options.resendMs;
    free = Math.max(free, Date.now() + options.delayMs) + lost;
    return free;
  };
  from.on('data', (chunk: Buffer) =>
    later(() => {
      if (!to.destroyed && !to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    }, arrival(chunk.length)),
  );
  from.on('end', () => later(() => to.end(), arrival(1)));
  from.on('close', () => later(() => to.destroy(), arrival(1)));
  from.on('error', () => to.destroy());
}

/** Opens a line to `to` on 127.0.0.1. */
export async function openLink(to: number, given: LinkOptions = {}): Promise<Link> {
  const options = { delayMs: 0, loss: 0, resendMs: 2 * (given.delayMs ?? 0) + 200, mtu: 1460, ...given };
  const chance = numbers(7);
  const sockets = new Set<Socket>();
  let made = 0;
  const server = createServer((near) => {
    made += 1;
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    carry(near, far, options, chance);
    carry(far, near, options, chance);
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    get made() {
      return made;
    },
    cut() {
      server.close();
      drop();
    },
    mend: () => listen(port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}
