import { describe, expect, it } from 'vitest';
import { answerDhcp, readDhcp } from '../../../main/embedded/network/switch/dhcp.ts';
import { answer, readQuestion } from '../../../main/embedded/network/switch/dns.ts';
import { FrameReader, longestFrame, packetOf } from '../../../main/embedded/network/switch/frames.ts';
import { masquerade } from '../../../main/embedded/network/switch/masquerade.ts';
import { Names } from '../../../main/embedded/network/switch/names.ts';
import { checksum, ipNumber, readIpv4, udpFrame } from '../../../main/embedded/network/switch/packet.ts';

const ip = (text: string): number => ipNumber(text) ?? 0;
const mac = Buffer.from('020000000001', 'hex');
const udp = (source: string, target: string, payload = Buffer.from('hello')): Buffer =>
  udpFrame({ sourceMac: mac, targetMac: mac, source: ip(source), target: ip(target), sourcePort: 1000, targetPort: 53, payload }); // prettier-ignore
/** Numbers that look random and are the same at every run. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}
const udpSum = (frame: Buffer): number => {
  const { body, end } = readIpv4(frame) ?? { body: 0, end: 0 };
  const pseudo = 17 + (end - body) + [26, 28, 30, 32].reduce((sum, at) => sum + frame.readUInt16BE(at), 0);
  return checksum(frame, body, end, pseudo);
};

describe('frames', () => {
  it('come out whole however the stream is cut', () => {
    const next = noise(1);
    const frames = Array.from({ length: 200 }, (_, n) => Buffer.alloc(14 + (next() % 1500), n));
    const stream = Buffer.concat(frames.map((frame) => packetOf(frame)));
    const got: Buffer[] = [];
    const reader = new FrameReader();
    for (let at = 0; at < stream.length;) {
      const size = 1 + (next() % 3000);
      expect(reader.push(stream.subarray(at, at + size), (packet) => got.push(Buffer.from(packet.subarray(4))))).toBe(
        true,
      );
      at += size;
    }
    expect(got).toEqual(frames);
  });

  it('end the connection when they make no sense, and never throw', () => {
    const next = noise(7);
    for (let round = 0; round < 300; round += 1) {
      const reader = new FrameReader();
      const bytes = Buffer.from(Array.from({ length: next() % 300 }, () => next() & 255));
      expect(() => reader.push(bytes, () => undefined)).not.toThrow();
    }
    const header = Buffer.alloc(4);
    header.writeUInt32BE(longestFrame + 1);
    expect(new FrameReader().push(header, () => undefined)).toBe(false);
  });
});

describe('masquerade', () => {
  it('gives each guest its own address outside, with right checksums', () => {
    const frame = udp('10.0.2.2', '10.187.0.20');
    expect(masquerade(frame, ip('10.0.2.2'), ip('10.187.0.10'), ip('10.187.0.20'))).toBe(true);
    const read = readIpv4(frame);
    expect(read).toMatchObject({ source: ip('10.187.0.10'), target: ip('10.0.2.2') });
    expect(checksum(frame, 14, 34)).toBe(0);
    expect(udpSum(frame)).toBe(0);
    expect(frame[22]).toBe(63);
  });

  it('passes nothing on in the name of another address, or for ever', () => {
    expect(masquerade(udp('10.0.2.9', '10.187.0.20'), ip('10.0.2.2'), 1, 2)).toBe(false);
    const last = udp('10.0.2.2', '10.187.0.20');
    last[22] = 1;
    expect(masquerade(last, ip('10.0.2.2'), 1, 2)).toBe(false);
  });

  it('survives whatever a guest makes of a packet', () => {
    const next = noise(3);
    for (let round = 0; round < 2000; round += 1) {
      const frame = udp('10.0.2.2', '10.187.0.20', Buffer.alloc(next() % 60));
      for (let n = 0; n < 6; n += 1) frame[14 + (next() % (frame.length - 14))] = next() & 255;
      expect(() => masquerade(frame.subarray(0, 14 + (next() % frame.length)), ip('10.0.2.2'), 1, 2)).not.toThrow();
    }
  });
});

describe('names', () => {
  const names = new Names([
    { namespace: 'lab', name: 'web', addresses: [{ on: 'pod', address: '10.187.0.10' }, { on: 'red', address: '10.21.0.9' }] },
    { namespace: 'other', name: 'db', addresses: [{ on: 'pod', address: '10.187.0.11' }] },
    { namespace: 'lab', name: 'host.sub', addresses: [{ on: 'pod', address: '10.187.0.12' }] },
  ]); // prettier-ignore
  const pod = new Set(['pod']);

  it.each([
    ['web', [ip('10.187.0.10')]],
    ['web.lab', [ip('10.187.0.10')]],
    ['web.lab.svc', [ip('10.187.0.10')]],
    ['web.lab.svc.cluster.local', [ip('10.187.0.10')]],
    ['host.sub.lab.svc.cluster.local', [ip('10.187.0.12')]],
    ['db.other', [ip('10.187.0.11')]],
    ['db', 'elsewhere'],
    ['db.lab.svc.cluster.local', 'none'],
    ['nobody.cluster.local', 'none'],
    ['example.com', 'elsewhere'],
  ] as const)('%s', (name, found) => expect(names.find(name, 'lab', pod)).toEqual(found));

  it('leads only where the one who asks can go', () => {
    expect(names.find('web', 'lab', new Set(['red']))).toEqual([ip('10.21.0.9')]);
    expect(names.find('web', 'lab', new Set(['blue']))).toEqual([]);
  });

  it('answers a question, and no nonsense', () => {
    const query = Buffer.from('123401000001000000000000037765620000010001', 'hex');
    const question = readQuestion(query);
    expect(question).toMatchObject({ name: 'web', type: 1 });
    const reply = question ? answer(question, [ip('10.187.0.10')]) : Buffer.alloc(0);
    expect(reply.readUInt16BE(6)).toBe(1);
    expect(reply.readUInt32BE(reply.length - 4)).toBe(ip('10.187.0.10'));
    expect((question ? answer(question, undefined) : reply)[3]! & 15).toBe(3);
    const next = noise(11);
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Buffer.from(query);
      for (let n = 0; n < 4; n += 1) bytes[next() % bytes.length] = next() & 255;
      expect(() => readQuestion(bytes.subarray(0, next() % (bytes.length + 1)))).not.toThrow();
    }
  });
});

describe('DHCP', () => {
  const message = (type: number, wanted?: string): Buffer => {
    const head = Buffer.alloc(240);
    head.set([1, 1, 6, 0]);
    mac.copy(head, 28);
    head.writeUInt32BE(0x63825363, 236);
    const address = Buffer.alloc(4);
    address.writeUInt32BE(ip(wanted ?? '0.0.0.0'));
    return Buffer.concat([
      head,
      Buffer.of(53, 1, type),
      ...(wanted ? [Buffer.of(50, 4), address] : []),
      Buffer.of(255),
    ]);
  };
  const give = { address: ip('10.9.0.20'), prefix: 24, server: ip('10.9.0.1') };
  const typeOf = (reply: Buffer | undefined): number | undefined => reply?.[242];

  it('offers, gives, and refuses what is of another network', () => {
    const ask = (type: number, wanted?: string) => {
      const asked = readDhcp(message(type, wanted));
      return asked && answerDhcp(asked, give);
    };
    expect(typeOf(ask(1))).toBe(2);
    expect(ask(1)?.readUInt32BE(16)).toBe(give.address);
    expect(typeOf(ask(3, '10.9.0.20'))).toBe(5);
    expect(typeOf(ask(3, '10.8.0.20'))).toBe(6);
    expect(ask(7)).toBeUndefined();
  });

  it('survives nonsense', () => {
    const next = noise(5);
    const good = message(3, '10.9.0.20');
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Buffer.from(good);
      for (let n = 0; n < 5; n += 1) bytes[236 + (next() % (bytes.length - 236))] = next() & 255;
      expect(() => readDhcp(bytes.subarray(0, next() % (bytes.length + 1)))).not.toThrow();
    }
  });
});
