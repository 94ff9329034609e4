/** Ethernet and IPv4, as much as the switch needs. Offsets are inside a frame. */
export const etherIpv4 = 0x0800;
export const etherArp = 0x0806;
export const ipHeader = 14;

export const etherType = (frame: Buffer): number => frame.readUInt16BE(12);
export const macText = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
export const macBytes = (text: string): Buffer => Buffer.from(text.replaceAll(':', ''), 'hex');
export const ipText = (value: number): string =>
  `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
/** The address as a number; undefined when the text is none. */
export function ipNumber(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
/** The network part of an address, as a number. */
export const networkOf = (address: number, prefix: number): number =>
  prefix === 0 ? 0 : (address & (0xffffffff << (32 - prefix))) >>> 0;

export interface Ipv4 {
  /** Offset of what comes after the header. */
  body: number;
  /** End of the packet; a frame may be padded beyond it. */
  end: number;
  protocol: number;
  source: number;
  target: number;
  /** Neither a later nor the first part of a cut packet. */
  whole: boolean;
  /** Has the header of TCP, UDP or ICMP. */
  first: boolean;
}

/** Reads the IPv4 header of a frame; undefined when there is none that makes sense. */
export function readIpv4(frame: Buffer): Ipv4 | undefined {
  if (frame.length < ipHeader + 20 || etherType(frame) !== etherIpv4) return undefined;
  const first = frame[ipHeader] ?? 0;
  const length = (first & 15) * 4;
  const total = frame.readUInt16BE(ipHeader + 2);
  if (first >> 4 !== 4 || length < 20 || total < length || ipHeader + total > frame.length) return undefined;
  const cut = frame.readUInt16BE(ipHeader + 6) & 0x3fff;
  return {
    body: ipHeader + length,
    end: ipHeader + total,
    protocol: frame[ipHeader + 9] ?? 0,
    source: frame.readUInt32BE(ipHeader + 12),
    target: frame.readUInt32BE(ipHeader + 16),
    whole: cut === 0,
    first: (cut & 0x1fff) === 0,
  };
}

/** The Internet checksum (RFC 1071) of a range, with `sum` added before. */
export function checksum(data: Buffer, start: number, end: number, sum = 0): number {
  let total = sum;
  let at = start;
  for (; at + 1 < end; at += 2) total += data.readUInt16BE(at);
  if (at < end) total += (data[at] ?? 0) << 8;
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return ~total & 0xffff;
}

/** A UDP datagram in a frame of its own. */
export function udpFrame(to: {
  sourceMac: Buffer;
  targetMac: Buffer;
  source: number;
  target: number;
  sourcePort: number;
  targetPort: number;
  payload: Buffer;
}): Buffer {
  const frame = Buffer.alloc(ipHeader + 28 + to.payload.length);
  to.targetMac.copy(frame, 0);
  to.sourceMac.copy(frame, 6);
  frame.writeUInt16BE(etherIpv4, 12);
  frame[ipHeader] = 0x45;
  frame.writeUInt16BE(28 + to.payload.length, ipHeader + 2);
  frame[ipHeader + 8] = 64;
  frame[ipHeader + 9] = 17;
  frame.writeUInt32BE(to.source, ipHeader + 12);
  frame.writeUInt32BE(to.target, ipHeader + 16);
  frame.writeUInt16BE(checksum(frame, ipHeader, ipHeader + 20), ipHeader + 10);
  const udp = ipHeader + 20;
  frame.writeUInt16BE(to.sourcePort, udp);
  frame.writeUInt16BE(to.targetPort, udp + 2);
  frame.writeUInt16BE(8 + to.payload.length, udp + 4);
  to.payload.copy(frame, udp + 8);
  // The pseudo header: both addresses, the protocol, the length.
  const pseudo = 17 + 8 + to.payload.length + [12, 14, 16, 18].reduce((sum, at) => sum + frame.readUInt16BE(ipHeader + at), 0); // prettier-ignore
  frame.writeUInt16BE(checksum(frame, udp, frame.length, pseudo) || 0xffff, udp + 6);
  return frame;
}
