/** What the engine tells the switch: always the whole of it, as one JSON line. */
export interface SwitchConfig {
  ports: SwitchPort[];
  names: NameRecord[];
}

/** One interface of one machine. */
export interface SwitchPort {
  /** `<uid of the instance>/<interface>`. */
  id: string;
  namespace: string;
  mac: string;
  /** Unix socket on which QEMU waits for the cable of the interface. */
  socket: string;
  /** Link to the pod network (with its way out), or a private network by its key. */
  on: { pod: { uplink: string; address: string } } | PrivatePlace;
  /** What is wrong with it, on purpose. */
  faults?: PortFaults;
}

/** Packets on their way to the machine, those that it sends, or both. */
export type Way = 'in' | 'out' | 'both';
/** Faults of one interface. */
export interface PortFaults {
  loss?: { percent: number; way: Way };
  /** Milliseconds; so many more or less at random, each packet for itself. */
  delay?: { ms: number; jitter: number; way: Way };
  /** Kilobits (1,000 bits) a second. */
  rate?: { kbit: number; way: Way };
  /** The machine gets no answer to any question for a name. */
  dns?: { off: true };
}
export type NetworkFault = keyof PortFaults;

/** A place on a network between machines that leads nowhere else. */
export interface PrivatePlace {
  network: string;
  /** What the guest is told when it asks by DHCP; absent where nobody gives out addresses. */
  ipv4?: { address: string; prefix: number; server: string; router?: string };
  /** Whether that names a name server: not where the machine has the pod network's. */
  names: boolean;
}

/** A name that machines can ask for. `name` may have dots (host.subdomain). */
export interface NameRecord {
  namespace: string;
  name: string;
  addresses: { on: string; address: string }[];
}

/** Where a name's address lies: on the pod network, or on a private one (its key). */
export const podKey = 'pod';
export const clusterDomain = 'cluster.local';
/** The switch refuses an engine of another protocol and ends, so that the engine starts its own. */
export const protocolVersion = 2;

export type ToSwitch = { hello: number } | { config: SwitchConfig } | { counters: number } | { end: true };
export type FromSwitch =
  | { hello: number; pid: number }
  | { applied: true }
  | { seen: { port: string; addresses: string[] } }
  | { counters: number; ports: Record<string, PortCounters> };

/** As the guest sees it: `received` went into the guest. Bytes and frames since the port was plugged in. */
export interface PortCounters {
  received: number;
  sent: number;
  receivedFrames: number;
  sentFrames: number;
  dropped: number;
  /** Of the faults that are there now, since they are. */
  faults?: FaultCounters;
}
export type FaultCounters = Partial<Record<NetworkFault, FaultCounter>>;
export interface FaultCounter {
  /** Packets that it was about (questions, with `dns`), and those of them that it dropped. */
  packets: number;
  dropped: number;
  /** Milliseconds that all of them together were delayed. */
  waited: number;
  /** What went through, and the most bits in one second, with `rate`. */
  bytes: number;
  fastest: number;
}
