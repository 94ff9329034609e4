import { checksum, ipHeader, readIpv4 } from './packet.ts';

const [icmp, tcp, udp] = [1, 6, 17];
/** ICMP messages that quote the packet they are about. */
const quoting = new Set([3, 11, 12]);

/** The sum of a checksum's 16-bit words changes by `to - from` (RFC 1624). */
function adjust(data: Buffer, at: number, from: number, to: number): void {
  let sum = ~data.readUInt16BE(at) & 0xffff;
  for (const word of [from >>> 16, from & 0xffff]) sum += ~word & 0xffff;
  for (const word of [to >>> 16, to & 0xffff]) sum += word;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  data.writeUInt16BE(~sum & 0xffff, at);
}

/** Writes an address of the IPv4 header at `header`, and mends the checksums that cover it. */
function replace(frame: Buffer, header: number, at: 12 | 16, to: number, end: number): void {
  const from = frame.readUInt32BE(header + at);
  frame.writeUInt32BE(to, header + at);
  adjust(frame, header + 10, from, to);
  const body = header + ((frame[header] ?? 0) & 15) * 4;
  if ((frame.readUInt16BE(header + 6) & 0x1fff) !== 0) return;
  const protocol = frame[header + 9];
  if (protocol === tcp && body + 18 <= end) adjust(frame, body + 16, from, to);
  // A UDP checksum of nothing says that there is none.
  else if (protocol === udp && body + 8 <= end && frame.readUInt16BE(body + 6) !== 0) {
    adjust(frame, body + 6, from, to);
    if (frame.readUInt16BE(body + 6) === 0) frame.writeUInt16BE(0xffff, body + 6);
  }
}

/**
 * Turns a packet from one guest to the pod address of another into what that one expects, in place: each guest has the
 * same address inside (`guest`) and one of its own outside, as with KubeVirt's masquerade. No state: one address for
 * one. False when the packet must not go on.
 */
export function masquerade(frame: Buffer, guest: number, from: number, to: number): boolean {
  const ip = readIpv4(frame);
  if (!ip || ip.source !== guest) return false;
  const ttl = frame[ipHeader + 8] ?? 0;
  if (ttl <= 1) return false;
  const before = frame.readUInt16BE(ipHeader + 8);
  frame[ipHeader + 8] = ttl - 1;
  adjust(frame, ipHeader + 10, before, frame.readUInt16BE(ipHeader + 8));
  replace(frame, ipHeader, 12, from, ip.end);
  replace(frame, ipHeader, 16, guest, ip.end);
  if (ip.protocol === icmp && ip.first && quoting.has(frame[ip.body] ?? 0)) unquote(frame, ip.body, ip.end, guest, from, to); // prettier-ignore
  return true;
}

/** The packet that an ICMP error quotes: from the other's outside address to ours inside becomes theirs inside to ours outside. */
function unquote(frame: Buffer, body: number, end: number, guest: number, from: number, to: number): void {
  const quoted = body + 8;
  if (quoted + 20 > end || (frame[quoted] ?? 0) >> 4 !== 4) return;
  if (frame.readUInt32BE(quoted + 12) !== to || frame.readUInt32BE(quoted + 16) !== guest) return;
  replace(frame, quoted, 12, guest, end);
  replace(frame, quoted, 16, from, end);
  frame.writeUInt16BE(0, body + 2);
  frame.writeUInt16BE(checksum(frame, body, end), body + 2);
}
