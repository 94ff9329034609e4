import { Allowance } from './allowance.ts';
import { answerDhcp, isGiven, readDhcp } from './dhcp.ts';
import { answer, readQuestion } from './dns.ts';
import { headerLength, packetOf } from './frames.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { etherArp, etherType, ipText, macBytes, macText, readIpv4, udpFrame } from './packet.ts';
import type { Ipv4 } from './packet.ts';
import { clusterDomain } from './protocol.ts';

/** The switch itself, on every private network. */
const ownMacText = '02:68:65:61:72:74';
const ownMac = macBytes(ownMacText);
const broadcast = Buffer.from('ffffffffffff', 'hex');
const [udp, dns, dhcpServer, dhcpClient] = [17, 53, 67, 68];
/** Addresses that one guest may stand for (containers or machines inside it); a hostile one must not fill our memory. */
const mostMacs = 64;
const mostAddresses = 4;
/** Milliseconds after which a further hardware address that was silent gives way to another. */
const staleMac = 300_000;
/** Frames a second that one guest may send to all, and how many at once. */
const [mostToAll, burstToAll] = [4000, 2000];
/** Milliseconds between two words about the addresses of one guest. */
const betweenWords = 2000;

export interface PrivatePort {
  id: string;
  namespace: string;
  mac: string;
  /** What the guest is told when it asks for an address. */
  ipv4: { address: number; prefix: number; server: number; router?: number | undefined } | undefined;
  /** Whether the DHCP answer names a name server: not where the machine has the pod network's. */
  names: boolean;
  on: ReadonlySet<string>;
  guest: Link;
  /** Further hardware addresses seen behind it, the one that was silent for longest first, each with when it was seen. */
  learned: Map<string, number>;
  /** IPv4 addresses that the guest uses, latest last. */
  seen: string[];
  toAll: Allowance;
  /** Runs while nothing more is said of `seen`. */
  quiet?: { timer: NodeJS.Timeout; changed: boolean };
}

export const privatePort = (of: Omit<PrivatePort, 'learned' | 'seen' | 'toAll' | 'quiet'>): PrivatePort => ({
  ...of,
  learned: new Map(),
  seen: [],
  toAll: new Allowance(mostToAll, burstToAll),
});

/** One private network: a learning switch with, where the network says so, addresses. */
export class PrivateSwitch {
  readonly #ports = new Map<string, PrivatePort>();
  /** By hardware address. */
  readonly #table = new Map<string, PrivatePort>();
  /** Whose the addresses are that this network gives out; the switch's own are nobody's. */
  readonly #given = new Map<number, PrivatePort | undefined>();
  readonly #onSeen: (port: PrivatePort) => void;

  constructor(onSeen: (port: PrivatePort) => void) {
    this.#onSeen = onSeen;
  }

  get size(): number {
    return this.#ports.size;
  }

  add(port: PrivatePort): void {
    this.#ports.set(port.id, port);
    const first = this.#table.get(port.mac);
    // Of two machines with the same hardware address the one that was there first has it, at every word of the engine.
    if (first?.mac !== port.mac) {
      first?.learned.delete(port.mac);
      this.#table.set(port.mac, port);
    }
    this.#count();
  }

  remove(id: string): void {
    const port = this.#ports.get(id);
    if (!port) return;
    this.#ports.delete(id);
    for (const mac of [port.mac, ...port.learned.keys()]) if (this.#table.get(mac) === port) this.#table.delete(mac);
    for (const other of this.#ports.values()) if (!this.#table.has(other.mac)) this.#table.set(other.mac, other);
    clearTimeout(port.quiet?.timer);
    delete port.quiet;
    port.learned.clear();
    port.seen = [];
    this.#count();
  }

  #count(): void {
    this.#given.clear();
    for (const port of this.#ports.values()) if (port.ipv4) this.#given.set(port.ipv4.address, port);
    for (const port of this.#ports.values()) if (port.ipv4) this.#given.set(port.ipv4.server, undefined);
  }

  /** A frame from a guest goes to whom it is for, or to all others. */
  frame(port: PrivatePort, packet: Buffer, names: Names): void {
    const frame = packet.subarray(headerLength);
    const source = macText(frame.subarray(6, 12));
    const ip = readIpv4(frame);
    if (!this.#learn(port, source) || this.#isFalse(port, frame, ip)) {
      port.guest.counters.dropped += 1;
      return;
    }
    if (source === port.mac) this.#uses(port, arpSender(frame) ?? ip?.source ?? 0);
    if (this.#served(port, frame, ip, names)) return;
    const target = (frame[0] ?? 0) & 1 ? undefined : this.#table.get(macText(frame.subarray(0, 6)));
    if (target) {
      if (target !== port) target.guest.send(packet, port.guest);
    } else if (!port.toAll.take(performance.now())) port.guest.counters.dropped += 1;
    else for (const other of this.#ports.values()) if (other !== port) other.guest.send(packet, port.guest);
  }

  /** False for a frame in the name of somebody else: it goes nowhere. */
  #learn(port: PrivatePort, mac: string): boolean {
    const known = this.#table.get(mac);
    if (known === port && mac === port.mac) return true;
    if (known && known !== port && known.mac === mac) return false;
    if (parseInt(mac.slice(0, 2), 16) & 1 || mac === ownMacText) return false;
    const now = performance.now();
    const [oldest] = port.learned;
    if (known !== port && oldest && port.learned.size >= mostMacs) {
      if (now - oldest[1] < staleMac) return false;
      port.learned.delete(oldest[0]);
      if (this.#table.get(oldest[0]) === port) this.#table.delete(oldest[0]);
    }
    known?.learned.delete(mac);
    port.learned.set(mac, now);
    this.#table.set(mac, port);
    return true;
  }

  /**
   * Whether a guest says that an address is its own which this network gave to another, or plays the network's own part
   * (its address, its DHCP): where addresses are given out, nobody can draw the others' traffic to himself.
   */
  #isFalse(port: PrivatePort, frame: Buffer, ip: Ipv4 | undefined): boolean {
    if (this.#given.size === 0) return false;
    const sender = arpSender(frame);
    if (sender !== undefined) return this.#given.has(sender) && this.#given.get(sender) !== port;
    if (!ip) return false;
    if (this.#given.has(ip.source) && this.#given.get(ip.source) === undefined) return true;
    return ip.protocol === udp && ip.first && ip.body + 4 <= ip.end && frame.readUInt16BE(ip.body) === dhcpServer;
  }

  #uses(port: PrivatePort, address: number): void {
    if (address === 0) return;
    const text = ipText(address);
    if (port.seen.at(-1) === text) return;
    port.seen = [...port.seen.filter((one) => one !== text), text].slice(-mostAddresses);
    if (port.quiet) port.quiet.changed = true;
    else this.#say(port);
  }

  /** The first word at once, further ones now and then: what the engine hears of a guest it writes to disk. */
  #say(port: PrivatePort): void {
    const timer = setTimeout(() => {
      const changed = port.quiet?.changed;
      delete port.quiet;
      if (changed) this.#say(port);
    }, betweenWords);
    port.quiet = { timer, changed: false };
    this.#onSeen(port);
  }

  /** Whether the switch itself was meant, and has answered. */
  #served(port: PrivatePort, frame: Buffer, ip: Ipv4 | undefined, names: Names): boolean {
    const { ipv4 } = port;
    if (!ipv4) return false;
    const { server } = ipv4;
    if (etherType(frame) === etherArp) return this.#arp(port, frame, server);
    if (ip?.protocol !== udp || !ip.whole || ip.body + 8 > ip.end) return false;
    const data = frame.subarray(ip.body + 8, ip.end);
    const to = frame.readUInt16BE(ip.body + 2);
    if (to === dns && ip.target === server) {
      const question = readQuestion(data);
      const found = question && names.find(question.name, port.namespace, port.on);
      const known = Array.isArray(found) ? found : undefined;
      if (question) this.#reply(port, frame, server, ip.source, dns, frame.readUInt16BE(ip.body), answer(question, known)); // prettier-ignore
      return true;
    }
    if (to !== dhcpServer) return false;
    const asked = readDhcp(data);
    if (!asked || macText(asked.hardware) !== port.mac) return true;
    const reply = answerDhcp(asked, {
      ...ipv4,
      ...(port.names ? { names: server } : {}),
      domain: `${port.namespace}.svc.${clusterDomain}`,
    });
    // A guest that took an address may stay silent for long.
    if (reply && isGiven(reply)) this.#uses(port, ipv4.address);
    if (reply) this.#reply(port, frame, server, 0xffffffff, dhcpServer, dhcpClient, reply);
    return true;
  }

  #arp(port: PrivatePort, frame: Buffer, server: number): boolean {
    if (frame.length < 42 || frame.readUInt16BE(20) !== 1 || frame.readUInt32BE(38) !== server) return false;
    const reply = Buffer.alloc(42);
    frame.copy(reply, 0, 6, 12);
    ownMac.copy(reply, 6);
    frame.copy(reply, 12, 12, 20);
    reply.writeUInt16BE(2, 20);
    ownMac.copy(reply, 22);
    reply.writeUInt32BE(server, 28);
    frame.copy(reply, 32, 22, 32);
    port.guest.send(packetOf(reply));
    return true;
  }

  #reply(port: PrivatePort, asked: Buffer, source: number, target: number, from: number, to: number, payload: Buffer) {
    const targetMac = target === 0xffffffff ? broadcast : asked.subarray(6, 12);
    port.guest.send(
      packetOf(udpFrame({ sourceMac: ownMac, targetMac, source, target, sourcePort: from, targetPort: to, payload })),
    );
  }
}

/** Whose address an ARP message says it tells. */
const arpSender = (frame: Buffer): number | undefined =>
  etherType(frame) === etherArp && frame.length >= 42 ? frame.readUInt32BE(28) : undefined;
