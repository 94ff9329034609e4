import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askControl } from '../../../../main/backend/control.ts';
import { hostOf, ownHosts } from '../../../../main/backend/carrier/hosts.ts';
import { ownBoxProcedures } from '../../../../main/contract/box/boxes.ts';
import { connect } from '../../../../main/contract/connect.ts';
import { startOwnBox, testApp, until } from '../../../support/boxes/own-box.ts';
import type { TestBox } from '../../../support/boxes/own-box.ts';
import { askPages, cookieOf, portOfPage, sendForm } from '../../../support/boxes/own-pages.ts';
import type { Answer, Asking } from '../../../support/boxes/own-pages.ts';

let box: TestBox;
beforeAll(async () => {
  box = await startOwnBox();
});
afterAll(() => box.close());

const ask = (path: string, { at = box, ...asking }: Asking & { at?: TestBox } = {}): Promise<Answer> =>
  askPages(at.address, path, asking);
const send = (fields: Record<string, string>, at = box): Promise<Answer> => sendForm(at.address, fields);
const page = async (cookie: string, at = box) => connect(ownBoxProcedures, await portOfPage(at.address, cookie));
const upgrade = (headers: Record<string, string>): Promise<number> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`wss://${box.address}/rpc`, { rejectUnauthorized: false, headers });
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

describe('the first browser', () => {
  test('sees a form without script, and nothing else', async () => {
    expect(await ask('/')).toMatchObject({ status: 303, headers: { location: '/sign-in' } });
    const { status, body, headers } = await ask('/sign-in');
    expect([status, body.includes('eight digits'), body.includes('<script')]).toEqual([200, true, false]);
    expect(headers['content-security-policy']).toContain("form-action 'self'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    // Otherwise a browser would not say where the form comes from, and the box would refuse it.
    expect(headers['referrer-policy']).toBe('same-origin');
    expect(await upgrade({ origin: `https://${box.address}` })).toBe(401);
    for (const path of ['/index.html', '/box', '/box/', '/box/../index.html', '/support/x', '/upload'])
      expect([path, (await ask(path)).body.includes('the pages of the box')]).toEqual([path, false]);
  });
  test('is let in by the code, makes an account, and the code is closed; the next one needs the password', async () => {
    await box.shown(({ code }) => code !== undefined);
    const digits = box.code() ?? '';
    expect((await send({ code: '12' })).status).toBe(403);
    const entered = await send({ code: `${digits.slice(0, 4)} ${digits.slice(4)}` });
    expect(entered.status).toBe(303);
    expect(entered.headers['set-cookie']?.[0]).toMatch(
      /^__Host-hearth-box=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const cookie = cookieOf(entered);
    expect((await ask('/', { headers: { cookie } })).body).toContain('the pages of the box');
    // The same digits are good once.
    expect((await send({ code: digits })).status).toBe(403);
    const opened = await page(cookie);
    const short = opened.api.act({ action: { do: 'account', name: 'anna', password: 'short' } });
    await expect(short).rejects.toMatchObject({ problem: { code: 'invalid-input' } });
    await opened.api.act({ action: { do: 'account', name: 'anna', password: 'correct horse battery' } });
    const watching = new AbortController();
    for await (const seen of opened.api.watch({}, { signal: watching.signal })) {
      expect(seen).toMatchObject({ box: true, state: { setup: { account: true }, name: 'hearth' } });
      expect('code' in seen).toBe(false);
      break;
    }
    watching.abort();
    opened.close();
    expect((await ask('/', { headers: { cookie } })).status).toBe(200);
    expect((await ask('/sign-in')).body).toContain('Password');
    expect((await send({ name: 'anna', password: 'correct horse batterz' })).status).toBe(403);
    const again = await send({ name: 'anna', password: 'correct horse battery' });
    expect(again.status).toBe(303);
    await box.shown(({ apps }) => (apps as string[]).includes('account anna'));
  });
  test('a new password wants the one it has, and ends the sessions of before', async () => {
    const other = await startOwnBox();
    try {
      const app = await testApp();
      await other.pair(app);
      await other.act(app, { do: 'account', name: 'bert', password: 'correct horse battery' });
      const cookie = cookieOf(await send({ name: 'bert', password: 'correct horse battery' }, other));
      const opened = await page(cookie, other);
      const next = { do: 'account', name: 'bert', password: 'another long one' } as const;
      await expect(opened.api.act({ action: next })).rejects.toMatchObject({ problem: { code: 'password-wrong' } });
      await opened.api.act({ action: { ...next, current: 'correct horse battery' } });
      // Pages that were opened with the old password are over, without being asked.
      await opened.closed;
      expect((await ask('/', { headers: { cookie }, at: other })).status).toBe(303);
      // A paired app may, without it: it could reset the whole box.
      await other.act(app, { do: 'account', name: 'carl', password: 'a third long one' });
      expect((await send({ name: 'carl', password: 'a third long one' }, other)).status).toBe(303);
      expect(await askControl(other.places.control, 'box-forget-account')).toEqual({ forgotten: 'carl' });
      expect((await ask('/sign-in', { at: other })).body).toContain('hearth box code');
      const { digits } = await askControl<{ digits: string }>(other.places.control, 'box-code');
      expect((await send({ code: digits }, other)).status).toBe(303);
    } finally {
      await other.close();
    }
  });
});

describe('hostile requests', () => {
  test('other host names, other origins and cross-site requests are refused', async () => {
    for (const host of ['evil.example', `evil.example:${box.address.split(':')[1]}`, 'hearth.evil.example'])
      expect([host, (await ask('/sign-in', { headers: { host } })).status]).toEqual([host, 403]);
    for (const host of ['hearth.local', 'hearth', `HEARTH.local:8443`, '192.168.77.20', 'localhost:1'])
      expect([host, (await ask('/sign-in', { headers: { host } })).status]).toEqual([host, 200]);
    for (const origin of ['https://evil.example', 'null', `http://${box.address}`])
      expect([origin, (await ask('/sign-in', { method: 'POST', headers: { origin } })).status]).toEqual([origin, 403]);
    expect((await ask('/sign-in', { method: 'POST' })).status).toBe(403);
    expect(await upgrade({ origin: 'https://evil.example' })).toBe(403);
    const embedded = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
    expect((await ask('/sign-in', { headers: embedded })).status).toBe(403);
  });
  test('a page of a browser never reaches the doors for apps', async () => {
    for (const headers of [{ origin: `https://${box.address}` }, { 'sec-fetch-site': 'same-origin' }] as const)
      expect((await ask('/box/hello', { headers: headers as Record<string, string> })).status).toBe(403);
  });
  test('without a paired certificate nothing is inside', async () => {
    for (const path of [
      'state',
      'health',
      'reset-preview',
      'logs',
      'logs.tar.gz',
      'kubeconfig',
      'join-ticket',
      'task?id=1',
    ])
      expect([path, (await ask(`/box/${path}`)).status]).toEqual([path, 403]);
    for (const path of ['act', 'leave'])
      expect([path, (await ask(`/box/${path}`, { method: 'POST' })).status]).toEqual([path, 403]);
    expect((await ask('/box/update', { method: 'PUT', body: 'x' })).status).toBe(403);
    // A session of the pages is none of an app.
    expect((await ask('/box/state', { headers: { cookie: '__Host-hearth-box=x' } })).status).toBe(403);
  });
  test('what is too large, no JSON or of another shape is told, and the box goes on', async () => {
    const headers = { 'content-type': 'application/json' };
    const post = (body: string) => ask('/box/pair/code', { method: 'POST', headers, body });
    expect((await post('x'.repeat(100_000))).status).toBe(413);
    expect((await post('{')).status).toBe(400);
    expect((await post('{"app":1}')).status).toBe(400);
    expect(JSON.parse((await post('[]')).body)).toMatchObject({ code: 'invalid-input', kind: 'denied' });
    expect(JSON.parse((await ask('/box/hello')).body)).toMatchObject({ hearth: 'box', version: '0.1.0' });
  });
  test('only TLS 1.3 is spoken, and plain HTTP not at all', async () => {
    const [host, port] = box.address.split(':');
    const old = new Promise((resolve, reject) => {
      const socket = connectTls({ host, port: Number(port), rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
      socket.once('secureConnect', () => reject(new Error('TLS 1.2 was accepted')));
      socket.once('error', resolve);
    });
    expect(String(await old)).toContain('alert');
    await expect(fetch(`http://${box.address}/box/hello`)).rejects.toThrow('fetch failed');
  });
  test('guessing a password is slowed down', async () => {
    const other = await startOwnBox();
    try {
      const app = await testApp();
      await other.pair(app);
      await other.act(app, { do: 'account', name: 'anna', password: 'correct horse battery' });
      const tries = [];
      for (let n = 0; n < 7; n += 1)
        tries.push((await send({ name: 'anna', password: `guess number ${n}` }, other)).status);
      expect(tries).toEqual([403, 403, 403, 403, 403, 429, 429]);
      expect((await send({ name: 'anna', password: 'correct horse battery' }, other)).status).toBe(429);
    } finally {
      await other.close();
    }
  });
});

test('names of the box', () => {
  expect(['hearth.local:8443', '[::1]:8443', '[fe80::1]', 'HEARTH', '10.0.0.1'].map(hostOf)).toEqual(['hearth.local', '::1', 'fe80::1', 'hearth', '10.0.0.1']); // prettier-ignore
  expect(['a:b:c', '[::1', 'x:99999999', ''].map(hostOf)).toEqual(['', '', '', '']);
  expect(ownHosts(['attic']).has('attic.local')).toBe(true);
  expect(ownHosts([]).has('127.0.0.1')).toBe(true);
});

test('a damaged key is told on the screen and never replaced by itself', async () => {
  const other = await startOwnBox();
  const app = await testApp();
  try {
    await other.pair(app);
    const pin = await other.fingerprint();
    const { readFile, writeFile } = await import('node:fs/promises');
    await writeFile(other.places.key, 'damaged');
    await other.restart();
    expect(other.own.port).toBeUndefined();
    const { problem } = await other.shown(({ fingerprint }) => fingerprint === '');
    expect(problem).toContain('hearth box new-identity');
    expect(await readFile(other.places.key, 'utf8')).toBe('damaged');
    await expect(askControl(other.places.control, 'box-code')).rejects.toMatchObject({ problem: { code: 'box-identity-damaged' } }); // prettier-ignore
    const made = await askControl<{ fingerprint: string }>(other.places.control, 'box-new-identity', 20_000);
    expect(made.fingerprint).not.toBe(pin);
    expect(await other.fingerprint()).toBe(made.fingerprint);
    await until(() => other.ask(undefined, 'GET', '/box/hello'), (hello) => !(hello as { pairing: { paired: boolean } }).pairing.paired); // prettier-ignore
    await other.pair(app);
  } finally {
    await other.close();
  }
});
