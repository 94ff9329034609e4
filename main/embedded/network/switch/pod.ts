import { Allowance } from './allowance.ts';
import { answer, readQuestion } from './dns.ts';
import { headerLength, packetOf } from './frames.ts';
import type { Link } from './link.ts';
import { masquerade } from './masquerade.ts';
import type { Names } from './names.ts';
import { ipNumber, macBytes, networkOf, readIpv4, udpFrame } from './packet.ts';

/** Where every guest is on its own side of the masquerade, and who is beside it (QEMU's user network). */
const guest = ipNumber('10.0.2.2') ?? 0;
const nameServer = ipNumber('10.0.2.3') ?? 0;
/** The address of QEMU's user network as a card sees it (libslirp: special_ethaddr and the host's IPv4 address). */
const gatewayMac = macBytes('52:55:0a:00:02:01');
const nameServerMac = macBytes('52:55:0a:00:02:03');
const [udp, dns] = [17, 53];

export interface PodPort {
  namespace: string;
  mac: Buffer;
  address: number;
  /** Networks whose addresses this machine can reach. */
  on: ReadonlySet<string>;
  guest: Link;
  /** QEMU's own user network: the way out. */
  uplink: Link;
  /** Questions for the name server of this computer, which is there for others too. */
  questions: Allowance;
}

/** Questions a second that go on to this computer's name server, and how many at once. */
export const questionAllowance = (): Allowance => new Allowance(100, 500);

/** The addresses of machines on the pod network. */
export interface PodRange {
  network: number;
  prefix: number;
}

/** What a guest on the pod network sends: names and other machines are ours, all else goes out. */
export function fromPodGuest(
  port: PodPort,
  packet: Buffer,
  range: PodRange,
  peers: ReadonlyMap<number, PodPort>,
  names: Names,
): void {
  const frame = packet.subarray(headerLength);
  const ip = readIpv4(frame);
  if (ip?.target === nameServer && ip.protocol === udp && ip.whole && ip.body + 8 <= ip.end) {
    if (frame.readUInt16BE(ip.body + 2) === dns) {
      if (answered(port, frame, ip.body, ip.end, names)) return;
      if (!port.questions.take(performance.now())) return void (port.guest.counters.dropped += 1);
    }
  } else if (ip && networkOf(ip.target, range.prefix) === range.network) {
    const peer = peers.get(ip.target);
    // Nobody else may have these addresses: what is for a machine that is off ends here.
    if (!peer || !masquerade(frame, guest, port.address, ip.target)) return;
    peer.mac.copy(frame, 0);
    gatewayMac.copy(frame, 6);
    peer.guest.send(packet, port.guest);
    return;
  }
  port.uplink.send(packet, port.guest);
}

function answered(port: PodPort, frame: Buffer, body: number, end: number, names: Names): boolean {
  const question = readQuestion(frame.subarray(body + 8, end));
  const found = question && names.find(question.name, port.namespace, port.on);
  if (!question || found === undefined || found === 'elsewhere') return false;
  const reply = udpFrame({
    sourceMac: nameServerMac,
    targetMac: port.mac,
    source: nameServer,
    target: guest,
    sourcePort: dns,
    targetPort: frame.readUInt16BE(body),
    payload: answer(question, found === 'none' ? undefined : found),
  });
  port.guest.send(packetOf(reply));
  return true;
}
