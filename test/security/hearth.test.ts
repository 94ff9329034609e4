import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { request } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Api } from '../../main/contract/contract.ts';
import { dataPaths } from '../../main/backend/paths.ts';
import { kubeOf } from '../support/kube.ts';
import { openPage } from '../support/hearth.ts';
import { guestsOf, Lab } from '../e2e/support/lab.ts';
import { rowOf, serialShell, starterMachine } from '../e2e/support/guest.ts';
import type { Shell } from '../e2e/support/guest.ts';

// A whole Hearth with a running machine and one forwarded port: what it lets in, and what it leaves readable.
let lab: Lab;
let api: Api;
let shell: Shell;
let cookie: string;
const machine = { namespace: 'default', name: 'target' };
beforeAll(async () => {
  lab = await Lab.start();
  api = await lab.api();
  cookie = await lab.cookie();
  await starterMachine(api, 'target');
  await api.machines.addForward({ ...machine, guestPort: 80 });
  await rowOf(api, 'target', (row) => row.status === 'Running');
  shell = await serialShell(api, machine);
}, 240_000);
afterAll(async () => {
  shell?.close();
  await lab?.end();
}, 60_000);

/** Addresses on which processes of this Hearth listen, as /proc has them: "ADDRESS:PORT". */
function listening(pids: readonly number[]): string[] {
  const inodes = new Set(
    pids.flatMap((pid) =>
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // closed while we looked
          throw error;
        }
      }),
    ),
  );
  const found: string[] = [];
  for (const [table, open] of [
    ['tcp', '0A'],
    ['tcp6', '0A'],
    ['udp', '07'],
    ['udp6', '07'],
  ] as const)
    // prettier-ignore
    for (const line of readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state !== open || !inodes.has(inode)) continue;
      const [host = '', port = ''] = local.split(':');
      const address = host.length === 8 ? host.match(/../g)!.map((part) => Number.parseInt(part, 16)).toReversed().join('.') : host; // prettier-ignore
      found.push(`${table} ${address}:${Number.parseInt(port, 16)}`);
    }
  return found.sort();
}
const processes = (): number[] => [...guestsOf(lab.dataDir, 'node'), ...guestsOf(lab.dataDir)].map(({ pid }) => pid);

describe('listening sockets', () => {
  it('are the pages, the API and the forwarded port, all on 127.0.0.1 alone', async () => {
    const pids = processes();
    expect(pids.length).toBe(3); // backend, engine, QEMU
    let forwarded = 0;
    for await (const { interfaces } of api.machines.detail(machine)) {
      forwarded = interfaces.flatMap((nic) => nic.forwards)[0]?.hostPort ?? 0;
      if (forwarded) break;
    }
    const { port: apiPort } = kubeOf(lab.hearth.kubeconfig).server;
    const documented = [new URL(lab.hearth.origin).port, apiPort, forwarded].map((port) => `tcp 127.0.0.1:${port}`);
    // QEMU's user network keeps UDP sockets of the guest's own requests (DNS); they are no doors: nothing listens there.
    expect(listening(pids).filter((each) => each.startsWith('tcp'))).toEqual(documented.sort());
    const { ports } = await api.app.info({});
    expect(ports.map(({ address }) => new URL(address).port)).toEqual([new URL(lab.hearth.origin).port, apiPort]);
  });
});

interface Asked {
  method?: string;
  path: string;
  headers?: OutgoingHttpHeaders;
}
/** Status of one request; `secure` asks the API, else the pages. */
const ask = ({ method = 'GET', path, headers = {} }: Asked, secure = false): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = secure ? kubeOf(lab.hearth.kubeconfig).server : new URL(lab.hearth.origin);
    const options = { method, host: hostname, port, path, headers, agent: false, timeout: 20_000 };
    const sent = secure
      ? secureRequest({ ...options, servername: 'localhost', ca: kubeOf(lab.hearth.kubeconfig).ca })
      : request(options);
    sent.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('upgrade', (_answer, socket) => {
      socket.destroy();
      resolve(101);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end();
  });
const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }; // prettier-ignore

describe('the pages', () => {
  const doors: Asked[] = [
    { path: '/' },
    { path: '/assets/' },
    { path: '/index.html' },
    { path: '/rpc', headers: upgrade },
    { path: '/upload', method: 'POST', headers: { 'tus-resumable': '1.0.0', 'upload-length': '1' } },
    { path: '/upload/some', method: 'PATCH', headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' } },
    { path: '/upload/some', method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } },
    { path: '/upload/some', method: 'DELETE', headers: { 'tus-resumable': '1.0.0' } },
    { path: '/upload', method: 'OPTIONS' },
    { path: '/no/such', method: 'PUT' },
  ]; // prettier-ignore
  const own = (): string => lab.hearth.origin;
  it('let in whoever has the session, from their own page', async () => {
    expect(await ask({ path: '/', headers: { cookie } })).toBe(200);
    expect(await ask({ path: '/rpc', headers: { ...upgrade, cookie, origin: own() } })).toBe(101);
  });

  it.each(doors)('refuse without a session: $method $path', async (door) => {
    expect(await ask({ ...door, headers: { ...door.headers, origin: own() } })).toBe(401);
    expect(await ask({ ...door, headers: { ...door.headers, origin: own(), cookie: `${cookie}x` } })).toBe(401);
  });

  it.each(doors)('refuse another Host, another Origin, another site: $method $path', async (door) => {
    const { port } = new URL(own());
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1.evil.example:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
    ])
      // prettier-ignore
      expect(await ask({ ...door, headers: { ...door.headers, host, cookie, origin: `http://${host}` } })).toBe(403);
    for (const origin of [
      'http://evil.example',
      'null',
      `https://127.0.0.1:${port}`,
      `http://127.0.0.1:${Number(port) - 1}`,
      `${own()}.evil.example`,
    ])
      // prettier-ignore
      expect(await ask({ ...door, headers: { ...door.headers, cookie, origin } })).toBe(403);
    const site = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' };
    expect(await ask({ ...door, headers: { ...door.headers, ...site, cookie } })).toBe(403);
    if (door.headers?.['upgrade'] || !['GET', 'HEAD'].includes(door.method ?? 'GET'))
      expect(await ask({ ...door, headers: { ...door.headers, cookie } })).toBe(403); // says no Origin at all
  });
});

describe('the API', () => {
  const vmi = '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/target';
  const doors: Asked[] = [
    { path: '/' },
    { path: '/openapi/v3' },
    { path: '/api/v1/secrets' },
    { path: '/apis/kubevirt.io/v1/virtualmachines?watch=true' },
    { path: '/apis/kubevirt.io/v1/namespaces/default/virtualmachines/target', method: 'DELETE' },
    { path: `${vmi}/console`, headers: { ...upgrade, 'sec-websocket-protocol': 'plain.kubevirt.io' } },
    { path: `${vmi}/vnc`, headers: { ...upgrade, 'sec-websocket-protocol': 'plain.kubevirt.io' } },
    { path: `${vmi}/portforward/80`, headers: { ...upgrade, 'sec-websocket-protocol': 'plain.kubevirt.io' } },
  ];
  it('lets in whoever has the token', async () => {
    const { token } = kubeOf(lab.hearth.kubeconfig);
    expect(await ask({ path: '/version', headers: { authorization: `Bearer ${token}` } }, true)).toBe(200);
  });
  it.each(doors)('refuses without its token: $method $path', async (door) => {
    const { token } = kubeOf(lab.hearth.kubeconfig);
    for (const authorization of [undefined, 'Bearer', 'Bearer wrong', `Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Basic ${Buffer.from(`a:${token}`).toString('base64')}`]) // prettier-ignore
      expect(await ask({ ...door, headers: { ...door.headers, ...(authorization && { authorization }) } }, true)).toBe(401); // prettier-ignore
  });
  it('takes no upload without the token of that upload', async () => {
    const { token } = kubeOf(lab.hearth.kubeconfig);
    for (const path of ['/v1beta1/upload-async', '/v1beta1/upload']) {
      expect(await ask({ path, method: 'POST' }, true)).toBe(400); // as CDI: nothing that could be a token
      for (const wrong of ['wrong', token])
        expect(await ask({ path, method: 'POST', headers: { authorization: `Bearer ${wrong}` } }, true)).toBe(401);
    }
  });
  it('tells everybody its version and health, as Kubernetes does, and nothing else', async () => {
    for (const path of ['/version', '/healthz', '/livez', '/readyz']) expect(await ask({ path }, true)).toBe(200);
    for (const path of ['/metrics', '/logs', '/api', '/apis', '/openapi/v2', '/no/such'])
      expect(await ask({ path }, true)).toBe(401);
  });
  it('refuses a wrong Host and any page, whatever they hold', async () => {
    const { token } = kubeOf(lab.hearth.kubeconfig);
    const authorization = `Bearer ${token}`;
    expect(await ask({ path: '/version', headers: { authorization, host: 'evil.example' } }, true)).toBe(403);
    for (const door of [
      { path: '/version' },
      { path: `${vmi}/console`, headers: { ...upgrade, 'sec-websocket-protocol': 'plain.kubevirt.io' } },
    ])
      // prettier-ignore
      for (const origin of ['http://evil.example', 'null', lab.hearth.origin])
        expect(await ask({ ...door, headers: { ...door.headers, authorization, origin } }, true)).toBe(403);
  });
});

describe('a guest', () => {
  it('reaches the API of this computer through its network, and gets nothing without the token', async () => {
    const { port } = kubeOf(lab.hearth.kubeconfig).server;
    const page = new URL(lab.hearth.origin).port;
    const wait = 'for i in $(seq 60); do ip route | grep -q default && break; sleep 1; done; ip route';
    expect(await shell.run(wait)).toContain('default');
    // 10.0.2.1 is this computer as the guest's network shows it, its loopback included.
    const get = (path: string, host: string): Promise<string> =>
      shell.run(`printf 'GET ${path} HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n' | nc -w 20 10.0.2.1 ${page} | head -1`); // prettier-ignore
    expect(await get('/', `10.0.2.1:${page}`)).toContain('HTTP/1.1 403');
    expect(await get('/', `127.0.0.1:${page}`)).toContain('HTTP/1.1 401');
    expect(await get('/index.html', `127.0.0.1:${page}`)).toContain('HTTP/1.1 401');
    // The API answers there too, and as to every caller of this computer's loopback (above): nothing without the token.
    // This guest's TLS may be too old for it, then the API ends the handshake.
    const answer = await shell.run(`wget -S --no-check-certificate --header 'Host: 127.0.0.1:${port}' -O - https://10.0.2.1:${port}/api/v1/secrets 2>&1 | head -5`); // prettier-ignore
    expect(answer).toMatch(/HTTP\/1\.1 401|TLS error from peer/);
  });
});

describe('files', () => {
  it('are readable by their owner alone: folders 0700, files 0600 or less', async () => {
    const wide: string[] = [];
    const look = (path: string): void => {
      const entry = lstatSync(path);
      const mode = entry.mode & 0o777;
      if (entry.uid !== userInfo().uid) wide.push(`${path} belongs to ${entry.uid}`);
      if (entry.isSymbolicLink()) return;
      if ((mode & 0o077) !== 0 || (entry.isFile() && (mode & 0o100) !== 0)) wide.push(`${path} ${mode.toString(8)}`);
      if (entry.isDirectory()) for (const name of readdirSync(path)) look(join(path, name));
    };
    // What the test itself copied in is not Hearth's.
    for (const name of readdirSync(lab.dataDir)) if (name !== 'starter') look(join(lab.dataDir, name));
    look(dataPaths(lab.dataDir).run);
    expect(wide).toEqual([]);
    expect(lstatSync(lab.dataDir).mode & 0o777).toBe(0o700);
  });
});

describe('odd bytes on the page socket', () => {
  const words = ['machines', 'watch', 'create', 'act', 'images', 'settings', 'update', 'tasks', 'cancel', 'consoles', 'serial', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'app', 'info', '', ' ', '..', '\u0000', '😀', 'x'.repeat(5000)]; // prettier-ignore
  const real = ['app.info', 'app.logs', 'settings.update', 'settings.watch', 'host.report', 'target.watch', 'target.kubeconfig', 'tasks.watch', 'tasks.cancel', 'tasks.dismiss', 'events.watch', 'machines.watch', 'machines.detail', 'machines.samples', 'machines.preview', 'machines.create', 'machines.applyYaml', 'machines.checkYaml', 'machines.checkCloudInit', 'machines.act', 'machines.instancetypes', 'machines.preferences', 'machines.addForward', 'machines.removeForward', 'consoles.vnc', 'consoles.serial', 'consoles.serialLog', 'consoles.screenshot', 'consoles.screenText', 'images.catalogue', 'images.watch', 'images.addFromCatalogue', 'images.addFromFile', 'images.startUpload', 'images.remove', 'images.rename']; // prettier-ignore
  const values: unknown[] = [
    null, true, 0, -1, 1e308, '', 'x', [], {}, [[]], { __proto__: null }, JSON.parse('{"__proto__":{"polluted":true}}') as unknown, { constructor: { prototype: { polluted: true } } }, { namespace: 'default', name: 'no-such' },
    { namespace: '../../etc', name: 'passwd' }, { namespace: 'default', name: '../target' }, { namespace: 'default', name: 'x'.repeat(300) }, { namespace: 1, name: {} }, { id: '' }, { id: '__proto__' }, { id: ['a'] }, { lines: -5 }, { lines: 1e9 },
    { yaml: '&a [*a]' }, { yaml: '- '.repeat(5000) }, { yaml: 'a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]' }, { userData: '#cloud-config\n\u0000' }, { namespace: 'default', name: 'no-such', yaml: '{' }, { theme: 'pink' }, { sshKeys: [{ name: 'a' }] }, { reservedMemory: -1 },
    { path: '/dev/zero', mode: 'copy', name: 'zero' }, { path: '/proc/self/mem', mode: 'in-place', name: 'mem' }, { path: 'relative', mode: 'copy', name: 'rel' }, { path: '/etc/shadow\u0000.img', mode: 'copy', name: 'nul' }, { name: 'up', fileName: '../../x', size: -1 }, { name: 'up', fileName: 'x', size: 2 ** 53 },
    { name: 'Bad Name', source: { type: 'blank' }, size: { type: 'free' } }, { name: 'ok', source: { type: 'image', image: { namespace: 'hearth-images', name: 'no-such' } }, size: { type: 'instancetype', name: 'no-such' } }, { namespace: 'default', name: 'no-such', action: 'explode' }, { namespace: 'default', name: 'no-such', guestPort: 99999 },
    { namespace: 'hearth-images', name: 'no-such', displayName: 'x'.repeat(5000) }, { a: 'x'.repeat(200_000) },
  ]; // prettier-ignore
  let seed = 4711;
  const random = (limit: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * limit);
  };
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const path = (): string =>
    random(4) === 0 ? (Array.from({ length: random(4) }, () => pick(words)).join('.')) : pick(real); // prettier-ignore
  const malformed = (): string | Buffer => {
    switch (random(4)) {
      case 0:
        return Buffer.from(Array.from({ length: random(400) }, () => random(256)));
      case 1:
        return pick(['', '{', 'null', '[]', '{"t":"open"}', '{"t":5,"id":1}', '[[[[', '\u0000', '"'.repeat(1000), '['.repeat(20_000)]); // prettier-ignore
      case 2:
        return JSON.stringify({ t: pick(['credit', 'data', 'close', 'cancel', 'end', 'item', 'opened', 'nonsense', '__proto__']), id: random(20), n: pick(values), value: pick(values), data: pick(values) }); // prettier-ignore
      default:
        return JSON.stringify({ t: 'open', id: pick([random(1000), -1, 1.5, 'x', null, 2 ** 60]), path: pick(values), input: pick(values) }); // prettier-ignore
    }
  };
  const open = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`${lab.hearth.origin.replace('http', 'ws')}/rpc`, {
      headers: { cookie, origin: lab.hearth.origin },
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('error', () => undefined); // it may be thrown out: that is the right answer to nonsense
    return socket;
  };
  /** `count` calls over one connection, 50 at a time; gives how many were answered. */
  const calls = async (count: number): Promise<number> => {
    const socket = await open();
    const waiting = new Map<number, () => void>();
    let answered = 0;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      const { id } = isBinary ? { id: 0 } : (JSON.parse(data.toString()) as { id: number });
      if (!waiting.has(id)) return;
      answered += 1;
      waiting.get(id)?.();
      waiting.delete(id);
      socket.send(JSON.stringify({ t: 'cancel', id })); // a stream would go on
    });
    for (let id = 1; id <= count;) {
      const batch: Promise<void>[] = [];
      for (const end = Math.min(count, id + 49); id <= end; id += 1) {
        const each = id;
        batch.push(new Promise((resolve) => waiting.set(each, resolve)));
        socket.send(JSON.stringify({ t: 'open', id, path: path(), input: pick(values) }));
      }
      await Promise.race([Promise.all(batch), new Promise((resolve) => socket.once('close', resolve))]);
    }
    socket.close();
    return answered;
  };

  it('4,000 calls that no page would make: each is answered', async () => {
    const answered = await Promise.all(Array.from({ length: 8 }, () => calls(500)));
    expect(answered).toEqual(Array.from({ length: 8 }, () => 500));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(lab.hearth.process.exitCode).toBeNull();
  }, 120_000);

  it('1,000 messages that are none: the connection may go, nothing else; a normal page works afterwards', async () => {
    const before = await api.settings.update({});
    const one = async (): Promise<void> => {
      const socket = await open();
      const heard = new Promise((resolve) => socket.once('close', resolve).once('pong', resolve));
      const bytes = malformed();
      socket.send(bytes, { binary: typeof bytes !== 'string' });
      socket.ping();
      await heard;
      socket.terminate();
    };
    for (let round = 0; round < 100; round += 1) await Promise.all(Array.from({ length: 10 }, one));
    // Bigger than a message may be: the connection is closed, nothing more.
    const huge = await open();
    const closed = new Promise((resolve) => huge.once('close', resolve));
    huge.send(Buffer.alloc(8 * 2 ** 20));
    await closed;

    expect(lab.hearth.process.exitCode).toBeNull();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const fresh = await openPage(lab.hearth.origin, cookie);
    expect((await fresh.api.app.info({})).pid).toBe(lab.hearth.process.pid);
    expect(await fresh.api.settings.update({})).toEqual(before);
    await rowOf(fresh.api, 'target', (row) => row.status === 'Running');
    expect(await shell.run('echo still-$((40+2))')).toContain('still-42');
    fresh.close();
    expect(lab.hearth.stderr()).not.toMatch(/unhandled|uncaught/i);
  }, 180_000);

  it('raw bytes instead of HTTP on both servers', async () => {
    const ports = [new URL(lab.hearth.origin).port, kubeOf(lab.hearth.kubeconfig).server.port].map(Number);
    const raw = ['\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET '.padEnd(100_000, 'a'), '\u0016\u0003\u0001\u0002'.repeat(300), `POST /upload HTTP/1.1\r\nHost: 127.0.0.1:${ports[0]}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x`]; // prettier-ignore
    await Promise.all(ports.flatMap((port) => raw.map((text) => new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(text));
      socket.setTimeout(20_000, () => socket.destroy());
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.resume();
    })))); // prettier-ignore
    expect((await api.app.info({})).pid).toBe(lab.hearth.process.pid);
    await rowOf(api, 'target', (row) => row.status === 'Running');
  });
});
