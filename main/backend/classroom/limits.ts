import type { WebSocket } from 'ws';

/** What one side of a class may send: refilled by the second, saved up to the burst. */
export interface Allowance {
  /** Of text: whoever says more is cut off. */
  messages: Refill;
  /** Of everything: whoever sends more is read more slowly. */
  bytes: Refill;
}
interface Refill {
  perSecond: number;
  burst: number;
}
const mebibyte = 1024 * 1024;
/** A seat tells its state a few times a second and pictures every two; consoles are what is large. */
export const ofSeat: Allowance = {
  messages: { perSecond: 100, burst: 500 },
  bytes: { perSecond: 8 * mebibyte, burst: 32 * mebibyte },
};
/** A teacher types, moves a pointer, and sends a lab file now and then. */
export const ofTeacher: Allowance = {
  messages: { perSecond: 100, burst: 500 },
  bytes: { perSecond: 2 * mebibyte, burst: 8 * mebibyte },
};
/** Bytes that a message costs at least: many small ones are work too. */
const least = 1024;

/** What is left after taking that much; less than nothing: too much was taken. */
export function createBucket({ perSecond, burst }: Refill, now: () => number = Date.now): (amount: number) => number {
  let left = burst;
  let at = now();
  return (amount) => {
    const time = now();
    left = Math.min(burst, left + ((time - at) / 1000) * perSecond) - amount;
    at = time;
    return left;
  };
}

/** Holds a socket to its allowance. `told`: it was cut off, once. */
export function limitSocket(socket: WebSocket, allowed: Allowance, told: () => void): void {
  const messages = createBucket(allowed.messages);
  const bytes = createBucket(allowed.bytes);
  let over = false;
  socket.on('message', (data: Buffer | ArrayBuffer | Buffer[], binary: boolean) => {
    if (over) return;
    const size = Array.isArray(data) ? data.reduce((sum, { length }) => sum + length, 0) : data.byteLength;
    const left = bytes(Math.max(least, size));
    if (left < 0 && !socket.isPaused) {
      socket.pause();
      setTimeout(() => socket.resume(), Math.min(5000, (-left / allowed.bytes.perSecond) * 1000 + 50)).unref();
    }
    if (binary || messages(1) >= 0) return;
    over = true;
    told();
    socket.terminate();
  });
}
