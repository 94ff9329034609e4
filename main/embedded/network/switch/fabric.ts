import { randomInt } from 'node:crypto';
import { headerLength } from './frames.ts';
import type { Waiting } from './lane.ts';
import { Link } from './link.ts';
import { Names } from './names.ts';
import { ipNumber, macBytes, networkOf } from './packet.ts';
import { fromPodGuest, questionAllowance } from './pod.ts';
import type { PodPort, PodRange } from './pod.ts';
import { PrivateSwitch, privatePort } from './private.ts';
import type { PrivatePort } from './private.ts';
import { podKey } from './protocol.ts';
import { seeded } from './random.ts';
import { Shaper } from './shaper.ts';
import type { PortCounters, PrivatePlace, SwitchConfig, SwitchPort } from './protocol.ts';

/** Addresses of machines on the pod network. */
const podPrefix = 16;

interface Plugged {
  config: SwitchPort;
  pod?: PodPort;
  link: Link;
  private?: PrivatePort;
  /** Only of a port that has, or had, something wrong. */
  shaper: Shaper | undefined;
}

/** All ports and networks. What the engine says last is what holds. */
export class Fabric {
  readonly #ports = new Map<string, Plugged>();
  readonly #networks = new Map<string, PrivateSwitch>();
  readonly #pods = new Map<number, PodPort>();
  readonly #onSeen: (port: string, addresses: string[]) => void;
  #names = new Names([]);
  readonly #waiting: Waiting = { bytes: 0 };

  constructor(onSeen: (port: string, addresses: string[]) => void) {
    this.#onSeen = onSeen;
  }

  /** Whether any QEMU is plugged in. */
  get inUse(): boolean {
    return [...this.#ports.values()].some(({ link, pod }) => link.connected || pod?.uplink.connected);
  }

  counters(): Record<string, PortCounters> {
    const all = [...this.#ports].map(([id, { link, shaper }]) => {
      const faults = shaper && Object.keys(shaper.counters).length > 0 ? { faults: shaper.counters } : {};
      return [id, { ...link.counters, ...faults }] as const;
    });
    return Object.fromEntries(all);
  }

  /** What was seen of every port so far, for an engine that is new. */
  tellAll(): void {
    for (const { private: port } of this.#ports.values()) if (port?.seen.length) this.#onSeen(port.id, port.seen);
  }

  apply(config: SwitchConfig): void {
    this.#names = new Names(config.names);
    const wanted = new Map(config.ports.map((port) => [port.id, port]));
    for (const [id, { config: old }] of this.#ports) {
      const next = wanted.get(id);
      if (!next || next.socket !== old.socket || uplinkOf(next) !== uplinkOf(old)) this.#unplug(id);
    }
    for (const port of config.ports) this.#plug(port, machineNetworks(config, port.id));
    for (const [key, network] of this.#networks) if (network.size === 0) this.#networks.delete(key);
  }

  close(): void {
    for (const id of this.#ports.keys()) this.#unplug(id);
  }

  #plug(port: SwitchPort, on: ReadonlySet<string>): void {
    const before = this.#ports.get(port.id);
    const plugged: Plugged = before ?? { config: port, shaper: undefined, link: new Link(port.socket, (packet) => this.#sent(plugged, packet)) }; // prettier-ignore
    this.#ports.set(port.id, plugged);
    const moved = before && placeOf(before.config) !== placeOf(port);
    if (moved && before.private && 'network' in before.config.on)
      this.#networks.get(before.config.on.network)?.remove(port.id);
    if (plugged.pod) this.#pods.delete(plugged.pod.address);
    plugged.config = port;
    this.#shape(plugged);
    if ('pod' in port.on) {
      const uplink =
        plugged.pod?.uplink ?? new Link(port.on.pod.uplink, (packet) => plugged.link.send(packet, plugged.pod?.uplink));
      plugged.pod = { namespace: port.namespace, mac: macBytes(port.mac), address: ipNumber(port.on.pod.address) ?? 0, on, guest: plugged.link, uplink, questions: plugged.pod?.questions ?? questionAllowance() }; // prettier-ignore
      this.#pods.set(plugged.pod.address, plugged.pod);
      return;
    }
    const { network, names } = port.on;
    const place = this.#networks.get(network) ?? new PrivateSwitch((one) => this.#onSeen(one.id, one.seen));
    this.#networks.set(network, place);
    const own = { namespace: port.namespace, mac: port.mac, names, on, ipv4: ipv4Of(port.on) };
    if (plugged.private && !moved && plugged.private.mac === port.mac) Object.assign(plugged.private, own);
    else {
      if (plugged.private) place.remove(port.id);
      plugged.private = privatePort({ id: port.id, guest: plugged.link, ...own });
    }
    place.add(plugged.private);
  }

  #shape(plugged: Plugged): void {
    const { faults } = plugged.config;
    if (!faults && !plugged.shaper) return;
    plugged.shaper ??= new Shaper(seeded(randomInt(2 ** 32)), this.#waiting);
    plugged.shaper.set(faults ?? {});
    plugged.link.lane = plugged.shaper.in;
  }

  #unplug(id: string): void {
    const plugged = this.#ports.get(id);
    if (!plugged) return;
    this.#ports.delete(id);
    plugged.link.close();
    plugged.shaper?.close();
    plugged.pod?.uplink.close();
    if (plugged.pod && this.#pods.get(plugged.pod.address) === plugged.pod) this.#pods.delete(plugged.pod.address);
    if ('network' in plugged.config.on) this.#networks.get(plugged.config.on.network)?.remove(id);
  }

  #sent(plugged: Plugged, packet: Buffer): void {
    const out = plugged.shaper?.out;
    if (out) out.pass(packet, (late) => this.#from(plugged, late));
    else this.#from(plugged, packet);
  }

  #from({ pod, private: port, config, shaper }: Plugged, packet: Buffer): void {
    if (packet.length < headerLength || shaper?.swallows(packet.subarray(headerLength))) return;
    if (pod) fromPodGuest(pod, packet, rangeOf(pod), this.#pods, this.#names);
    else if (port && 'network' in config.on) this.#networks.get(config.on.network)?.frame(port, packet, this.#names);
  }
}

const rangeOf = (pod: PodPort): PodRange => ({ network: networkOf(pod.address, podPrefix), prefix: podPrefix });
const uplinkOf = (port: SwitchPort): string | undefined => ('pod' in port.on ? port.on.pod.uplink : undefined);
const placeOf = (port: SwitchPort): string => ('pod' in port.on ? podKey : port.on.network);

const ipv4Of = ({ ipv4 }: PrivatePlace): PrivatePort['ipv4'] =>
  ipv4 && {
    address: ipNumber(ipv4.address) ?? 0,
    prefix: ipv4.prefix,
    server: ipNumber(ipv4.server) ?? 0,
    router: ipv4.router === undefined ? undefined : ipNumber(ipv4.router),
  };

/** Every network that the machine of a port sits on: ids begin with the machine's own. */
function machineNetworks(config: SwitchConfig, id: string): Set<string> {
  const machine = `${id.split('/')[0]}/`;
  return new Set(config.ports.filter((port) => port.id.startsWith(machine)).map(placeOf));
}
