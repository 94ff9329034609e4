import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { BoxRow } from '../../../../main/contract/box/boxes.ts';
import { openApp } from '../../../support/boxes/app.ts';
import { standIn } from '../../../support/boxes/stand-in.ts';
import type { StandInOptions } from '../../../support/boxes/stand-in.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});
async function app(...how: Parameters<typeof openApp>) {
  const made = await openApp(...how);
  ending.push(() => made.close());
  return made;
}
async function box(options?: StandInOptions) {
  const made = await standIn(options);
  ending.push(() => made.close());
  return made;
}
async function paired(...how: Parameters<typeof openApp>) {
  const here = await app(...how);
  const there = await box({ code: '12345678' });
  await here.handlers.pair({ address: there.address, code: '12345678' }, here.context);
  await here.row(there.id, online);
  return { here, there };
}
const online = ({ state }: BoxRow): boolean => state === 'online';
const code = (wanted: string) => expect.objectContaining({ problem: expect.objectContaining({ code: wanted }) });
const portOf = (address: string): number => Number(address.split(':')[1]);

it('the state comes as it changes, and the box is followed through a cut', async () => {
  const { here, there } = await paired();
  there.set({ words: 'Installs', stage: 'appliance' });
  await here.row(there.id, ({ last }) => last?.words === 'Installs');
  const since = (await here.row(there.id, online)).since;
  there.cut();
  there.set({ words: 'Again' });
  const row = await here.row(there.id, (now) => online(now) && now.last?.words === 'Again');
  expect(row.since >= since).toBe(true);
});

it('offline since when, with what it said last; online again when it comes back', async () => {
  const { here, there } = await paired();
  await there.close();
  const row = await here.row(there.id, ({ state }) => state === 'offline');
  expect(row).toMatchObject({ problem: { code: 'box-unreachable' }, last: { boxId: there.id } });
  expect(Date.now() - Date.parse(row.since)).toBeLessThan(8000);
  await box({ keys: there.keys, id: there.id, port: portOf(there.address), apps: there.apps });
  expect(await here.row(there.id, online)).not.toHaveProperty('problem');
});

it('what it said last, and when it was heard, is still told after a restart of Hearth', async () => {
  const { here, there } = await paired();
  there.set({ words: 'Waits for you', stage: 'setup' });
  await here.row(there.id, ({ last }) => last?.words === 'Waits for you');
  await here.close(true);
  const closed = Date.now();
  await there.close();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const again = await app({ root: here.root });
  const row = await again.row(there.id, ({ state }) => state === 'offline');
  expect(row).toMatchObject({ problem: { code: 'box-unreachable' }, last: { words: 'Waits for you', stage: 'setup' } });
  expect(Date.parse(row.since)).toBeLessThanOrEqual(closed);
  // Nothing that was remembered counts as said now.
  await expect(again.handlers.adopt({ id: there.id }, again.context)).rejects.toEqual(code('box-unreachable'));
  await box({ keys: there.keys, id: there.id, port: portOf(there.address), apps: there.apps });
  expect((await again.row(there.id, online)).last?.words).toBe('Waits for its setup');
});

it('another key at its address is a hard stop: not a byte is sent', async () => {
  const { here, there } = await paired();
  await there.close();
  const other = await box({ id: there.id, port: portOf(there.address), apps: there.apps });
  const row = await here.row(there.id, ({ state }) => state === 'changed');
  expect(row.problem).toMatchObject({ code: 'box-key-changed', kind: 'denied' });
  expect(row.problem?.fix).toContain('forget');
  await expect(
    here.handlers.act({ id: there.id, action: { do: 'reboot', anyway: false } }, here.context),
  ).rejects.toEqual(code('box-key-changed'));
  await expect(here.handlers.health({ id: there.id }, here.context)).rejects.toEqual(code('box-key-changed'));
  expect(other.asked).toEqual([]);
});

it('revoked by the box: says so, and is good again once it is paired again', async () => {
  const { here, there } = await paired();
  there.apps.clear();
  there.cut();
  const row = await here.row(there.id, ({ state }) => state === 'revoked');
  expect(row.problem).toMatchObject({ code: 'box-revoked' });
  there.code = '87654321';
  await here.handlers.pair({ address: there.address, code: '87654321' }, here.context);
  await here.row(there.id, online);
});

it('a box that got another address is found by a look or a scan, and only by its pinned key', async () => {
  const other = '127.0.0.9';
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const { here, there } = await paired({
    finding: { mdns: false, addresses: () => [`127.0.0.8:${port}`, `${other}:${port}`] },
  });
  await there.close();
  await here.row(there.id, ({ state }) => state === 'offline');
  // Says that it is the box, with another key.
  const liar = await box({ id: there.id, host: '127.0.0.8', port, apps: there.apps });
  await here.handlers.lookAt({ address: liar.address }, here.context);
  const moved = await box({ keys: there.keys, id: there.id, host: other, port, apps: there.apps });
  const { taskId } = await here.handlers.scan({}, here.context);
  expect(await here.ended(taskId)).toMatchObject({ state: 'done' });
  const row = await here.row(there.id, online);
  expect(row.address).toBe(moved.address);
  expect(liar.asked.filter(({ path }) => path !== '/box/hello')).toEqual([]);
  // Remembered for the next start.
  await here.close(true);
  const again = await app({ root: here.root });
  expect((await again.row(there.id, online)).address).toBe(moved.address);
});

it('a box that falls silent without a word is offline soon', async () => {
  const here = await app();
  const there = await box({ code: '12345678' });
  await here.handlers.pair({ address: there.address, code: '12345678' }, here.context);
  await here.row(there.id, online);
  there.instead.set('GET /box/hello', () => undefined); // it hangs from here on
  there.instead.set('GET /box/state', () => undefined);
  expect((await here.row(there.id, ({ state }) => state === 'offline', 20_000)).problem).toMatchObject({
    code: 'box-unreachable',
  });
});

describe('whatever listens at an address', () => {
  const problemOf = async (address: string) => {
    const here = await app();
    return (await here.handlers.lookAt({ address }, here.context)).problem?.code;
  };
  it.each<[string, (there: Awaited<ReturnType<typeof box>>) => void]>([
    ['a body without an end', (there) => there.instead.set('GET /box/hello', (_request, response) => {
      const more = (): void => { while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20))); };
      response.on('drain', more);
      more();
    })],
    ['a redirect', (there) => there.instead.set('GET /box/hello', (_request, response) => response.writeHead(302, { location: 'https://127.0.0.1:1/' }).end())],
    ['no JSON', (there) => there.instead.set('GET /box/hello', (_request, response) => response.end('<html>router</html>'))],
    ['another JSON', (there) => there.instead.set('GET /box/hello', (_request, response) => response.end('{"hearth":"box","boxId":"../../x","name":"<script>"}'))],
  ])('%s is no box', async (_name, make) => {
    const there = await box();
    make(there);
    expect(await problemOf(there.address)).toBe('box-answer-strange');
  }); // prettier-ignore

  it('an answer that drips is given up', { timeout: 30_000 }, async () => {
    const there = await box();
    there.instead.set('GET /box/hello', (_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 100);
      response.once('close', () => clearInterval(drip));
    });
    const begun = Date.now();
    expect(await problemOf(there.address)).toBe('box-answer-strange');
    expect(Date.now() - begun).toBeLessThan(9000);
  });

  it('one that speaks no TLS, never answers, or is not there', { timeout: 30_000 }, async () => {
    const sockets: Socket[] = [];
    const plain = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      if (sockets.length === 1) socket.end('SSH-2.0-OpenSSH_9.2\r\n');
    });
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    ending.push(async () => {
      for (const socket of sockets) socket.destroy();
      plain.close();
    });
    expect(await problemOf(`127.0.0.1:${port}`)).toBe('box-no-tls');
    const begun = Date.now();
    expect(await problemOf(`127.0.0.1:${port}`)).toBe('box-unreachable');
    expect(Date.now() - begun).toBeLessThan(17_000);
    expect(await problemOf('127.0.0.1:1')).toBe('box-unreachable');
    expect(await problemOf('no-such-name.invalid')).toBe('box-unreachable');
  });

  it('a paired box that sends garbage as its state is offline, not a crash', async () => {
    const { here, there } = await paired();
    there.instead.set('GET /box/state', (_request, response) => {
      response.write(`${randomBytes(2000).toString('latin1')}\n{"boxId":1}\n`);
    });
    there.cut();
    const row = await here.row(there.id, ({ state }) => state === 'offline');
    expect(row.problem).toMatchObject({ code: 'box-answer-strange' });
  });
});

it('a scan tries every address and finds the boxes among what listens there', async () => {
  const port = 40_000 + Math.floor(Math.random() * 20_000);
  const addresses = Array.from({ length: 250 }, (_each, at) => `127.0.0.${at + 2}:${port}`);
  const here = await app({ finding: { mdns: false, addresses: () => addresses } });
  const one = await box({ host: '127.0.0.4', port, name: 'one' });
  const two = await box({ host: '127.0.0.200', port, name: 'two' });
  const strange = await box({ host: '127.0.0.77', port });
  strange.instead.set('GET /box/hello', (_request, response) => response.end('hello'));
  const { taskId } = await here.handlers.scan({}, here.context);
  const task = await here.ended(taskId);
  expect(task).toMatchObject({ state: 'done', detail: '250 of 250 addresses, 2 boxes' });
  const abort = new AbortController();
  for await (const update of here.handlers.find({}, { signal: abort.signal })) {
    if (update.type !== 'snapshot') continue;
    expect(
      update.items
        .map(({ address, hello, how }) => [address, hello?.name, how])
        .toSorted((a, b) => String(b[1]).localeCompare(String(a[1]))),
    ).toEqual([
      [two.address, 'two', 'scan'],
      [one.address, 'one', 'scan'],
    ]);
    abort.abort();
  }
  const again = await here.handlers.scan({}, here.context);
  here.tasks.cancel(again.taskId);
  expect(await here.ended(again.taskId)).toMatchObject({ state: 'cancelled' });
});

it('a damaged list of boxes is set aside, and the page is told what to do', async () => {
  const { here } = await paired();
  await here.close(true);
  const file = join(here.root, 'boxes', 'boxes.json');
  await writeFile(file, '{"version":1,"boxes":[{"id":"');
  const again = await app({ root: here.root });
  const told: string[] = [];
  const abort = new AbortController();
  for await (const update of again.handlers.watch({}, { signal: abort.signal })) {
    told.push(
      update.type === 'stale'
        ? update.problem.code
        : `${update.type} ${update.type === 'snapshot' ? update.items.length : ''}`,
    );
    if (told.length === 2) abort.abort();
  }
  expect(told.sort()).toEqual(['boxes-file-damaged', 'snapshot 0']);
  expect((await readdir(join(here.root, 'boxes'))).some((name) => name.startsWith('boxes.json.corrupt-'))).toBe(true);
});
