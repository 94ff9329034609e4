import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { longestFrame, packetOf } from '../../../main/embedded/network/switch/frames.ts';
import { ipNumber, macBytes, readIpv4, udpFrame } from '../../../main/embedded/network/switch/packet.ts';
import { etherFrame, SwitchLab } from '../../support/switch-lab.ts';
import type { RawCard } from '../../support/switch-lab.ts';

const all = 'ff:ff:ff:ff:ff:ff';
const mac = (n: number): string => `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`;
const ip = (text: string): number => ipNumber(text) ?? 0;
const [evilMac, bobMac, carolMac, daveMac] = [mac(1), mac(2), mac(3), mac(4)];
const hello = (from: string, to: string, text: string): Buffer => etherFrame(to, from, 0x88b5, Buffer.from(text.padEnd(50))); // prettier-ignore
const says = (text: string) => (frame: Buffer) => frame.includes(text, 14, 'latin1');

let lab: SwitchLab;
let evil: RawCard;
let bob: RawCard;
let carol: RawCard;
let dave: RawCard;
let far: RawCard;

beforeAll(async () => {
  lab = await SwitchLab.open();
  const red = 'bridge red';
  evil = lab.plug('evil', evilMac, { network: red, address: '10.9.0.11' });
  bob = lab.plug('bob', bobMac, { network: red, address: '10.9.0.12' });
  carol = lab.plug('carol', carolMac, { network: red, address: '10.9.0.13' });
  dave = lab.plug('dave', daveMac, { network: red, address: '10.9.0.14' });
  far = lab.plug('far', mac(9), { network: 'bridge blue' });
  lab.plug('pod1', mac(10), { pod: '10.187.0.10' });
  lab.plug('pod2', mac(11), { pod: '10.187.0.11' });
  await lab.apply([{ namespace: 'default', name: 'pod2', addresses: [{ on: 'pod', address: '10.187.0.11' }] }]);
}, 30_000);
afterAll(() => lab.close());

/** That two neighbours still hear each other, however it goes on beside them. */
let words = 0;
async function neighboursTalk(): Promise<void> {
  const word = `word ${(words += 1)}.`;
  await carol.send(hello(carolMac, daveMac, word));
  await dave.frame(says(word));
  await dave.send(hello(daveMac, carolMac, `back ${word}`));
  await carol.frame(says(`back ${word}`));
  expect(lab.runs).toBe(true);
}

describe('a hostile guest', () => {
  test('that floods: memory stays small, neighbours talk, the one it floods hears the others, no other network does', async () => {
    const before = lab.memory();
    // A small frame for somebody who takes nothing among many for nobody: what is kept must not keep the rest.
    const mixed = Buffer.concat([hello(evilMac, bobMac, 'flood'), ...Array.from({ length: 400 }, () => hello(evilMac, mac(99), 'nobody'))].map((frame) => packetOf(frame))); // prettier-ignore
    const broadcasts = Buffer.concat(Array.from({ length: 40 }, () => packetOf(etherFrame(all, evilMac, 0x88b5, Buffer.alloc(1400, 120))))); // prettier-ignore
    bob.deaf(true);
    let over = false;
    const flood = (async () => {
      for (let n = 0; !over; n += 1) await evil.raw(n % 3 ? mixed : broadcasts);
    })();
    try {
      for (let n = 0; n < 5; n += 1) {
        await wait(200);
        await neighboursTalk();
      }
      await carol.send(hello(carolMac, bobMac, 'carol to bob'));
      await wait(50);
      expect(lab.memory() - before).toBeLessThan(60);
      bob.deaf(false);
      await bob.frame(says('carol to bob'));
    } finally {
      over = true;
      await flood;
    }
    expect(far.got).toEqual([]);
    expect((await lab.counters('evil')).dropped).toBeGreaterThan(0);
    for (const card of [bob, carol, dave]) card.got.length = 0;
  });

  test('that floods one who is slow: the slow one still gets nearly all from somebody else', async () => {
    const full = Buffer.concat(Array.from({ length: 60 }, () => packetOf(etherFrame(bobMac, evilMac, 0x88b5, Buffer.alloc(1400, 120))))); // prettier-ignore
    let over = false;
    const flood = (async () => {
      while (!over) await evil.raw(full);
    })();
    const slow = (async () => {
      for (let on = true; !over; on = !on) {
        bob.deaf(on);
        await wait(on ? 8 : 2);
      }
    })();
    for (let n = 0; n < 100; n += 1) {
      await carol.send(hello(carolMac, bobMac, `through ${n}.`));
      await wait(4);
    }
    over = true;
    await Promise.all([flood, slow]);
    bob.deaf(false);
    await bob.frame(says('through 99.'));
    expect(bob.got.filter(says('through ')).length).toBeGreaterThan(95);
    bob.got.length = 0;
  });

  test('in the name of others: what is for them does not come to it, though it stands for a thousand', async () => {
    await evil.send(hello(bobMac, all, 'as bob'), hello('02:68:65:61:72:74', all, 'as the switch'));
    await evil.send(...Array.from({ length: 1000 }, (_, n) => hello(`02:00:00:01:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`, daveMac, 'as many'))); // prettier-ignore
    await carol.send(hello(carolMac, bobMac, 'for bob'));
    await bob.frame(says('for bob'));
    await neighboursTalk();
    expect(evil.got.some(says('for bob'))).toBe(false);
    expect(dave.got.some(says('as bob')) || dave.got.some(says('as the switch'))).toBe(false);
    expect(dave.got.filter(says('as many')).length).toBeLessThanOrEqual(64);
  });

  test('that says it is the gateway, another machine, or the DHCP server: nobody hears it', async () => {
    const arp = (sender: string): Buffer => {
      const body = Buffer.alloc(28);
      body.set([0, 1, 8, 0, 6, 4, 0, 2]);
      macBytes(evilMac).copy(body, 8);
      body.writeUInt32BE(ip(sender), 14);
      return etherFrame(all, evilMac, 0x0806, body);
    };
    const datagram = (source: string, sourcePort: number): Buffer =>
      udpFrame({ sourceMac: macBytes(evilMac), targetMac: macBytes(daveMac), source: ip(source), target: ip('10.9.0.14'), sourcePort, targetPort: 68, payload: Buffer.from('false answer') }); // prettier-ignore
    dave.got.length = 0;
    await evil.send(arp('10.9.0.1'), arp('10.9.0.12'), datagram('10.9.0.11', 67), datagram('10.9.0.1', 53));
    await evil.send(arp('10.9.0.11'));
    await dave.frame((frame) => frame.readUInt16BE(12) === 0x0806);
    expect(dave.got.filter((frame) => frame.readUInt16BE(12) === 0x0806).map((frame) => frame.readUInt32BE(28))).toEqual([ip('10.9.0.11')]); // prettier-ignore
    expect(dave.got.some(says('false answer'))).toBe(false);
  });

  test('with frames that are none: its cable comes out and in again, the others do not notice', async () => {
    const junk = (length: number): Buffer => {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(length);
      return head;
    };
    for (const length of [0, longestFrame + 1, 0xffffffff]) {
      const before = evil.connections;
      await evil.raw(junk(length));
      await expect.poll(() => evil.connections, { timeout: 3000 }).toBeGreaterThan(before);
    }
    await evil.send(Buffer.alloc(1), Buffer.alloc(13), etherFrame(daveMac, evilMac, 0x0800, Buffer.alloc(0)), etherFrame(all, evilMac, 0x0806, Buffer.alloc(3))); // prettier-ignore
    await evil.send(etherFrame(daveMac, evilMac, 0x88b5, Buffer.alloc(longestFrame - 14, 'g')));
    await dave.frame((frame) => frame.length === longestFrame);
    const cut = packetOf(hello(evilMac, daveMac, 'cut in two'));
    await evil.raw(cut.subarray(0, 20));
    await neighboursTalk();
    await evil.raw(cut.subarray(20));
    await dave.frame(says('cut in two'));
  });

  test('that asks for a thousand addresses gets none but its own, and changes of address are not told a thousand times', async () => {
    const discover = (hardware: string): Buffer => {
      const payload = Buffer.alloc(244);
      payload.set([1, 1, 6, 0]);
      macBytes(hardware).copy(payload, 28);
      payload.writeUInt32BE(0x63825363, 236);
      payload.set([53, 1, 1, 255], 240);
      return udpFrame({ sourceMac: macBytes(evilMac), targetMac: macBytes(all), source: 0, target: 0xffffffff, sourcePort: 68, targetPort: 67, payload }); // prettier-ignore
    };
    const offers = () => evil.got.filter((frame) => readIpv4(frame)?.protocol === 17 && frame.readUInt16BE(36) === 68);
    await evil.send(...Array.from({ length: 1000 }, (_, n) => discover(`02:00:00:02:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`))); // prettier-ignore
    await evil.send(discover(evilMac));
    await evil.frame((frame) => readIpv4(frame)?.protocol === 17);
    expect(offers().map((frame) => frame.readUInt32BE(42 + 16))).toEqual([ip('10.9.0.11')]);
    const heard = () => lab.heard.filter((one) => 'seen' in one && one.seen.port === 'evil/nic').length;
    const before = heard();
    await evil.send(...Array.from({ length: 1000 }, (_, n) => udpFrame({ sourceMac: macBytes(evilMac), targetMac: macBytes(daveMac), source: ip('10.9.0.200') + n, target: ip('10.9.0.14'), sourcePort: 1, targetPort: 2, payload: Buffer.alloc(8) }))); // prettier-ignore
    await neighboursTalk();
    expect(heard() - before).toBeLessThanOrEqual(2);
  });

  test('on the pod network: random names do not flood the name server of this computer, and others get their answers', async () => {
    const [card, up] = [lab.card('pod1'), lab.card('pod1-up')];
    const query = (name: string, from: string): Buffer => {
      const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
      const payload = Buffer.concat([Buffer.from('123401000001000000000000', 'hex'), ...labels, Buffer.from('0000010001', 'hex')]); // prettier-ignore
      return udpFrame({ sourceMac: macBytes(from), targetMac: macBytes('52:55:0a:00:02:03'), source: ip('10.0.2.2'), target: ip('10.0.2.3'), sourcePort: 4000, targetPort: 53, payload }); // prettier-ignore
    };
    await card.send(...Array.from({ length: 5000 }, (_, n) => query(`x${n}.example.com`, mac(10))));
    await lab.card('pod2').send(query('pod2', mac(11)));
    await lab.card('pod2').frame((frame) => frame.readUInt32BE(frame.length - 4) === ip('10.187.0.11'));
    await card.send(query('pod2', mac(10)));
    await card.frame((frame) => frame.readUInt32BE(frame.length - 4) === ip('10.187.0.11'));
    expect(up.got.length).toBeGreaterThan(400);
    expect(up.got.length).toBeLessThan(1500);
    // In another's name, or to one who is not there, nothing gets from one machine to another.
    const to = (source: string, target: string): Buffer =>
      udpFrame({ sourceMac: macBytes(mac(10)), targetMac: macBytes(mac(11)), source: ip(source), target: ip(target), sourcePort: 1, targetPort: 2, payload: Buffer.from(`from ${source}`) }); // prettier-ignore
    await card.send(to('10.0.2.9', '10.187.0.11'), to('10.187.0.11', '10.187.0.11'), to('10.0.2.2', '10.187.0.77'), to('10.0.2.2', '10.187.0.11')); // prettier-ignore
    await lab.card('pod2').frame(says('from 10.0.2.2'));
    expect(lab.card('pod2').got.some(says('from 10.0.2.9'))).toBe(false);
    expect(up.got.some(says('from '))).toBe(false);
  });
});
