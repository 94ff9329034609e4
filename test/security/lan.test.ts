import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openUsers } from '../../main/backend/access/users.ts';
import { hashOf } from '../../main/backend/carrier/sessions.ts';
import { fingerprintOf } from '../../main/backend/boxes/pairing/fingerprint.ts';
import type { AuditEntry } from '../../main/contract/audit.ts';
import { permissions } from '../../main/contract/permission-rows.ts';
import type { PermissionId } from '../../main/contract/permission-rows.ts';
import { leastRole, mayAtAll, ownOnly } from '../../main/contract/permissions.ts';
import { ProblemError } from '../../main/contract/problem.ts';
import { silentLog } from '../support/boxes/silent-log.ts';
import { temporaryDataDir, until } from '../support/hearth.ts';
import { cookiesOf, startLanHearth } from '../support/lan/lan.ts';
import type { Answer, LanHearth } from '../support/lan/lan.ts';

// A whole Hearth that serves the network, attacked over its socket. No guest is needed for any of it.
const data = temporaryDataDir();
const words = { ada: 'four wet shoes sing', olga: 'eleven grey larches', stu: 'a drum full of peas' };
let lan: LanHearth;
const cookies: Record<string, string> = {};
let adminName = '';

beforeAll(async () => {
  lan = await startLanHearth(data.path);
}, 60_000);
afterAll(async () => {
  await lan?.hearth.stop();
  data.remove();
}, 60_000);

/** What came back, until the other side ended it. */
const told = (socket: TLSSocket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
/** Requests that never end, begun with the first test and looked at in the last. */
const slow: Promise<{ ms: number; answer: string }>[] = [];
beforeAll(async () => {
  for (let n = 0; n < 20; n += 1) {
    const socket = await lan.raw('127.0.0.6');
    const began = Date.now();
    const over = told(socket);
    const lines = [`Host: 127.0.0.1:${lan.port}`, `Origin: ${lan.origin}`];
    const body = n % 2 === 1;
    socket.write(body ? ['POST /sign-in HTTP/1.1', ...lines, 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 4000', '', ''].join('\r\n') : ['GET / HTTP/1.1', ...lines, ''].join('\r\n')); // prettier-ignore
    const drip = setInterval(() => socket.write(body ? 'a' : 'X: a\r\n'), 500);
    slow.push(
      over.then((answer) => {
        clearInterval(drip);
        return { ms: Date.now() - began, answer };
      }),
    );
  }
});

const problemOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
};

describe('before anybody has a password', () => {
  it('nothing is served but the page that asks for the code', async () => {
    expect(lan.hearth.ready).toMatchObject({ ready: true, url: `${lan.origin}/`, code: expect.stringMatching(/^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/) }); // prettier-ignore
    expect((await lan.ask('/')).headers.location).toBe('/sign-in');
    expect((await lan.ask('/sign-in')).headers.location).toBe('/setup');
    expect((await lan.ask('/setup')).body).toContain('The first admin of this Hearth');
    for (const path of ['/rpc', '/support/x', '/exports/x', '/upload']) expect([303, 401]).toContain((await lan.ask(path)).status);
    expect(await lan.upgrade({ origin: lan.origin })).toBe(401);
  }); // prettier-ignore

  it('a wrong code, a weak password and two different ones are refused', async () => {
    const right = { code: lan.code, name: 'ada', password: words.ada, again: words.ada };
    expect((await lan.post('/setup', { ...right, code: 'AAAA-BBBB-CCCC-DDDD' })).status).toBe(403);
    expect((await lan.post('/setup', { ...right, password: 'password123', again: 'password123' })).body).toContain('would be guessed'); // prettier-ignore
    expect((await lan.post('/setup', { ...right, again: words.olga })).body).toContain('are different');
    expect((await lan.post('/setup', { ...right, name: '<b>' })).status).toBe(403);
    expect((await lan.post('/setup', right, { origin: 'https://evil.example' })).status).toBe(403);
  });

  it('the code makes one admin, once, and signs them in', async () => {
    const right = { code: lan.code.toLowerCase().replaceAll('-', ' '), name: 'Ada', password: words.ada, again: words.ada }; // prettier-ignore
    const both = await Promise.all([lan.post('/setup', right), lan.post('/setup', { ...right, name: 'Eve' })]);
    const made = both.filter(({ headers }) => headers['set-cookie'] !== undefined);
    expect(made.length).toBe(1);
    cookies['ada'] = cookiesOf(made[0] as Answer);
    expect((await lan.ask('/setup')).headers.location).toBe('/sign-in');
    expect((await lan.post('/setup', { ...right, name: 'Mallory' })).headers['set-cookie']).toBeUndefined();
    const page = await lan.page(cookies['ada']);
    for await (const state of page.api.access.watch({})) {
      expect(state.me).toMatchObject({ role: 'admin' });
      expect(Object.keys(state.beyond)).toEqual([]);
      break;
    }
    const users = await until(page.api.access.users({}), ({ id }) => id, (rows) => rows.size === 1); // prettier-ignore
    expect([...users.values()].map(({ role, sessions }) => [role, sessions])).toEqual([['admin', 1]]);
    // Whoever of the two came first: from here on it is called Ada.
    adminName = [...users.values()][0]?.name ?? '';
    expect(['Ada', 'Eve']).toContain(adminName);
    page.close();
    // From another process, as the command does it; and with a cheaper hash, since tests sign in often.
    const people = await openUsers({ file: join(data.path, 'access', 'users.json'), log: silentLog, cost: { N: 1024, r: 8, p: 1 } }); // prettier-ignore
    await people.add({ name: 'olga', role: 'operator', password: words.olga });
    await people.add({ name: 'stu', role: 'student', password: words.stu });
    people.close();
    // The running one notices by itself.
    await expect.poll(async () => lan.post('/sign-in', { name: 'stu', password: words.stu }, {}, '127.0.0.7').then(({ status }) => status), { interval: 200 }).toBe(303); // prettier-ignore
    cookies['olga'] = await lan.signIn('olga', words.olga);
    cookies['stu'] = await lan.signIn('STU ', words.stu);
  });
});

describe('cookies and sessions', () => {
  it('are random, kept as hashes, and say all that a browser has to know', async () => {
    const answer = await lan.post('/sign-in', { name: 'olga', password: words.olga });
    const [session = '', device = ''] = answer.headers['set-cookie'] ?? [];
    for (const each of [session, device])
      expect(each).toMatch(/^__Host-hearth-[a-z0-9-]+=[\w.-]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const secret = /=([\w-]{43});/.exec(session)?.[1] ?? '';
    expect(secret).not.toBe('');
    const file = readFileSync(join(data.path, 'access', 'sessions.json'), 'utf8');
    expect([file.includes(secret), file.includes(hashOf(secret))]).toEqual([false, true]);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(readFileSync(join(data.path, 'access', 'users.json'), 'utf8')).not.toContain(words.olga);
  }); // prettier-ignore

  it('a session that somebody put there is not taken over (fixation)', async () => {
    const name = (cookies['stu'] ?? '').split('=')[0] ?? '';
    const planted = `${name}=${'A'.repeat(43)}`;
    const after = await lan.signIn('stu', words.stu, planted);
    expect(after).not.toContain('A'.repeat(43));
    expect((await lan.ask('/', { headers: { cookie: planted } })).status).toBe(303);
    // And one that was good before is over, once its browser signed in anew.
    const again = await lan.signIn('stu', words.stu, after);
    expect(await lan.upgrade({ cookie: after, origin: lan.origin })).toBe(401);
    expect(await lan.upgrade({ cookie: again, origin: lan.origin })).toBe(101);
    cookies['stu'] = again;
  });

  it('signing out ends the session and its socket; everywhere ends all of one’s own', async () => {
    const [one, two] = [await lan.signIn('olga', words.olga), await lan.signIn('olga', words.olga)];
    const pageOne = await lan.page(one);
    await pageOne.api.access.signOut({});
    await pageOne.closed;
    expect(await lan.upgrade({ cookie: one, origin: lan.origin })).toBe(401);
    expect((await lan.ask('/sign-in', { headers: { cookie: one } })).headers['set-cookie']?.[0]).toContain('Expires=Thu, 01 Jan 1970');
    const pageTwo = await lan.page(two);
    await pageTwo.api.access.signOut({ everywhere: true });
    await pageTwo.closed;
    for (const cookie of [two, cookies['olga'] ?? '']) expect(await lan.upgrade({ cookie, origin: lan.origin })).toBe(401);
    expect(await lan.upgrade({ cookie: cookies['stu'], origin: lan.origin })).toBe(101);
    cookies['olga'] = await lan.signIn('olga', words.olga);
  }); // prettier-ignore

  it('another password signs all other browsers out, and wants the one of before', async () => {
    const other = await lan.signIn('olga', words.olga);
    const page = await lan.page(cookies['olga'] ?? '');
    expect(await problemOf(page.api.access.changePassword({ current: 'wrong', next: 'three long brown roads' }))).toBe('password-wrong');
    expect(await problemOf(page.api.access.changePassword({ current: words.olga, next: 'short' }))).toBe('password-weak');
    await page.api.access.changePassword({ current: words.olga, next: 'three long brown roads' });
    expect((await page.api.app.info({})).carrier).toBe('web');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await page.api.app.info({})).carrier).toBe('web');
    expect(await lan.upgrade({ cookie: other, origin: lan.origin })).toBe(401);
    await expect(lan.signIn('olga', words.olga)).rejects.toThrow('403');
    words.olga = 'three long brown roads';
    page.close();
  }); // prettier-ignore
});

describe('other pages and other computers', () => {
  const doors = [
    { path: '/', method: 'GET' },
    { path: '/rpc', method: 'GET', upgrade: true },
    { path: '/sign-in', method: 'POST' },
    { path: '/setup', method: 'POST' },
    { path: '/upload', method: 'POST' },
    { path: '/upload/some', method: 'PATCH' },
    { path: '/support/x.tar.gz', method: 'GET' },
    { path: '/exports/x.hearth-vm', method: 'GET' },
  ];
  const handshake = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }; // prettier-ignore
  it.each(doors)('another Host is refused, whatever it holds (DNS rebinding): $method $path', async ({ path, method, upgrade }) => {
    for (const host of ['evil.example', `evil.example:${lan.port}`, `127.0.0.1.evil.example:${lan.port}`, '', `127.0.0.1@evil.example`, `evil.example/127.0.0.1`]) {
      const answer = await lan.ask(path, { method, headers: { ...(upgrade && handshake), host, cookie: cookies['ada'], origin: `https://${host}` } });
      expect([host, [400, 403].includes(answer.status)]).toEqual([host, true]);
    }
  }); // prettier-ignore
  it.each(doors)('another Origin is refused, and so is none where something is changed (CSRF): $method $path', async ({ path, method, upgrade }) => {
    const headers = { ...(upgrade && handshake), cookie: cookies['ada'] };
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${lan.port}`, `https://127.0.0.1:${lan.port + 1}`, `${lan.origin}.evil.example`, `https://localhost:${lan.port}`])
      expect([origin, (await lan.ask(path, { method, headers: { ...headers, origin } })).status]).toEqual([origin, 403]);
    for (const site of ['cross-site', 'same-site'])
      expect((await lan.ask(path, { method, headers: { ...headers, 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty', ...(method !== 'GET' && { origin: lan.origin }) } })).status).toBe(403);
    if (method !== 'GET' || upgrade) expect((await lan.ask(path, { method, headers })).status).toBe(403);
  }); // prettier-ignore
  it('a form of another site signs nobody in, and nobody out', async () => {
    const form = { name: 'stu', password: words.stu };
    expect((await lan.post('/sign-in', form, { origin: 'https://evil.example' })).headers['set-cookie']).toBeUndefined();
    expect((await lan.post('/sign-in', form, { origin: 'null', 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    // What a form of plain text or a script could send is no form of ours.
    for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x'])
      expect((await lan.ask('/sign-in', { method: 'POST', headers: { origin: lan.origin, 'content-type': type }, body: '{"name":"stu"}' })).headers['set-cookie']).toBeUndefined();
  }); // prettier-ignore
  it('a socket opens with the cookie of a living session, from our own page, and not otherwise (hijack)', async () => {
    const good = { cookie: cookies['stu'], origin: lan.origin };
    expect(await lan.upgrade(good)).toBe(101);
    expect(await lan.upgrade({ origin: lan.origin })).toBe(401);
    expect(await lan.upgrade({ cookie: cookies['stu'] })).toBe(403);
    expect(await lan.upgrade({ ...good, origin: 'https://evil.example' })).toBe(403);
    expect(await lan.upgrade({ ...good, cookie: `${cookies['stu']}x`.replace(/=([\w-]{43})/, '=$1x') })).toBe(401);
    // The cookie by which a browser is known again opens nothing.
    const device = (cookies['stu'] ?? '').split('; ').find((each) => each.includes('browser')) ?? '';
    expect(await lan.upgrade({ ...good, cookie: device })).toBe(401);
    const secret = /=([\w-]{43})/.exec(cookies['stu'] ?? '')?.[1];
    expect(await lan.upgrade({ origin: lan.origin }, `/rpc?session=${secret}`)).toBe(401);
    expect(await lan.upgrade({ origin: lan.origin, authorization: `Bearer ${secret}` })).toBe(401);
  });
});

describe('bytes that no browser sends', () => {
  const send = async (bytes: string): Promise<string> => {
    const socket = await lan.raw();
    const heard = told(socket);
    socket.setTimeout(20_000, () => socket.destroy());
    socket.end(bytes);
    return heard;
  };
  const head = (...lines: string[]): string => [...lines, `Host: 127.0.0.1:${lan.port}`, `Cookie: ${cookies['stu'] ?? ''}`, `Origin: ${lan.origin}`, '', ''].join('\r\n'); // prettier-ignore

  it('two lengths, odd encodings and hidden requests are refused, and the rest is not read as a request (smuggling)', async () => {
    const smuggled = head('GET /setup HTTP/1.1');
    for (const lines of [
      ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      ['Content-Length: 4', 'Content-Length: 5'],
      ['Content-Length: +4'],
      ['Content-Length: 0x4'],
      ['Transfer-Encoding: chunked, identity'],
      ['Transfer-Encoding: xchunked'],
      ['Transfer-Encoding : chunked'],
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: cow'],
      ['X: a\nContent-Length: 4'],
    ]) {
      const answer = await send(head('POST /sign-in HTTP/1.1', 'Content-Type: application/x-www-form-urlencoded', ...lines) + `0\r\n\r\n${smuggled}`); // prettier-ignore
      const answers = answer.match(/HTTP\/1\.1 \d+/g) ?? [];
      expect([lines, answers.length <= 1, answer.includes('HTTP/1.1 2')]).toEqual([lines, true, false]);
    }
    for (const broken of ['GET / HTTP/1.1\nHost: x\n\n', 'GET /\r\n\r\n', 'GET / HTTP/2.0\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', `GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n`, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n'])
      expect(await send(broken)).not.toMatch(/HTTP\/1\.1 (2|3)/);
  }); // prettier-ignore

  it('no header goes through an address or a name (injection)', async () => {
    const cookie = cookies['ada'];
    for (const path of ['/exports/a%0d%0aSet-Cookie:%20x=1', '/support/a%0d%0aX-Evil:%201', '/setup?code=%0d%0aSet-Cookie:%20x=1', '/sign-in?next=//evil.example%0d%0aX-Evil:1', '/%0d%0aX-Evil:%201', '//evil.example/%2f..', '/\\evil.example']) {
      const { headers, status } = await lan.ask(path, { headers: { cookie } });
      expect([path, headers['x-evil'], headers['set-cookie'], status < 500]).toEqual([path, undefined, undefined, true]);
      expect([undefined, '/', '/sign-in', '/setup']).toContain(headers.location);
    }
    // What is typed is shown as text.
    const shown = await lan.post('/sign-in', { name: '"><script>alert(1)</script>', password: 'x' }, { cookie: '' });
    expect(shown.body).not.toContain('<script>');
    expect(shown.headers['content-security-policy']).toContain("script-src 'self'");
  }); // prettier-ignore

  it('no path leads out of the pages (traversal)', async () => {
    for (const path of ['/../access/users.json', '/..%2faccess%2fusers.json', '/%2e%2e/%2e%2e/etc/passwd', '/assets/..%5c..%5cpackage.json', '/%252e%252e/etc/passwd', '/....//etc/passwd', '/%00', '/%ff', '/.git/config', '/exports/..%2faccess%2fusers.json', '/support/..%2f..%2fetc%2fpasswd', '/exports/%2e%2e', '/upload/..%2f..%2faccess%2fusers.json', `/${'a/../'.repeat(500)}etc/passwd`]) {
      const answer = await lan.ask(path, { headers: { cookie: cookies['ada'] } });
      expect([path, answer.status >= 300, /root:|scrypt|"version"/.test(answer.body)]).toEqual([path, true, false]);
    }
  }); // prettier-ignore

  it('heads and bodies that are too large are refused, with and without a session', async () => {
    expect((await send(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${lan.port}\r\nX: ${'a'.repeat(64 * 1024)}\r\n\r\n`)).slice(0, 12)).toBe('HTTP/1.1 431');
    expect((await send(`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: 127.0.0.1:${lan.port}\r\n\r\n`)).slice(0, 12)).toMatch(/HTTP\/1\.1 4(31|14)/);
    expect((await lan.post('/sign-in', { name: 'x', password: 'y'.repeat(100_000) })).status).toBe(413);
    const huge = await lan.ask('/sign-in', { method: 'POST', headers: { origin: lan.origin, 'content-type': 'application/x-www-form-urlencoded', 'content-length': 2 ** 40 } }).catch((error: unknown) => error as Error);
    expect(huge instanceof Error || huge.status === 413).toBe(true);
    const page = await lan.page(cookies['stu'] ?? '');
    page.socket.send(Buffer.alloc(8 * 2 ** 20));
    await page.closed;
  }); // prettier-ignore

  it('one address has 64 connections and no more', async () => {
    const sockets: TLSSocket[] = [];
    const open = await Promise.all(Array.from({ length: 90 }, async () => {
      try {
        const socket = await lan.raw();
        socket.on('error', () => undefined);
        sockets.push(socket);
        return true;
      } catch {
        return false;
      }
    }));
    expect(open.filter(Boolean).length).toBeLessThanOrEqual(64);
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await lan.ask('/sign-in').catch(() => undefined))?.status).toBe(200);
  }); // prettier-ignore
});

describe('roles, over the wire', () => {
  /** A harmless input for every procedure: what is refused by role is refused before any of it is looked at. */
  const nowhere = { namespace: 'default', name: 'no-such', id: 'no-such', lab: 'no-such' };
  const inputs: Partial<Record<string, object>> = {
    'settings.update': { labFolder: '' },
    'targets.addCluster': { name: 'x', text: 'x' },
  };
  it.each(['olga', 'stu'] as const)('%s is refused what is beyond the role, procedure by procedure', async (name) => {
    const role = name === 'olga' ? 'operator' : 'student';
    const page = await lan.page(cookies[name] ?? '');
    const wrong: string[] = [];
    for (const path of Object.keys(permissions).filter((id) => !id.includes(':')) as PermissionId[]) {
      if (mayAtAll(role, path) && !ownOnly(role, path)) continue;
      const [domain = '', procedure = ''] = path.split('.');
      const call = (page.api as unknown as Record<string, Record<string, (input: object) => unknown>>)[domain]?.[procedure];
      const result = call?.(inputs[path] ?? nowhere);
      const code = await problemOf(
        typeof result === 'object' && result !== null && Symbol.asyncIterator in result
          ? (async () => {
              for await (const _ of result as AsyncIterable<unknown>) break;
            })()
          : (result as Promise<unknown>),
      );
      // An input that is no input is refused before anybody is asked.
      const fine = ownOnly(role, path) ? ['not-your-own', 'invalid-input', ...(path === 'recordings.watch' ? ['ok'] : [])] : ['role-refused', 'invalid-input'];
      if (!fine.includes(code)) wrong.push(`${path}: ${code} (least: ${leastRole(path)})`);
    }
    expect(wrong).toEqual([]);
    page.close();
  }); // prettier-ignore

  it('each role has what is its own', async () => {
    const [ada, olga, stu] = await Promise.all(['ada', 'olga', 'stu'].map((name) => lan.page(cookies[name] ?? '')));
    if (!ada || !olga || !stu) throw new Error('no pages');
    const name = 'labs';
    expect(await problemOf(ada.api.settings.update({ theme: 'dark' }))).toBe('ok');
    expect(await problemOf(olga.api.settings.update({ theme: 'dark' }))).toBe('role-refused');
    expect(await problemOf(olga.api.labs.validate({ text: name }))).toBe('ok');
    expect(await problemOf(stu.api.labs.validate({ text: name }))).toBe('role-refused');
    expect(await problemOf(stu.api.settings.update({ theme: 'dark' }))).toBe('role-refused');
    expect(await problemOf(stu.api.machines.instancetypes({}))).not.toBe('role-refused');
    expect(await problemOf(stu.api.target.kubeconfig({}))).toBe('role-refused');
    expect(await problemOf(stu.api.access.setRole({ id: 'x', role: 'admin' }))).toBe('role-refused');
    for (const page of [ada, olga, stu]) page.close();
  });

  it('doors beside the contract ask for the role, too', async () => {
    for (const [path, method, allowed] of [['/support/x', 'GET', ['ada']], ['/exports/x', 'GET', ['ada', 'olga']], ['/upload/x', 'PATCH', ['ada', 'olga']]] as const)
      for (const name of ['ada', 'olga', 'stu']) {
        const { status } = await lan.ask(path, { method, headers: { cookie: cookies[name], origin: lan.origin } });
        expect([path, name, status === 403]).toEqual([path, name, !(allowed as readonly string[]).includes(name)]);
      }
  }); // prettier-ignore

  it('a role that changes counts at once, and a user who is removed is out', async () => {
    const ada = await lan.page(cookies['ada'] ?? '');
    const { id } = await ada.api.access.add({ name: 'tim', role: 'operator', password: 'nine slow yellow trams' });
    const cookie = await lan.signIn('tim', 'nine slow yellow trams');
    const tim = await lan.page(cookie);
    expect(await problemOf(tim.api.labs.validate({ text: 'x' }))).toBe('ok');
    await ada.api.access.setRole({ id, role: 'student' });
    expect(await problemOf(tim.api.labs.validate({ text: 'x' }))).toBe('role-refused');
    await tim.closed; // and its streams are begun anew under the new role
    const again = await lan.page(cookie);
    await ada.api.access.remove({ id });
    await again.closed;
    expect(await lan.upgrade({ cookie, origin: lan.origin })).toBe(401);
    expect((await lan.post('/sign-in', { name: 'tim', password: 'nine slow yellow trams' }, {}, '127.0.0.8')).status).toBe(403); // prettier-ignore
    ada.close();
  });

  it('the last admin stays', async () => {
    const ada = await lan.page(cookies['ada'] ?? '');
    const rows = await until(ada.api.access.users({}), ({ id }) => id, ({ size }) => size > 0); // prettier-ignore
    const id = [...rows.values()].find(({ role }) => role === 'admin')?.id ?? '';
    expect(await problemOf(ada.api.access.setRole({ id, role: 'operator' }))).toBe('last-admin');
    expect(await problemOf(ada.api.access.remove({ id }))).toBe('last-admin');
    ada.close();
  });

  it('the history names who did it, and who tried', async () => {
    const ada = await lan.page(cookies['ada'] ?? '');
    const rows = await until<AuditEntry>(ada.api.audit.watch({}), ({ id }) => id, ({ size }) => size > 5); // prettier-ignore
    const told = [...rows.values()].map(({ who, procedure, result }) => `${procedure} ${result}: ${who}`);
    expect(told).toContainEqual(expect.stringMatching(/^settings\.update ok: (Ada|Eve), admin, in a browser at 127\.0\.0\.1 \(session \w+\)$/));
    expect(told).toContainEqual(expect.stringMatching(/^settings\.update refused: stu, student, in a browser at 127\.0\.0\.1/));
    expect(told).toContainEqual(expect.stringMatching(/^target\.kubeconfig refused: stu, student/));
    // Consoles too, which are no calls.
    expect(told).toContainEqual(expect.stringMatching(/^consoles\.vnc refused: stu, student/));
    expect(told).toContainEqual(expect.stringMatching(/^access\.signIn refused: nobody, in a browser at 127\.0\.0\.1/));
    expect(told).toContainEqual(expect.stringMatching(/^access\.signIn ok: olga/));
    expect(JSON.stringify([...rows.values()])).not.toContain(words.stu);
    ada.close();
  }); // prettier-ignore
});

describe('the command on the computer itself', () => {
  it('lists, adds, changes and removes people of a Hearth that runs; passwords come by stdin', async () => {
    expect((await lan.cli(['user', 'add', 'kim', '--role', 'operator'], 'seven blue kettles\n')).code).toBe(0);
    const cookie = await lan.signIn('kim', 'seven blue kettles');
    expect((await lan.cli(['user', 'password', 'KIM'], 'eight red kettles now\n')).code).toBe(0);
    expect(await lan.upgrade({ cookie, origin: lan.origin })).toBe(401);
    expect((await lan.cli(['user', 'role', 'kim', 'student'])).code).toBe(0);
    const listed = JSON.parse((await lan.cli(['user', 'list', '--json'])).out) as { name: string; role: string }[];
    expect(listed.find(({ name }) => name === 'kim')).toMatchObject({ role: 'student' });
    expect((await lan.cli(['user', 'remove', 'kim'])).code).toBe(0);
    expect(await lan.cli(['user', 'remove', 'kim'])).toMatchObject({ code: 1, err: expect.stringContaining('Nobody is called kim') });
    expect(await lan.cli(['user', 'add', 'weak'], 'password123\n')).toMatchObject({ code: 1, err: expect.stringContaining('would be guessed') });
    expect((await lan.cli(['user', 'add', 'x', 'password'])).code).toBe(2);
  }, 60_000); // prettier-ignore

  it('`hearth open` leads to the sign-in page', async () => {
    expect((await lan.cli(['open'])).out.trim()).toBe(`${lan.origin}/sign-in`);
  });
});

describe('TLS and files', () => {
  it('speaks TLS 1.3, takes 1.2, nothing older; the certificate is the one that was told', async () => {
    const socket = await lan.raw();
    expect(socket.getProtocol()).toBe('TLSv1.3');
    expect(fingerprintOf(socket.getPeerCertificate().raw)).toBe(lan.hearth.ready['fingerprint']);
    socket.destroy();
    expect(lan.hearth.stderr()).toContain(String(lan.hearth.ready['fingerprint']).slice(0, 4));
  });
  it('what is kept is readable by its owner alone', () => {
    const folder = join(data.path, 'access');
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    const files = readdirSync(folder);
    expect(files.sort()).toEqual(['devices.key', 'hearth.cert', 'hearth.key', 'owners.json', 'sessions.json', 'users.json'].filter((name) => files.includes(name))); // prettier-ignore
    expect(files).toEqual(expect.arrayContaining(['devices.key', 'hearth.cert', 'hearth.key', 'sessions.json', 'users.json'])); // prettier-ignore
    for (const name of files) expect([name, lstatSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
  });
});

// Last: it makes this address wait.
describe('guessing', () => {
  it('takes as long and answers the same for a name that nobody has', async () => {
    const timed = async (name: string): Promise<{ ms: number; answer: Answer }> => {
      const began = performance.now();
      const answer = await lan.post('/sign-in', { name, password: 'something quite wrong' }, {}, '127.0.0.9');
      return { ms: performance.now() - began, answer };
    };
    const [known, unknown] = [await timed(adminName), await timed('nobody')];
    expect([known.answer.status, unknown.answer.status]).toEqual([403, 403]);
    expect(known.answer.body.replaceAll(adminName, 'NAME')).toBe(unknown.answer.body.replaceAll('nobody', 'NAME'));
    // Both derive a key; without it an answer takes a few milliseconds.
    const nothing = performance.now();
    await lan.ask('/sign-in');
    const plain = performance.now() - nothing;
    for (const { ms } of [known, unknown]) expect(ms).toBeGreaterThan(plain);
    expect(Math.max(known.ms, unknown.ms) / Math.min(known.ms, unknown.ms)).toBeLessThan(4);
  });

  it('waits longer and longer; the right password helps nobody who has to wait; known browsers and others’ names go on', async () => {
    const tries = await Promise.all(Array.from({ length: 40 }, (_each, n) => lan.post('/sign-in', { name: 'stu', password: `guess number ${n}` })));
    const slowed = tries.filter(({ status }) => status === 429);
    expect(slowed.length).toBeGreaterThanOrEqual(30);
    expect(slowed.every(({ headers }) => Number(headers['retry-after']) >= 1)).toBe(true);
    expect(tries.every(({ headers }) => headers['set-cookie'] === undefined)).toBe(true);
    // A stranger with the right password waits like everybody at this address.
    expect((await lan.post('/sign-in', { name: 'stu', password: words.stu })).status).toBe(429);
    // The browser that signed in as stu before does not.
    const known = (cookies['stu'] ?? '').split('; ').find((each) => each.includes('browser')) ?? '';
    expect(known).not.toBe('');
    expect((await lan.post('/sign-in', { name: 'stu', password: words.stu }, { cookie: known })).status).toBe(303);
    // But it is known as stu, not as anybody else.
    expect((await lan.post('/sign-in', { name: 'olga', password: words.olga }, { cookie: known })).status).toBe(429);
    // And sessions that are open are not touched.
    expect(await lan.upgrade({ cookie: cookies['olga'], origin: lan.origin })).toBe(101);
  }); // prettier-ignore

  it('leaves the history readable: failures are told, not all of them', async () => {
    const page = await lan.page(cookies['ada'] ?? '');
    const rows = await until<AuditEntry>(page.api.audit.watch({}), ({ id }) => id, ({ size }) => size > 5); // prettier-ignore
    const wrong = [...rows.values()].filter(({ procedure, result }) => procedure === 'access.signIn' && result === 'refused'); // prettier-ignore
    expect(wrong.length).toBeLessThanOrEqual(20);
    expect(lan.hearth.stderr()).not.toMatch(/unhandled|uncaught/i);
    page.close();
  });
});

it('a head or a body that never ends is cut, and others were served meanwhile (slowloris)', async () => {
  expect(slow.length).toBe(20);
  // They came from another computer, and all that is above went on beside them.
  const ends = await Promise.all(slow);
  for (const { ms } of ends) expect(ms).toBeLessThan(25_000);
  expect(ends.filter(({ answer }) => answer.includes(' 2')).length).toBe(0);
}, 60_000);
