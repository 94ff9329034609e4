import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Allowance } from './allowance.ts';
import { FrameReader } from './frames.ts';
import type { Lane } from './lane.ts';
import type { PortCounters } from './protocol.ts';

/** Bytes that may wait for a guest that does not take them; more is dropped, as any switch does. */
const longestQueue = 512 * 1024;
/** QEMU makes its socket a few hundredths of a second after its start; one that stays away is asked for less often. */
const pauses = [20, 50, 100, 200, 500, 1000, 2000];
/** Frames a second of one card, about 1.5 Gbit/s of full ones: one guest must not keep this process to itself. */
const mostFrames = 120_000;
const burst = 6000;

/** The cable to one socket of a QEMU: plugged in again whenever it comes out. */
export class Link {
  readonly path: string;
  readonly counters: PortCounters = { received: 0, sent: 0, receivedFrames: 0, sentFrames: 0, dropped: 0 };
  readonly #onPacket: (packet: Buffer) => void;
  readonly #allowance = new Allowance(mostFrames, burst);
  #socket: Socket | undefined;
  /** Bytes in the queue by who sent them. */
  #waiting = new Map<Link | undefined, number>();
  #behind = false;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;
  connected = false;
  /** What is wrong with the way to this socket, on purpose. */
  lane: Lane | undefined;

  /** `onPacket` gets every frame with its 4-byte header, and may change it. */
  constructor(path: string, onPacket: (packet: Buffer) => void) {
    this.path = path;
    this.#onPacket = onPacket;
    this.#open();
  }

  /** Sends a frame (with header), or drops it where the other side is not there or too slow. `from`: whose it is; the switch's own without. */
  send(packet: Buffer, from?: Link): void {
    if (this.lane) this.lane.pass(packet, (late) => this.#put(late, from));
    else this.#put(packet, from);
  }

  #put(packet: Buffer, from: Link | undefined): void {
    const socket = this.#socket;
    const waiting = this.#waiting;
    const mine = waiting.get(from) ?? 0;
    // Nobody gets more of the queue than is still free: beside one who floods there is always room for the others.
    if (!socket || !this.connected || mine + packet.length > longestQueue - socket.writableLength) {
      this.counters.dropped += 1;
      return;
    }
    if (socket.writableCorked === 0) {
      this.#behind = socket.writableLength > 0;
      // One write for all that this turn of the event loop brings.
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    this.counters.received += packet.length - 4;
    this.counters.receivedFrames += 1;
    waiting.set(from, mine + packet.length);
    // What waits for long must not hold on to all that was read together with it (64 KiB for a frame of 60 bytes).
    socket.write(this.#behind ? copy(packet) : packet, () => {
      const rest = (waiting.get(from) ?? 0) - packet.length;
      if (rest > 0) waiting.set(from, rest);
      else waiting.delete(from);
    });
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
    this.#waiting = new Map();
    let rest: NodeJS.Timeout | undefined;
    socket.on('connect', () => {
      this.connected = true;
      this.#failures = 0;
    });
    socket.on('data', (chunk: Buffer) => {
      const before = this.counters.sentFrames;
      const sane = reader.push(chunk, (packet) => {
        this.counters.sent += packet.length - 4;
        this.counters.sentFrames += 1;
        this.#onPacket(packet);
      });
      if (!sane) return void socket.destroy();
      const wait = this.#allowance.spend(this.counters.sentFrames - before, performance.now());
      if (wait === 0) return;
      // QEMU's own queue fills up then, and the guest sends slower: nothing is lost.
      socket.pause();
      rest = setTimeout(() => socket.resume(), wait);
    });
    // 'close' follows, and plugs it in again.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(rest);
      this.connected = false;
      if (this.#closed) return;
      const wait = pauses[Math.min(this.#failures, pauses.length - 1)] ?? 1000;
      this.#failures += 1;
      this.#timer = setTimeout(() => this.#open(), wait);
    });
  }
}

function copy(packet: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(packet.length);
  packet.copy(own);
  return own;
}
