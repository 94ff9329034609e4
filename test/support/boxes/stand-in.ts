import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { makeKeyPair } from '../../../main/backend/boxes/pairing/certificate.ts';
import type { KeyPair } from '../../../main/backend/boxes/pairing/certificate.ts';
import { answerShare, registerCode } from '../../../main/backend/boxes/pairing/code-pairing.ts';
import { fingerprintOf } from '../../../main/backend/boxes/pairing/fingerprint.ts';
import { provesSecret, secretProof } from '../../../main/backend/boxes/pairing/secret-pairing.ts';
import type { BoxHello, BoxState } from '../../../main/contract/box/state.ts';
import type { Problem } from '../../../main/contract/problem.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => unknown;
/** A box with real TLS and real proofs whose behaviour a test sets. */
export interface StandIn {
  readonly address: string;
  readonly keys: KeyPair;
  readonly id: string;
  /** Paths that were asked, with the method and the client's fingerprint. */
  readonly asked: { method: string; path: string; from: string | undefined }[];
  /** Bytes of HTTP that came in, before and after any proof. */
  readonly apps: Set<string>;
  /** Instead of what a good box answers. */
  readonly instead: Map<string, Answer>;
  readonly state: BoxState;
  set(change: Partial<BoxState>): void;
  secret: string | undefined;
  code: string | undefined;
  /** Whether the answer to this path is lost on its way, after the box did what it was asked. */
  lose: ((path: string) => boolean) | undefined;
  /** Cuts every connection. */
  cut(): void;
  close(): Promise<void>;
}
export interface StandInOptions {
  host?: string;
  port?: number;
  keys?: KeyPair;
  id?: string;
  name?: string;
  secret?: string;
  code?: string;
  apps?: Iterable<string>;
}

const problem = (code: string): Problem => ({ code, title: 'The box refuses', detail: code, kind: 'denied' });
const json = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
};

export async function standIn(options: StandInOptions = {}): Promise<StandIn> {
  const keys = options.keys ?? (await makeKeyPair('Hearth box'));
  const host = options.host ?? '127.0.0.1';
  const id = options.id ?? randomBytes(16).toString('hex');
  const name = options.name ?? 'hearth';
  const asked: StandIn['asked'] = [];
  const apps = new Set(options.apps);
  const instead = new Map<string, Answer>();
  let lose: StandIn['lose'];
  const following = new Set<ServerResponse>();
  /** Whoever used the secret may hear the answer again, as on a real box. */
  let lately: { secret: string; from: string } | undefined;
  const attempts = new Map<string, ReturnType<typeof answerShare>>();
  let state: BoxState = stateOf(id, name, host);
  const box = { secret: options.secret, code: options.code };
  const hello = (): BoxHello => ({
    hearth: 'box',
    boxId: id,
    name: state.name,
    stage: state.stage,
    version: state.version,
    pairing: { code: box.code !== undefined, secret: box.secret !== undefined, paired: apps.size > 0 },
  });
  const doors: Record<string, (response: ServerResponse, body: Buffer, from: string) => void | Promise<void>> = {
    'GET /box/hello': (response) => json(response, 200, hello()),
    'POST /box/pair/secret': (response, body, from) => {
      const { nonce, proof } = JSON.parse(body.toString()) as { nonce: string; proof: string };
      const secret = box.secret ?? (lately?.from === from && apps.has(from) ? lately.secret : undefined);
      const both = { box: keys.fingerprint, app: from };
      const bytes = Buffer.from(nonce, 'base64url');
      if (secret === undefined || !provesSecret(proof, 'app', secret, bytes, both))
        return json(response, 409, problem(secret === undefined ? 'enrolment-none' : 'enrolment-wrong'));
      apps.add(from);
      lately = { secret, from };
      box.secret = undefined;
      json(response, 200, { boxId: id, name, proof: secretProof('box', secret, bytes, both).toString('base64url') });
    },
    'POST /box/pair/code': async (response, body, from) => {
      const { share } = JSON.parse(body.toString()) as { share: string };
      if (box.code === undefined) return json(response, 409, problem('code-closed'));
      const record = await registerCode(box.code, keys.fingerprint);
      const answer = answerShare(record, Buffer.from(share, 'base64url'), { box: keys.fingerprint, app: from });
      const attempt = randomBytes(8).toString('hex');
      attempts.set(attempt, answer);
      json(response, 200, {
        attempt,
        share: answer.share.toString('base64url'),
        confirm: answer.confirm.toString('base64url'),
      });
    },
    'POST /box/pair/code/confirm': (response, body, from) => {
      const { attempt, confirm } = JSON.parse(body.toString()) as { attempt: string; confirm: string };
      if (attempts.get(attempt)?.accepts(Buffer.from(confirm, 'base64url')) !== true)
        return json(response, 409, problem('code-wrong'));
      apps.add(from);
      json(response, 200, { boxId: id, name });
    },
    'GET /box/state': (response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      following.add(response);
      response.once('close', () => following.delete(response));
      response.write(`${JSON.stringify(state)}\n`);
    },
    'POST /box/leave': (response, _body, from) => {
      apps.delete(from);
      json(response, 200, {});
    },
  };
  const open = new Set(['GET /box/hello', 'POST /box/pair/secret', 'POST /box/pair/code', 'POST /box/pair/code/confirm']);
  const server: Server = createServer(
    { cert: keys.cert, key: keys.key, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.3' },
    (request, response) => void answer(request, response),
  );
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const certificate = (request.socket as TLSSocket).getPeerX509Certificate();
    const from = certificate && fingerprintOf(certificate.raw);
    const path = (request.url ?? '').split('?')[0] ?? '';
    const key = `${request.method ?? ''} ${path}`;
    asked.push({ method: request.method ?? '', path: request.url ?? '', from });
    const other = instead.get(key);
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (!other || request.method !== 'PUT') for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (!open.has(key) && (from === undefined || !apps.has(from)) && !other) return json(response, 403, problem('not-paired'));
    if (other) return void (await other(request, response, body));
    const door = doors[key];
    if (!door) return json(response, 404, problem('not-found'));
    if (!lose?.(path)) return door(response, body, from ?? '');
    const unheard = { writeHead: () => undefined, end: () => request.socket.destroy() } as unknown as ServerResponse;
    await door(unheard, body, from ?? '');
  }
  server.on('tlsClientError', () => undefined);
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `${host}:${port}`,
    keys,
    id,
    asked,
    apps,
    instead,
    get state() {
      return state;
    },
    set(change) {
      state = { ...state, ...change, at: new Date().toISOString() };
      for (const response of following) response.write(`${JSON.stringify(state)}\n`);
    },
    get secret() {
      return box.secret;
    },
    set secret(value) {
      box.secret = value;
    },
    get code() {
      return box.code;
    },
    set code(value) {
      box.code = value;
    },
    get lose() {
      return lose;
    },
    set lose(value) {
      lose = value;
    },
    cut,
    async close() {
      cut();
      server.close();
      await new Promise<void>((resolve) => {
        if (!server.listening) resolve();
        server.once('close', resolve);
        cut();
      });
    },
  };
} // prettier-ignore

/** What a box that was set up says. */
export const stateOf = (boxId: string, name = 'hearth', address = '127.0.0.1'): BoxState => ({
  boxId,
  name,
  version: '0.1.0',
  image: { version: '0.1.0', medium: 'disk', slot: 'a' },
  stage: 'setup',
  words: 'Waits for its setup',
  addresses: [{ interface: 'eth0', kind: 'ethernet', mac: '52:54:00:12:34:56', address, link: true }],
  network: { current: { addressing: { method: 'dhcp' } } },
  wishes: { hostName: name, keyboard: 'us', timeZone: 'UTC', language: 'en' },
  setup: { account: true, named: true, network: true, appliance: 'none', finished: false },
  apps: [],
  at: new Date().toISOString(),
});
