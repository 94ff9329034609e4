import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { connect } from '../../../main/contract/connect.ts';
import { contract } from '../../../main/contract/contract.ts';
import type { Api, Contract } from '../../../main/contract/contract.ts';
import { websocketPort } from '../../../main/contract/websocket-port.ts';
import { startHearth } from '../hearth.ts';
import type { Hearth } from '../hearth.ts';

const root = join(import.meta.dirname, '../../..');

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}
export interface Asked {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** Another address of the loopback: to the other side it is another computer. */
  from?: string;
}
/** A whole Hearth that serves other computers, over real TLS, on 127.0.0.1. */
export interface LanHearth {
  readonly hearth: Hearth;
  readonly port: number;
  readonly origin: string;
  readonly code: string;
  ask(path: string, asked?: Asked): Promise<Answer>;
  /** A form as a browser posts it from its own page. */
  post(path: string, fields: Record<string, string>, headers?: OutgoingHttpHeaders, from?: string): Promise<Answer>;
  /** Cookies of a new session. Throws when nobody is let in. */
  signIn(name: string, password: string, cookies?: string): Promise<string>;
  /** Status of the handshake; 101: it is open (and closed again). */
  upgrade(headers: OutgoingHttpHeaders, path?: string): Promise<number>;
  page(cookie: string): Promise<{ api: Api; socket: WebSocket; closed: Promise<unknown>; close(): void }>;
  /** A connection to write anything on. */
  raw(from?: string): Promise<TLSSocket>;
  /** `hearth ARGS` on the same data directory. */
  cli(args: string[], stdin?: string): Promise<{ code: number | null; out: string; err: string }>;
}

const run = (): string => {
  const built = join(root, 'out/main/cli.js');
  return existsSync(built) && process.env['HEARTH_TEST_SOURCES'] !== '1' ? built : join(root, 'main/cli.ts');
};

/** No engine and no QEMU unless told: doors, sessions and roles need none of them. */
export async function startLanHearth(dataDir: string, args: string[] = [], engine = false): Promise<LanHearth> {
  if (!engine && !existsSync(join(dataDir, 'engine'))) {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, 'engine'), 'a file where the folder should be');
  }
  const env: Record<string, string> = engine ? {} : { PATH: dirname(process.execPath) };
  const hearth = await startHearth(dataDir, { args: ['--lan', '--port', '0', '--host', '127.0.0.1', ...args], env });
  const origin = hearth.origin;
  const port = Number(new URL(origin).port);
  const ask: LanHearth['ask'] = (path, { method = 'GET', headers = {}, body, from = '127.0.0.1' } = {}) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const sent = request(
        { host: '127.0.0.1', localAddress: from, port, path, method, agent: false, rejectUnauthorized: false, timeout: 30_000, headers: { ...length, ...headers } },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
          response.on('error', reject);
        },
      ); // prettier-ignore
      sent.on('timeout', () => sent.destroy(new Error('no answer')));
      sent.on('error', reject);
      sent.end(body);
    });
  const post: LanHearth['post'] = (path, fields, headers = {}, from = '127.0.0.1') =>
    ask(path, {
      method: 'POST',
      from,
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin, ...headers },
      body: new URLSearchParams(fields).toString(),
    });
  return {
    hearth,
    port,
    origin,
    code: typeof hearth.ready['code'] === 'string' ? hearth.ready['code'] : '',
    ask,
    post,
    async signIn(name, password, cookies = '') {
      const answer = await post('/sign-in', { name, password }, cookies ? { cookie: cookies } : {});
      if (answer.status !== 303) throw new Error(`${name} is not let in: ${answer.status} ${answer.body.replaceAll(/<style>.*<\/style>/gs, '')}`);
      return cookiesOf(answer);
    },
    upgrade: (headers, path = '/rpc') =>
      new Promise((resolve) => {
        const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, { headers, rejectUnauthorized: false });
        socket.on('open', () => {
          socket.terminate();
          resolve(101);
        });
        socket.on('unexpected-response', (sent, response) => {
          sent.destroy();
          resolve(response.statusCode ?? 0);
        });
        socket.on('error', () => resolve(-1));
      }),
    async page(cookie) {
      const socket = new WebSocket(`wss://127.0.0.1:${port}/rpc`, { headers: { cookie, origin }, rejectUnauthorized: false });
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      const connection = connect<Contract>(contract, websocketPort(socket as never));
      return { api: connection.api, socket, closed: connection.closed, close: () => connection.close() };
    },
    raw: (from = '127.0.0.1') =>
      new Promise((resolve, reject) => {
        const socket = connectTls({ socket: connectTcp({ host: '127.0.0.1', localAddress: from, port }), rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, () => resolve(socket));
        socket.once('error', reject);
      }),
    cli: (args, stdin = '') =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [run(), ...args, '--data-dir', dataDir], { stdio: ['pipe', 'pipe', 'pipe'] });
        const [out, err]: [string[], string[]] = [[], []];
        child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => err.push(chunk.toString()));
        child.stdin.end(stdin);
        child.once('close', (code) => resolve({ code, out: out.join(''), err: err.join('') }));
      }),
  };
} // prettier-ignore

/** What a browser would send back. */
export const cookiesOf = (answer: Answer): string =>
  (answer.headers['set-cookie'] ?? []).map((each) => each.split(';')[0] ?? '').join('; ');
