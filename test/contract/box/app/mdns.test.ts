import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { Bonjour } from 'bonjour-service';
import { afterEach, expect, it } from 'vitest';
import { browse } from '../../../../main/backend/boxes/finding/mdns.ts';
import { ipv6Cards } from '../../../../main/backend/boxes/finding/networks.ts';
import type { Announced } from '../../../../main/backend/boxes/finding/mdns.ts';
import { openApp } from '../../../support/boxes/app.ts';
import { standIn } from '../../../support/boxes/stand-in.ts';
import { silent } from '../../../support/store.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

it('hears an announced box, and lives through floods and garbage', async () => {
  const port = 30_000 + Math.floor(Math.random() * 20_000);
  const found: Announced[] = [];
  const browser = await browse({ port, everyMs: 500, log: silent, onFound: (announced) => found.push(announced) });
  ending.push(() => browser.close());
  const noise = createSocket('udp4');
  ending.push(() => noise.close());
  // A response whose records are cut, of strange types, and names that point at themselves.
  const header = Buffer.from('000084000000000500000000', 'hex');
  for (let at = 0; at < 300; at += 1) {
    const body = Buffer.from(Array.from({ length: at % 90 }, () => Math.floor(Math.random() * 256)));
    noise.send(
      Buffer.concat([header, at % 3 === 0 ? Buffer.from('c00c', 'hex') : Buffer.alloc(0), body]),
      port,
      '127.0.0.1',
    );
  }
  const bonjour = new Bonjour({ port });
  ending.push(() => bonjour.destroy());
  const id = 'a'.repeat(32);
  const publish = (name: string, txt: Record<string, string>): unknown =>
    bonjour.publish({ name, type: 'hearth-box', protocol: 'tcp', port: 8443, txt, probe: false });
  publish('hearth-aaaaaa', { id, name: 'hearth', st: 'setup' });
  publish('<img src=x>', { id: '../../etc', name: 'x'.repeat(200) });
  await expect.poll(() => found.map(({ boxId }) => boxId), { timeout: 15_000 }).toContain(id);
  await expect.poll(() => found.some(({ boxId }) => boxId === undefined), { timeout: 15_000 }).toBe(true);
  for (const { addresses } of found)
    for (const address of addresses) expect(address).toMatch(/^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+(%\w+)?\])$/);
});

const [card] = ipv6Cards();
it.skipIf(card === undefined)('hears a box over IPv6, on the card it is on', async () => {
  const port = 30_000 + Math.floor(Math.random() * 20_000);
  const found: Announced[] = [];
  const browser = await browse({ port, everyMs: 500, log: silent, cards: () => [card ?? '', 'not-there'], onFound: (announced) => found.push(announced) });
  ending.push(() => browser.close());
  const only = { port, type: 'udp6', ip: 'ff02::fb', interface: `::%${card}` };
  const bonjour = new Bonjour(only as object, () => undefined);
  ending.push(() => bonjour.destroy());
  const id = 'b'.repeat(32);
  bonjour.publish({ name: 'hearth-bbbbbb', type: 'hearth-box', protocol: 'tcp', port: 8443, txt: { id }, probe: false });
  const near = networkInterfaces()[card ?? '']?.find(({ address }) => address.startsWith('fe80:'))?.address;
  await expect.poll(() => found.find(({ boxId }) => boxId === id)?.addresses, { timeout: 15_000 }).toContain(`[${near}%${card}]`);
}); // prettier-ignore

const four = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
it.skipIf(card === undefined || four === undefined)('a box that is heard over IPv4 and IPv6 is one row, at IPv4, and is not asked again and again', async () => {
  const there = await standIn({ host: '::' });
  ending.push(() => there.close());
  const port = 30_000 + Math.floor(Math.random() * 20_000);
  const here = await openApp({ finding: { mdns: { port, everyMs: 200 } } });
  ending.push(() => here.close());
  const at = Number(/\d+$/.exec(there.address)?.[0]);
  for (const how of [{ port }, { port, type: 'udp6', ip: 'ff02::fb', interface: `::%${card}` }]) {
    const bonjour = new Bonjour(how as object, () => undefined);
    ending.push(() => bonjour.destroy());
    bonjour.publish({ name: 'hearth-both', type: 'hearth-box', protocol: 'tcp', port: at, txt: { id: there.id }, probe: false });
  }
  let rows = new Map<string, unknown>();
  const seen: string[][] = [];
  for await (const update of here.handlers.find({}, { signal: AbortSignal.timeout(6000) })) {
    if (update.type === 'snapshot') rows = new Map(update.items.map((row) => [row.address, row]));
    else if (update.type === 'delta') {
      for (const key of update.removed) rows.delete(key);
      for (const row of update.upserted) rows.set(row.address, row);
    }
    seen.push([...rows.keys()]);
  }
  expect(seen.at(-1)).toEqual([`${four}:${at}`]);
  // It was announced some thirty times over each.
  expect(there.asked.filter(({ path }) => path === '/box/hello').length).toBeLessThanOrEqual(6);
}, 20_000); // prettier-ignore
