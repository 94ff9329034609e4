import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { signManifest, signNote } from '../../../../main/backend/boxes/image/manifest.ts';
import { ensureSigningKey } from '../../../../main/backend/boxes/image/keys.ts';
import { magicPacket, wake } from '../../../../main/backend/boxes/care/wake.ts';
import { openApp } from '../../../support/boxes/app.ts';
import { standIn } from '../../../support/boxes/stand-in.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});
async function paired(name = 'hearth', here?: Awaited<ReturnType<typeof openApp>>) {
  const app = here ?? (await openApp());
  if (!here) ending.push(() => app.close());
  const there = await standIn({ code: '12345678', name });
  ending.push(() => there.close());
  await app.handlers.pair({ address: there.address, code: '12345678' }, app.context);
  await app.row(there.id, ({ state }) => state === 'online');
  return { here: app, there };
}
const code = (wanted: string) => expect.objectContaining({ problem: expect.objectContaining({ code: wanted }) });

it('actions and their results, and the words of the box when it refuses', async () => {
  const { here, there } = await paired();
  const bodies: unknown[] = [];
  there.instead.set('POST /box/act', (_request, response, body) => {
    const action = JSON.parse(body.toString()) as { do: string };
    bodies.push(action);
    if (action.do !== 'factory-reset') return response.end(JSON.stringify({ taskId: 't1' }));
    response.writeHead(409);
    return response.end(
      JSON.stringify({ code: 'wrong-name', title: 'Not the name', detail: 'Type hearth.', kind: 'denied' }),
    );
  });
  expect(await here.handlers.act({ id: there.id, action: { do: 'reboot', anyway: true } }, here.context)).toEqual({
    taskId: 't1',
  });
  await expect(
    here.handlers.act({ id: there.id, action: { do: 'factory-reset', confirm: 'x', wipe: false } }, here.context),
  ).rejects.toEqual(code('wrong-name'));
  expect(bodies).toEqual([
    { do: 'reboot', anyway: true },
    { do: 'factory-reset', confirm: 'x', wipe: false },
  ]);
});

it('what a box answers is checked before a page sees it', async () => {
  const { here, there } = await paired();
  there.instead.set('GET /box/health', (_request, response) => response.end('{"uptime":"long"}'));
  await expect(here.handlers.health({ id: there.id }, here.context)).rejects.toEqual(code('box-answer-strange'));
  const lines = [{ at: '2026-01-01T00:00:00Z', unit: 'k3s', text: 'started' }];
  there.instead.set('GET /box/logs', (_request, response) => response.end(JSON.stringify({ lines })));
  expect(await here.handlers.logs({ id: there.id, lines: 20 }, here.context)).toEqual({ lines });
  expect(there.asked.at(-1)?.path).toBe('/box/logs?lines=20');
  const preview = { name: 'hearth', machines: [], images: 2, data: 10, apps: ['Hearth on x'], kept: ['nothing'] };
  there.instead.set('GET /box/reset-preview', (_request, response) => response.end(JSON.stringify(preview)));
  expect(await here.handlers.resetPreview({ id: there.id }, here.context)).toEqual(preview);
});

it('a log bundle comes whole, or not at all', async () => {
  const { here, there } = await paired();
  const bundle = randomBytes(3_000_000);
  there.instead.set('GET /box/logs.tar.gz', (_request, response) => response.end(bundle));
  const saved = await here.handlers.saveLogs({ id: there.id }, here.context);
  expect(await here.ended(saved.taskId)).toMatchObject({ state: 'done' });
  expect((await readFile(saved.path)).equals(bundle)).toBe(true);
  there.instead.set('GET /box/logs.tar.gz', (_request, response) => {
    response.writeHead(200, { 'content-length': bundle.length });
    response.write(bundle.subarray(0, 1_000_000), () => response.destroy());
  });
  await new Promise((resolve) => setTimeout(resolve, 1100)); // another second, another name
  const cut = await here.handlers.saveLogs({ id: there.id }, here.context);
  expect(await here.ended(cut.taskId)).toMatchObject({ state: 'failed', problem: { code: 'box-unreachable' } });
  await expect(readFile(cut.path)).rejects.toThrow('ENOENT');
});

describe('an update', () => {
  async function image(root: string, version = '0.2.0') {
    const folder = join(root, 'boxes', 'images');
    await mkdir(folder, { recursive: true });
    const key = await ensureSigningKey(join(root, 'signing.key'));
    await mkdir(join(root, 'boxes', 'keys'), { recursive: true });
    await writeFile(join(root, 'boxes', 'keys', 'mine.pub'), key.publicPem);
    const bytes = randomBytes(4_000_000);
    const file = `hearth-box-${version}.img`;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const signed = signManifest(
      { version, builtAt: '2026-01-01T00:00:00.000Z', base: 'Debian 13', payload: 'internet' },
      [{ path: 'hearth/live/vmlinuz', size: 1, sha256 }],
      key,
    );
    await writeFile(join(folder, file), bytes);
    await writeFile(join(folder, `hearth-box-${version}.json`), JSON.stringify(signNote(signed, { file, size: bytes.length, sha256 }, key)));
    return { path: join(folder, file), bytes };
  }
  /** Takes the image, restarts, and is there again with what `after` says. */
  async function updating(after: 'kept' | 'fell-back') {
    const { here, there } = await paired();
    const { path, bytes } = await image(here.root);
    const got: Buffer[] = [];
    there.set({ update: { running: '0.1.0' } });
    await here.row(there.id, ({ last }) => last?.update?.running === '0.1.0');
    there.instead.set('PUT /box/update', async (request, response) => {
      for await (const chunk of request) got.push(chunk as Buffer);
      response.end(JSON.stringify({ size: Buffer.concat(got).length }));
    });
    there.instead.set('POST /box/act', (_request, response) => {
      response.end('{}');
      there.set({ busy: { what: 'update', words: 'Writes it' } });
      setTimeout(() => there.cut(), 300);
      setTimeout(() => there.set({ busy: undefined, update: { running: '0.2.0', trial: { version: '0.2.0', words: 'Proves itself' } } } as never), 600);
      const failed = { version: '0.2.0', at: new Date().toISOString(), problem: { code: 'unhealthy', title: 'Its pages do not answer', detail: 'x', kind: 'failed' as const } };
      setTimeout(() => there.set({ update: after === 'kept' ? { running: '0.2.0' } : { running: '0.1.0', failed } }), 2500);
    });
    const { taskId } = await here.handlers.update({ id: there.id, image: path, anyway: false }, here.context);
    const task = await here.ended(taskId, 20_000);
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
    return task;
  }
  it('is sent whole, and followed until it is kept', async () => {
    const task = await updating('kept');
    expect(task).toMatchObject({ state: 'done' });
    expect(task.steps.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
  });
  it('that did not hold says so, and why', async () => {
    expect(await updating('fell-back')).toMatchObject({ state: 'failed', problem: { code: 'update-fell-back', detail: '0.2.0 did not hold: Its pages do not answer. x' } });
  });
  it('that the box refuses tells the words of the box', async () => {
    const { here, there } = await paired();
    const { path } = await image(here.root);
    there.instead.set('PUT /box/update', (request, response) => {
      request.resume();
      response.writeHead(422);
      response.end(JSON.stringify({ code: 'image-foreign', title: 'Signed by nobody known', detail: 'x' }));
    });
    const { taskId } = await here.handlers.update({ id: there.id, image: path, anyway: false }, here.context);
    expect(await here.ended(taskId)).toMatchObject({ state: 'failed', problem: { code: 'image-foreign' } });
  });
  it('can be stopped while it is sent', async () => {
    const { here, there } = await paired();
    const { path } = await image(here.root);
    there.instead.set('PUT /box/update', () => undefined); // takes what fits the buffers, and no more
    const { taskId } = await here.handlers.update({ id: there.id, image: path, anyway: false }, here.context);
    await new Promise((resolve) => setTimeout(resolve, 400));
    here.tasks.cancel(taskId);
    expect(await here.ended(taskId)).toMatchObject({ state: 'cancelled' });
  });
  it('of an image that nobody known signed is not even sent', async () => {
    const { here, there } = await paired();
    const { path } = await image(here.root);
    await writeFile(join(here.root, 'boxes', 'keys', 'mine.pub'), (await ensureSigningKey(join(here.root, 'other.key'))).publicPem);
    await expect(here.handlers.update({ id: there.id, image: path, anyway: false }, here.context)).rejects.toEqual(code('image-foreign'));
    expect(there.asked.some(({ path: asked }) => asked === '/box/update')).toBe(false);
  });
}); // prettier-ignore

it('a second box joins: the ticket goes from one to the other', async () => {
  const { here, there: first } = await paired('one');
  const { there: second } = await paired('two', here);
  const ticket = { server: 'https://192.0.2.7:6443', token: 'K10abc::server:x', k3s: 'v1.33.1+k3s1', expires: '2030-01-01T00:00:00Z' };
  first.instead.set('GET /box/join-ticket', (_request, response) => response.end(JSON.stringify(ticket)));
  let asked: unknown;
  second.instead.set('POST /box/act', (_request, response, body) => {
    asked = JSON.parse(body.toString());
    response.end('{"taskId":"j1"}');
  });
  let looks = 0;
  second.instead.set('GET /box/task', (_request, response) => {
    looks += 1;
    const state = looks < 2 ? 'running' : 'done';
    response.end(JSON.stringify({ id: 'j1', type: 'join', title: 'Join', state, steps: [{ title: 'Start k3s', state }], cancellable: false, startedAt: '2026-01-01T00:00:00Z' }));
  });
  await expect(async () => here.handlers.join({ id: second.id, to: second.id }, here.context)).rejects.toEqual(code('join-itself'));
  const { taskId } = await here.handlers.join({ id: second.id, to: first.id }, here.context);
  const task = await here.ended(taskId);
  expect(task).toMatchObject({ state: 'done' });
  expect(task.steps.map(({ title }) => title)).toContain('Start k3s');
  expect(asked).toEqual({ do: 'join', server: ticket.server, token: ticket.token, k3s: ticket.k3s, nodeName: 'two' });
  expect(JSON.stringify(here.tasks.get(taskId))).not.toContain('K10abc');
}); // prettier-ignore

it('magic packets go to every card', async () => {
  const listener = createSocket('udp4');
  listener.bind(0, '127.0.0.1');
  await once(listener, 'listening');
  ending.push(async () => listener.close());
  const got: Buffer[] = [];
  listener.on('message', (message) => got.push(message));
  const to = [{ host: '127.0.0.1', port: listener.address().port }];
  expect(await wake(['52:54:00:12:34:56', '52:54:00:12:34:57'], to)).toBe(2);
  await expect.poll(() => got.length).toBe(2);
  expect(got[0]?.equals(magicPacket('52:54:00:12:34:56'))).toBe(true);
  expect(got[0]).toHaveLength(102);
  await expect(wake([], to)).rejects.toEqual(code('no-macs'));
});
