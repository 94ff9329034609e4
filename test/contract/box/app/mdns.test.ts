import { createSocket } from 'node:dgram';
import { Bonjour } from 'bonjour-service';
import { afterEach, expect, it } from 'vitest';
import { browse } from '../../../../main/backend/boxes/finding/mdns.ts';
import type { Announced } from '../../../../main/backend/boxes/finding/mdns.ts';
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
  for (const { addresses } of found) for (const address of addresses) expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
});
