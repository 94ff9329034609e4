import type { FaultCounters, NetworkFault } from './protocol.ts';
import { Timeline } from './timeline.ts';
import type { Due } from './timeline.ts';

/** What is wrong with one way of a cable. */
export interface LaneWish {
  /** Part of the packets that are lost, 0 to 1. */
  loss?: number;
  /** Milliseconds that each packet waits, and so many more or less at random. */
  delay?: { ms: number; jitter: number };
  /** Bytes a millisecond. */
  rate?: number;
}

/** Bytes that wait in one lane at most; and in all of them together. Keeping one packet takes some more than its own. */
const mostWaiting = 4 * 2 ** 20;
const mostInAll = 48 * 2 ** 20;
const kept = 400;
const costOf = (packet: Buffer): number => packet.length + kept;
/** What a slow line lets wait before it drops, as a router does: so many milliseconds, but some full frames in any case. */
const lineQueueMs = 250;
const lineQueueBytes = 30_000;
/** Milliseconds of rest that a slow line may make up for at once. */
const burstMs = 10;
const second = 1000;

/** Bytes that wait in all lanes of one switch. */
export interface Waiting {
  bytes: number;
}

interface Held extends Due {
  packet: Buffer;
  /** When the slow line let it go: from then on it was delayed. */
  from: number;
  go: (packet: Buffer) => void;
}

/** The counters of one fault, made when it first does something. */
export function counterOf(counters: FaultCounters, kind: NetworkFault) {
  return (counters[kind] ??= { packets: 0, dropped: 0, waited: 0, bytes: 0, fastest: 0 });
}

/** One way of a cable with something wrong: packets are lost, wait for their turn on a slow line, then wait for their delay. */
export class Lane {
  readonly #random: () => number;
  readonly #counters: FaultCounters;
  readonly #all: Waiting;
  readonly #held = new Timeline<Held>();
  #wish: LaneWish = {};
  #bytes = 0;
  #order = 0;
  /** When the slow line is free again. */
  #free = -Infinity;
  /** No packet goes before this one, unless jitter lets it. */
  #last = 0;
  #window = { since: 0, bytes: 0 };
  #timer: { at: number; handle: NodeJS.Timeout } | undefined;

  /** `random`: from 0 to 1. What happens is added to `counters`. `all`: shared by the lanes of a switch. */
  constructor(random: () => number, counters: FaultCounters, all: Waiting) {
    this.#random = random;
    this.#counters = counters;
    this.#all = all;
  }

  /** What waits already keeps the time it was given. */
  set(wish: LaneWish): void {
    this.#wish = wish;
  }

  pass(packet: Buffer, go: (packet: Buffer) => void): void {
    const now = performance.now();
    const { loss, delay, rate } = this.#wish;
    if (loss !== undefined) {
      const counted = counterOf(this.#counters, 'loss');
      counted.packets += 1;
      if (this.#random() < loss) return void (counted.dropped += 1);
    }
    const bytes = packet.length - 4;
    const free = rate === undefined ? now : Math.max(this.#free, now - burstMs);
    const from = Math.max(now, free);
    if (rate !== undefined && (from - now) * rate > Math.max(lineQueueBytes, rate * lineQueueMs))
      return this.#drop('rate');
    let at = from;
    if (delay) at += Math.max(0, delay.ms + (this.#random() * 2 - 1) * delay.jitter);
    if (!delay?.jitter) at = Math.max(at, this.#last);
    const waits = at > now || this.#held.size > 0;
    if (waits && (this.#bytes + costOf(packet) > mostWaiting || this.#all.bytes + costOf(packet) > mostInAll))
      return this.#drop(delay ? 'delay' : 'rate');
    if (rate !== undefined) this.#free = free + bytes / rate;
    this.#last = Math.max(at, this.#last);
    if (!waits) return this.#let(packet, from, now, go);
    // A copy: what waits must not hold on to all that was read together with it.
    const own = Buffer.allocUnsafeSlow(packet.length);
    packet.copy(own);
    this.#bytes += costOf(own);
    this.#all.bytes += costOf(own);
    this.#held.add({ at, order: (this.#order += 1), packet: own, from, go });
    this.#wait();
  }

  /** All that waits goes now, in its order: a cure loses nothing. */
  flush(): void {
    this.#stop();
    for (let held = this.#held.take(); held; held = this.#held.take()) this.#release(held, performance.now());
    this.#last = 0;
  }

  /** All that waits is gone. */
  close(): void {
    this.#stop();
    for (let held = this.#held.take(); held; held = this.#held.take()) this.#forget(held);
  }

  #drop(kind: 'rate' | 'delay'): void {
    const counted = counterOf(this.#counters, kind);
    counted.packets += 1;
    counted.dropped += 1;
  }

  #stop(): void {
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
  }

  #wait(): void {
    const at = this.#held.next?.at;
    if (at === undefined || (this.#timer && this.#timer.at <= at)) return;
    this.#stop();
    this.#timer = { at, handle: setTimeout(() => this.#look(), Math.max(0, at - performance.now())) };
  }

  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    while ((this.#held.next?.at ?? Infinity) <= now) {
      const held = this.#held.take();
      if (held) this.#release(held, now);
    }
    this.#wait();
  }

  #forget({ packet }: Held): void {
    this.#bytes -= costOf(packet);
    this.#all.bytes -= costOf(packet);
  }

  #release(held: Held, now: number): void {
    this.#forget(held);
    this.#let(held.packet, held.from, now, held.go);
  }

  #let(packet: Buffer, from: number, now: number, go: (packet: Buffer) => void): void {
    if (this.#wish.delay) {
      const counted = counterOf(this.#counters, 'delay');
      counted.packets += 1;
      counted.waited += Math.max(0, now - from);
    }
    if (this.#wish.rate !== undefined) this.#measure(packet.length - 4, now);
    go(packet);
  }

  /** The fastest second, in bits: what a slow line really let through. */
  #measure(bytes: number, now: number): void {
    const counted = counterOf(this.#counters, 'rate');
    counted.packets += 1;
    counted.bytes += bytes;
    const elapsed = now - this.#window.since;
    if (elapsed >= second) {
      counted.fastest = Math.max(counted.fastest, (this.#window.bytes * 8 * second) / elapsed);
      this.#window = { since: now, bytes: 0 };
    }
    this.#window.bytes += bytes;
  }
}
