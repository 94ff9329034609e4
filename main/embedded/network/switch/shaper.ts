import { isDeepStrictEqual } from 'node:util';
import { counterOf, Lane } from './lane.ts';
import type { LaneWish, Waiting } from './lane.ts';
import { readIpv4 } from './packet.ts';
import type { FaultCounters, NetworkFault, PortFaults, Way } from './protocol.ts';

const [tcp, udp, dns] = [6, 17, 53];
const kinds: readonly NetworkFault[] = ['loss', 'delay', 'rate', 'dns'];

/** The faults of one port: both ways of its cable, and whether it is told names. */
export class Shaper {
  readonly counters: FaultCounters = {};
  /** To the machine, and from it; undefined: as it should be, and nothing looks at the packets. */
  in: Lane | undefined;
  out: Lane | undefined;
  #faults: PortFaults = {};
  readonly #lanes: { in: Lane; out: Lane };

  /** `random`: from 0 to 1, a generator with a seed in tests. `all`: shared by the shapers of a switch. */
  constructor(random: () => number, all: Waiting) {
    this.#lanes = { in: new Lane(random, this.counters, all), out: new Lane(random, this.counters, all) };
  }

  /** What is wrong from now on. Counters of what changed begin anew; what is cured loses nothing that still waits. */
  set(faults: PortFaults): void {
    for (const kind of kinds)
      if (!isDeepStrictEqual(this.#faults[kind], faults[kind])) {
        delete this.counters[kind];
        // From the beginning: nothing has been measured is another thing than there is no fault.
        if (faults[kind]) counterOf(this.counters, kind);
      }
    this.#faults = structuredClone(faults);
    for (const way of ['in', 'out'] as const) {
      const wish = laneWish(faults, way);
      this.#lanes[way].set(wish);
      if (!wish.delay && wish.rate === undefined) this.#lanes[way].flush();
      this[way] = Object.keys(wish).length > 0 ? this.#lanes[way] : undefined;
    }
  }

  /** Whether a frame from the machine is a question for a name, and so goes nowhere now. */
  swallows(frame: Buffer): boolean {
    if (!this.#faults.dns || !asksName(frame)) return false;
    const counted = counterOf(this.counters, 'dns');
    counted.packets += 1;
    counted.dropped += 1;
    return true;
  }

  close(): void {
    this.#lanes.in.close();
    this.#lanes.out.close();
  }
}

/** Faults of a port as one way of its cable has them. Pure. */
export function laneWish({ loss, delay, rate }: PortFaults, way: 'in' | 'out'): LaneWish {
  const mine = (one: { way: Way } | undefined): boolean => one !== undefined && (one.way === 'both' || one.way === way);
  return {
    ...(loss && mine(loss) && { loss: loss.percent / 100 }),
    ...(delay && mine(delay) && { delay: { ms: delay.ms, jitter: delay.jitter } }),
    // A kilobit a second is an eighth of a byte a millisecond.
    ...(rate && mine(rate) && { rate: rate.kbit / 8 }),
  };
}

/** To port 53, wherever that is: the switch, the way out, another machine. */
function asksName(frame: Buffer): boolean {
  const ip = readIpv4(frame);
  if (!ip?.first || (ip.protocol !== udp && ip.protocol !== tcp) || ip.body + 4 > ip.end) return false;
  return frame.readUInt16BE(ip.body + 2) === dns;
}
