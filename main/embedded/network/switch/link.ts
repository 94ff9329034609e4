import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { FrameReader } from './frames.ts';
import type { PortCounters } from './protocol.ts';

/** Bytes that may wait for a guest that does not take them; more is dropped, as any switch does. */
const longestQueue = 512 * 1024;
/** QEMU makes its socket a few hundredths of a second after its start; one that stays away is asked for less often. */
const pauses = [20, 50, 100, 200, 500, 1000, 2000];

/** The cable to one socket of a QEMU: plugged in again whenever it comes out. */
export class Link {
  readonly path: string;
  readonly counters: PortCounters = { received: 0, sent: 0, receivedFrames: 0, sentFrames: 0, dropped: 0 };
  readonly #onPacket: (packet: Buffer) => void;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;
  connected = false;

  /** `onPacket` gets every frame with its 4-byte header, and may change it. */
  constructor(path: string, onPacket: (packet: Buffer) => void) {
    this.path = path;
    this.#onPacket = onPacket;
    this.#open();
  }

  /** Sends a frame (with header), or drops it where the other side is not there or too slow. */
  send(packet: Buffer): void {
    const socket = this.#socket;
    if (!socket || !this.connected || socket.writableLength > longestQueue) {
      this.counters.dropped += 1;
      return;
    }
    if (socket.writableCorked === 0) {
      // One write for all that this turn of the event loop brings.
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    this.counters.received += packet.length - 4;
    this.counters.receivedFrames += 1;
    socket.write(packet);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #open(): void {
    const socket = connect(this.path);
    const reader = new FrameReader();
    this.#socket = socket;
    socket.on('connect', () => {
      this.connected = true;
      this.#failures = 0;
    });
    socket.on('data', (chunk: Buffer) => {
      const sane = reader.push(chunk, (packet) => {
        this.counters.sent += packet.length - 4;
        this.counters.sentFrames += 1;
        this.#onPacket(packet);
      });
      if (!sane) socket.destroy();
    });
    // 'close' follows, and plugs it in again.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.connected = false;
      if (this.#closed) return;
      const wait = pauses[Math.min(this.#failures, pauses.length - 1)] ?? 1000;
      this.#failures += 1;
      this.#timer = setTimeout(() => this.#open(), wait);
    });
  }
}
