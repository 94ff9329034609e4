import { answerDhcp, isGiven, readDhcp } from './dhcp.ts';
import { answer, readQuestion } from './dns.ts';
import { headerLength, packetOf } from './frames.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { etherArp, etherType, ipText, macBytes, macText, readIpv4, udpFrame } from './packet.ts';
import { clusterDomain } from './protocol.ts';

/** The switch itself, on every private network. */
const ownMac = macBytes('02:68:65:61:72:74');
const broadcast = Buffer.from('ffffffffffff', 'hex');
const [udp, dns, dhcpServer, dhcpClient] = [17, 53, 67, 68];
/** Addresses that one guest may stand for (containers or machines inside it); a hostile one must not fill our memory. */
const mostMacs = 64;
const mostAddresses = 4;

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
  /** Further hardware addresses seen behind it. */
  learned: Set<string>;
  /** IPv4 addresses that the guest uses, latest last. */
  seen: string[];
}

/** One private network: a learning switch with, where the network says so, addresses. */
export class PrivateSwitch {
  readonly #ports = new Map<string, PrivatePort>();
  /** By hardware address. */
  readonly #table = new Map<string, PrivatePort>();
  readonly #onSeen: (port: PrivatePort) => void;

  constructor(onSeen: (port: PrivatePort) => void) {
    this.#onSeen = onSeen;
  }

  get size(): number {
    return this.#ports.size;
  }

  add(port: PrivatePort): void {
    this.#ports.set(port.id, port);
    this.#table.set(port.mac, port);
  }

  remove(id: string): void {
    const port = this.#ports.get(id);
    if (!port) return;
    this.#ports.delete(id);
    for (const mac of [port.mac, ...port.learned]) if (this.#table.get(mac) === port) this.#table.delete(mac);
    port.learned.clear();
    port.seen = [];
  }

  /** A frame from a guest goes to whom it is for, or to all others. */
  frame(port: PrivatePort, packet: Buffer, names: Names): void {
    const frame = packet.subarray(headerLength);
    const source = macText(frame.subarray(6, 12));
    if (!this.#learn(port, source)) return;
    this.#see(port, frame);
    if (this.#served(port, frame, names)) return;
    const target = (frame[0] ?? 0) & 1 ? undefined : this.#table.get(macText(frame.subarray(0, 6)));
    if (target) {
      if (target !== port) target.guest.send(packet);
      return;
    }
    for (const other of this.#ports.values()) if (other !== port) other.guest.send(packet);
  }

  /** False for a frame in the name of somebody else: it goes nowhere. */
  #learn(port: PrivatePort, mac: string): boolean {
    const known = this.#table.get(mac);
    if (known === port) return true;
    if (known && known.mac === mac) return false;
    if (parseInt(mac.slice(0, 2), 16) & 1 || port.learned.size >= mostMacs) return false;
    known?.learned.delete(mac);
    port.learned.add(mac);
    this.#table.set(mac, port);
    return true;
  }

  #see(port: PrivatePort, frame: Buffer): void {
    if (macText(frame.subarray(6, 12)) !== port.mac) return;
    const arp = etherType(frame) === etherArp && frame.length >= 42;
    this.#uses(port, arp ? frame.readUInt32BE(28) : (readIpv4(frame)?.source ?? 0));
  }

  #uses(port: PrivatePort, address: number): void {
    if (address === 0) return;
    const text = ipText(address);
    if (port.seen.at(-1) === text) return;
    port.seen = [...port.seen.filter((one) => one !== text), text].slice(-mostAddresses);
    this.#onSeen(port);
  }

  /** Whether the switch itself was meant, and has answered. */
  #served(port: PrivatePort, frame: Buffer, names: Names): boolean {
    const { ipv4 } = port;
    if (!ipv4) return false;
    const { server } = ipv4;
    if (etherType(frame) === etherArp) return this.#arp(port, frame, server);
    const ip = readIpv4(frame);
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
