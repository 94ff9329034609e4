import { networkOf } from './packet.ts';

const cookie = 0x63825363;
const [discover, offer, request, ack, nak, inform] = [1, 2, 3, 5, 6, 8] as const;
/** Seconds. Short: a guest that was moved to another network finds out at its next renewal. */
const lease = 60;

export interface DhcpRequest {
  type: number;
  transaction: number;
  flags: number;
  /** The address the client has. */
  current: number;
  /** The one it asks for. */
  wanted: number | undefined;
  /** The server it chose. */
  server: number | undefined;
  hardware: Buffer;
}

/** Reads a client's message; undefined when it is none. */
export function readDhcp(data: Buffer): DhcpRequest | undefined {
  if (data.length < 241 || data[0] !== 1 || data[1] !== 1 || data[2] !== 6) return undefined;
  if (data.readUInt32BE(236) !== cookie) return undefined;
  const options = new Map<number, Buffer>();
  for (let at = 240; at < data.length;) {
    const code = data[at] ?? 255;
    if (code === 255) break;
    if (code === 0) {
      at += 1;
      continue;
    }
    const length = data[at + 1];
    if (length === undefined || at + 2 + length > data.length) return undefined;
    options.set(code, data.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const address = (code: number) => {
    const value = options.get(code);
    return value?.length === 4 ? value.readUInt32BE(0) : undefined;
  };
  const type = options.get(53)?.[0];
  if (type === undefined) return undefined;
  return {
    type,
    transaction: data.readUInt32BE(4),
    flags: data.readUInt16BE(10),
    current: data.readUInt32BE(12),
    wanted: address(50),
    server: address(54),
    hardware: Buffer.from(data.subarray(28, 34)),
  };
}

export interface Offer {
  address: number;
  prefix: number;
  server: number;
  router?: number | undefined;
  /** Name server; left out where the guest has a better one. */
  names?: number | undefined;
  domain?: string | undefined;
}

/** The answer to a client; undefined when it gets none. */
export function answerDhcp(asked: DhcpRequest, give: Offer): Buffer | undefined {
  if (asked.type === discover) return message(asked, give, offer);
  if (asked.type === inform) return message(asked, give, ack);
  if (asked.type !== request) return undefined;
  // It took another server's offer.
  if (asked.server !== undefined && asked.server !== give.server && asked.wanted === give.address) return undefined;
  const wanted = asked.wanted ?? asked.current;
  return message(asked, give, wanted === give.address ? ack : nak);
}

/** Whether an answer gives the address for good (ACK with a lease). */
export const isGiven = (reply: Buffer): boolean => reply[242] === ack && reply.readUInt32BE(16) !== 0;

function message(asked: DhcpRequest, give: Offer, type: number): Buffer {
  const refused = type === nak;
  const informed = asked.type === inform;
  const options: Buffer[] = [option(53, Buffer.of(type)), option(54, number(give.server))];
  if (!refused) {
    const mask = networkOf(0xffffffff, give.prefix);
    if (!informed) options.push(option(51, number(lease)));
    options.push(option(1, number(mask)), option(28, number(((give.address & mask) | ~mask) >>> 0)));
    if (give.router !== undefined) options.push(option(3, number(give.router)));
    if (give.names !== undefined) options.push(option(6, number(give.names)));
    if (give.domain) options.push(option(15, Buffer.from(give.domain, 'latin1')));
  }
  const head = Buffer.alloc(240);
  head.set([2, 1, 6, 0]);
  head.writeUInt32BE(asked.transaction, 4);
  head.writeUInt16BE(asked.flags, 10);
  if (informed) head.writeUInt32BE(asked.current, 12);
  if (!refused && !informed) head.writeUInt32BE(give.address, 16);
  head.writeUInt32BE(give.server, 20);
  asked.hardware.copy(head, 28);
  head.writeUInt32BE(cookie, 236);
  const body = Buffer.concat([head, ...options, Buffer.of(255)]);
  // Some clients drop what is shorter than BOOTP's 300 bytes.
  return body.length < 300 ? Buffer.concat([body, Buffer.alloc(300 - body.length)]) : body;
}

const option = (code: number, value: Buffer): Buffer => Buffer.concat([Buffer.of(code, value.length), value]);
function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
