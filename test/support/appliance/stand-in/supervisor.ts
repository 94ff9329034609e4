import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { StatusError } from '../../../../main/embedded/kube/status-error.ts';
import { readBody } from './api/http.ts';
import { secrets } from './api/resources.ts';
import type { Store } from './store.ts';

/** A node that has signed in, and when it was heard of last (ms). */
export interface Member {
  readonly name: string;
  readonly address: string;
  readonly version: string;
  seen: number;
}
interface SignIn {
  name: string;
  address: string;
  version: string;
  password: string;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const equal = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));

/** The supervisor's port of k3s, as far as an agent of the stand-in needs it: tokens, names, heartbeats. */
export class Supervisor {
  readonly members = new Map<string, Member>();
  readonly #store: Store;
  readonly #token: string;
  constructor(store: Store, token: string) {
    this.#store = store;
    this.#token = token;
  }

  /** POST /v1-k3s/node by an agent, at sign-in and every 2 s. Basic authentication with the token's secret part. */
  async answer(request: IncomingMessage, segments: readonly string[]): Promise<unknown> {
    if (segments[0] !== 'node' || request.method !== 'POST') return undefined;
    const [, encoded = ''] = (request.headers.authorization ?? '').split(' ');
    const credentials = Buffer.from(encoded, 'base64').toString();
    if (!this.#knows(credentials)) throw new StatusError(401, 'Unauthorized', 'not authorized');
    const node = await readBody<SignIn>(request);
    if (!this.checkPassword(node.name, node.password))
      throw new StatusError(403, 'Forbidden', `Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag`); // prettier-ignore
    const member = this.members.get(node.name);
    const { name, address, version } = node;
    this.members.set(name, { name, address, version, seen: Date.now() });
    return { ok: true, joined: member === undefined };
  }

  /** Remembers the password of a new node; false when a known one comes with another. */
  checkPassword(name: string, password: string): boolean {
    const secret = `${name}.node-password.k3s`;
    const known = this.#store.get(secrets, 'kube-system', secret);
    if (known) return (known['data'] as { hash?: string })?.hash === digest(password);
    this.#store.create(secrets, 'kube-system', { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret }, data: { hash: digest(password) } }); // prettier-ignore
    return true;
  }

  #knows(credentials: string): boolean {
    const own = this.#token.split('::')[1] ?? '';
    if (equal(credentials, own) || equal(credentials, own.replace(/^server:/, 'node:'))) return true;
    return this.#bootstrapTokens().some((token) => equal(credentials, token.replace('.', ':')));
  }
  #bootstrapTokens(): string[] {
    return this.#store.list(secrets, 'kube-system').flatMap((secret) => {
      const data = secret['stringData'] as { 'token-id'?: string; 'token-secret'?: string; expiration?: string } | undefined;
      if (!data?.['token-id'] || Date.parse(data.expiration ?? '') < Date.now()) return [];
      return [`${data['token-id']}.${data['token-secret'] ?? ''}`];
    });
  } // prettier-ignore
}

/** A bootstrap token as a Secret, in Kubernetes' own form (bootstrap.kubernetes.io/token). */
export function newBootstrapToken(ttlMs: number) {
  const [id, secret] = [randomBytes(3).toString('hex'), randomBytes(8).toString('hex')];
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'bootstrap.kubernetes.io/token',
    metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
    stringData: { 'token-id': id, 'token-secret': secret, expiration: new Date(Date.now() + ttlMs).toISOString() },
  };
  return { token: `${id}.${secret}`, object };
}
