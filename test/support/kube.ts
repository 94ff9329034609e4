import { readFileSync } from 'node:fs';
import https from 'node:https';
import { parse } from 'yaml';
import type { KubeObject } from '../../main/contract/kube.ts';

export interface Kube {
  /** Any request; the answer's JSON. Throws on a code of 400 or more with the Status' message. */
  request(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<KubeObject & { items?: KubeObject[] }>;
  /** Watches until `seen` says so; the watch is closed then. */
  watch(path: string, seen: (event: { type: string; object: KubeObject }) => boolean): Promise<void>;
  readonly server: URL;
  readonly token: string;
  readonly ca: string;
}

interface Config {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
}

/** The bare Kubernetes API by a kubeconfig, with nothing of ours between. */
export function kubeOf(kubeconfig: string): Kube {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Config;
  const cluster = config.clusters[0]!.cluster;
  const server = new URL(cluster.server);
  const token = config.users[0]!.user.token;
  const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString();
  const agent = new https.Agent({ keepAlive: true });
  const open = (
    method: string,
    path: string,
    body: unknown,
    contentType: string,
  ): Promise<import('node:http').IncomingMessage> =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(payload ? { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) } : {}),
      };
      const request = https.request(new URL(path, server), { method, ca, headers, agent }, resolve);
      request.on('error', reject);
      request.end(payload);
    });
  return {
    server,
    token,
    ca,
    async request(method, path, body, contentType = 'application/json') {
      const answer = await open(method, path, body, contentType);
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      if ((answer.statusCode ?? 500) >= 400)
        throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 1000)}`);
      return (text ? JSON.parse(text) : {}) as KubeObject;
    },
    async watch(path, seen) {
      const answer = await open(
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}watch=true`,
        undefined,
        'application/json',
      );
      let rest = '';
      for await (const chunk of answer) {
        const lines = (rest + (chunk as Buffer).toString()).split('\n');
        rest = lines.pop() ?? '';
        if (lines.some((line) => line && seen(JSON.parse(line) as { type: string; object: KubeObject }))) {
          answer.destroy();
          return;
        }
      }
      throw new Error(`The watch of ${path} ended before.`);
    },
  };
}
