import { mkdtemp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSignIn } from '../../../main/backend/carrier/sign-in.ts';
import type { SignIn } from '../../../main/backend/carrier/sign-in.ts';
import { startWeb } from '../../../main/backend/carrier/web.ts';
import type { Web } from '../../../main/backend/carrier/web.ts';
import { createLog } from '../../../main/backend/log.ts';
import { connect } from '../../../main/contract/connect.ts';
import { call } from '../../../main/contract/procedure.ts';
import { serve } from '../../../main/contract/serve.ts';
import { websocketPort } from '../../../main/contract/websocket-port.ts';
import { z } from 'zod';

const contract = { ping: call<string>()(z.object({})), big: call<string>()(z.object({})) };
let folder: string;
let web: Web;
let signIn: SignIn;
let clock = Date.now();
let uploads = 0;
const log = () => createLog({ path: join(folder, 'log'), quiet: true });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-web-'));
  await mkdir(join(folder, 'pages', 'assets'), { recursive: true });
  await writeFile(join(folder, 'pages', 'index.html'), '<!doctype html><title>pages</title>');
  await writeFile(join(folder, 'pages', 'assets', 'index-abc123.js'), 'export {}');
  await writeFile(join(folder, 'secret.txt'), 'not for the web');
  signIn = await createSignIn({ file: join(folder, 'sessions.json'), log: log(), now: () => clock });
  web = await startWeb({
    port: 0,
    pages: join(folder, 'pages'),
    cookie: 'hearth_test',
    signIn,
    log: log(),
    attach: (port) => serve(contract, { ping: () => 'pong', big: () => 'x'.repeat(1_000_000) }, port),
    upload: (incoming, response) => {
      uploads += 1;
      incoming.resume();
      response.writeHead(204).end();
    },
  });
});
afterAll(async () => {
  await web.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}
const ask = (path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(web.address);
    const sent = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
const pathOf = (url: string): string => url.slice(new URL(url).origin.length);
async function session(): Promise<string> {
  const answer = await ask(pathOf(web.signInUrl()));
  return (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
}
const upgrade = (headers: Record<string, string>, path = '/rpc'): Promise<number> =>
  new Promise((resolve) => {
    const socket = new WebSocket(web.address.replace('http', 'ws') + path, { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (sent, response) => {
      sent.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', () => resolve(-1));
  });

test('a sign-in address works once and leads to a strict cookie', async () => {
  const path = pathOf(web.signInUrl());
  const answer = await ask(path);
  expect([answer.status, answer.headers.location]).toEqual([303, '/']);
  expect(answer.headers['set-cookie']?.[0]).toMatch(
    /^hearth_test=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  const cookie = (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
  expect((await ask('/', { headers: { cookie } })).body).toContain('<title>pages');
  const again = await ask(path);
  expect([again.status, again.headers['set-cookie']]).toEqual([403, undefined]);
  expect((await ask(path, { headers: { cookie } })).status).toBe(303);
});

test('a code is good for fifteen minutes', async () => {
  const path = pathOf(web.signInUrl());
  clock += 16 * 60_000;
  expect((await ask(path)).status).toBe(403);
});

test('without a session there is one page, and it tells how to get in', async () => {
  const front = await ask('/');
  expect([front.status, front.body.includes('npx hearth open')]).toEqual([401, true]);
  for (const path of ['/assets/index-abc123.js', '/rpc', '/upload', '/index.html', '/nothing', '/sign-in/x'])
    expect([path, (await ask(path)).status]).toEqual([path, 401]);
  expect((await ask('/', { headers: { cookie: 'hearth_test=AAAA' } })).status).toBe(401);
  expect(await upgrade({ origin: web.address })).toBe(401);
});

test('every answer carries the security headers', async () => {
  const cookie = await session();
  for (const path of ['/', '/assets/index-abc123.js', '/nothing']) {
    const { headers } = await ask(path, { headers: { cookie } });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  }
  expect((await ask('/assets/index-abc123.js', { headers: { cookie } })).headers['cache-control']).toContain(
    'immutable',
  );
  expect((await ask('/', { headers: { cookie } })).headers['cache-control']).toBe('no-store');
});

test('other host names are refused (DNS rebinding), other origins too', async () => {
  const cookie = await session();
  const { port, host } = new URL(web.address);
  for (const wrong of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1',
    `127.0.0.1.evil.example:${port}`,
    `127.0.0.1:${Number(port) + 1}`,
  ])
    expect([wrong, (await ask('/', { headers: { cookie, host: wrong } })).status]).toEqual([wrong, 403]);
  expect((await ask('/', { headers: { cookie, host: `localhost:${port}` } })).status).toBe(200);
  const code = pathOf(web.signInUrl());
  expect((await ask(code, { headers: { host: 'evil.example' } })).status).toBe(403);
  for (const origin of ['http://evil.example', 'null', `https://${host}`, `http://localhost:${port}`]) {
    expect([origin, (await ask('/', { headers: { cookie, origin } })).status]).toEqual([origin, 403]);
    expect([origin, await upgrade({ cookie, origin })]).toEqual([origin, 403]);
  }
  expect(await upgrade({ cookie })).toBe(403);
  expect(await upgrade({ cookie, origin: web.address })).toBe(101);
  const embedded = { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' };
  expect((await ask('/assets/index-abc123.js', { headers: embedded })).status).toBe(403);
});

test('uploads need a session and an origin', async () => {
  const cookie = await session();
  expect((await ask('/upload', { method: 'POST', headers: { cookie } })).status).toBe(403);
  expect((await ask('/upload', { method: 'POST', headers: { origin: web.address } })).status).toBe(401);
  expect(uploads).toBe(0);
  expect((await ask('/upload/abc', { method: 'PATCH', headers: { cookie, origin: web.address } })).status).toBe(204);
  expect(uploads).toBe(1);
});

test('no path leads out of the pages', async () => {
  const cookie = await session();
  for (const path of [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/%00',
    '/%ff%fe',
    '/.git/config',
  ]) {
    const answer = await ask(path, { headers: { cookie } });
    expect([path, answer.status >= 400, answer.body.includes('not for the web')]).toEqual([path, true, false]);
  }
});

test('sessions outlive a restart, are kept as hashes only, and the file is private', async () => {
  const cookie = await session();
  const secret = cookie.split('=')[1] ?? '';
  const again = await createSignIn({ file: join(folder, 'sessions.json'), log: log(), now: () => clock });
  expect(again.check(secret)).toBe(true);
  expect(again.check(`${secret}x`)).toBe(false);
  expect(await readFile(join(folder, 'sessions.json'), 'utf8')).not.toContain(secret);
  expect((await stat(join(folder, 'sessions.json'))).mode & 0o777).toBe(0o600);
});

test('the contract answers over the socket; a message that is too large ends it', async () => {
  const cookie = await session();
  const open = async () => {
    const socket = new WebSocket(`${web.address.replace('http', 'ws')}/rpc`, {
      headers: { cookie, origin: web.address },
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return { socket, connection: connect(contract, websocketPort(socket)) };
  };
  const one = await open();
  expect(await one.connection.api.ping({})).toBe('pong');
  one.socket.send('x'.repeat(5 * 1024 * 1024));
  await one.connection.closed;
  const two = await open();
  expect(await two.connection.api.ping({})).toBe('pong');
  two.connection.close();
});

test('a page that asks and never reads does not grow our memory', async () => {
  const cookie = await session();
  const socket = new WebSocket(`${web.address.replace('http', 'ws')}/rpc`, {
    headers: { cookie, origin: web.address },
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.pause();
  const before = process.memoryUsage().rss;
  for (let id = 1; id <= 1000; id += 1) socket.send(JSON.stringify({ t: 'open', id, path: 'big', input: {} }));
  for (let n = 0; n < 20; n += 1) await ask('/', { headers: { cookie } });
  // 1,000 answers of 1 MB are asked for; both ends run in this process.
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  socket.terminate();
});

test('guessing is slowed down', async () => {
  const codes = await Promise.all(Array.from({ length: 40 }, () => ask('/sign-in?code=guess')));
  expect(codes.filter((answer) => answer.status === 429).length).toBeGreaterThanOrEqual(20);
  expect((await ask(pathOf(web.signInUrl()))).status).toBe(429);
  clock += 61_000;
  expect((await ask(pathOf(web.signInUrl()))).status).toBe(303);
});
