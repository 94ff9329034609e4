import type { WebSocket } from 'ws';
import type { WebSocketShape } from '../../contract/websocket-port.ts';

/** Bytes that may wait for a page before we stop taking its requests, and how far they must fall before we go on. */
const high = 8 * 1024 * 1024;
const low = 1024 * 1024;
const pingMs = 20_000;

/**
 * A page's socket for the contract: a page that asks and asks but never reads is not read any more (so it costs no memory
 * beyond `high`), and one that is gone without a word is found by pings.
 */
export function withBackPressure(socket: WebSocket): WebSocketShape {
  let waiting = 0;
  let alive = true;
  const ping = setInterval(() => {
    if (!alive) socket.terminate();
    alive = false;
    socket.ping();
  }, pingMs);
  ping.unref();
  socket.on('pong', () => (alive = true));
  socket.on('message', () => (alive = true));
  socket.on('close', () => clearInterval(ping));
  return {
    get binaryType() {
      return socket.binaryType;
    },
    set binaryType(value) {
      socket.binaryType = value as 'arraybuffer';
    },
    get readyState() {
      return socket.readyState;
    },
    send(data) {
      const size = data.length;
      waiting += size;
      if (waiting > high && !socket.isPaused) socket.pause();
      socket.send(data, () => {
        waiting -= size;
        if (waiting < low && socket.isPaused) socket.resume();
      });
    },
    close: (code, reason) => socket.close(code, reason),
    addEventListener: (type: string, listener: unknown) =>
      socket.addEventListener(type as 'message', listener as () => void),
  };
}
