import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Log } from '../../kube/context.ts';
import { writeAnyhow } from '../../store/files.ts';

/** What the kubeconfig of an earlier start says: where the engine's own files are damaged, it goes on working. */
export interface Remembered {
  token?: string;
  /** PEM */
  ca?: string;
  port?: number;
}

const tokenShape = /^[\w-]{32,}$/;

/** Reads a kubeconfig that `writeKubeconfig` wrote; whatever is missing or damaged is left out. */
export const remembered = (file: string): Remembered => {
  try {
    const config = parse(readFileSync(file, 'utf8')) as {
      clusters?: { cluster?: Record<string, unknown> }[];
      users?: { user?: Record<string, unknown> }[];
    } | null;
    const cluster = config?.clusters?.[0]?.cluster ?? {};
    const token = config?.users?.[0]?.user?.['token'];
    const authority = cluster['certificate-authority-data'];
    const port = Number(/^https:\/\/127\.0\.0\.1:(\d{1,5})$/.exec(String(cluster['server']))?.[1]);
    return {
      ...(typeof token === 'string' && tokenShape.test(token) ? { token } : {}),
      ...(typeof authority === 'string' ? { ca: Buffer.from(authority, 'base64').toString() } : {}),
      ...(port > 0 && port < 65_536 ? { port } : {}),
    };
  } catch {
    // Not there, or damaged: it is written anew at each start.
    return {};
  }
};

/** The bearer token of this engine: 256 random bits in DATA/engine/token, 0600. A damaged one comes back from `known`. */
export const readToken = (root: string, log: Log, known?: string): string => {
  const file = join(root, 'token');
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (tokenShape.test(token)) return token;
    const what = known
      ? 'it was put back from the kubeconfig'
      : 'a new one was made: copies of the kubeconfig are void';
    log.warn({ file }, `the token was damaged; ${what}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const token = known ?? randomBytes(32).toString('base64url');
  if (!writeAnyhow(file, `${token}\n`)) log.warn({ file }, 'the token could not be saved: the disk is full');
  return token;
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares tokens in constant time. */
export const tokenCheck = (token: string): ((given: string) => boolean) => {
  const expected = digest(token);
  return (given) => timingSafeEqual(digest(given), expected);
};

const protocolPrefix = 'base64url.bearer.authorization.k8s.io.';

/** The token of a request: Authorization header, or the WebSocket subprotocol that browsers have to use. */
export const bearerOf = (headers: {
  authorization?: string | undefined;
  'sec-websocket-protocol'?: string | undefined;
}): string | undefined => {
  const header = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (header !== undefined) return header;
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((entry) => entry.trim());
  const encoded = offered.find((entry) => entry.startsWith(protocolPrefix))?.slice(protocolPrefix.length);
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString('utf8');
};

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Writes a kubeconfig for this server (0600, whole or not at all). */
export const writeKubeconfig = (file: string, options: { server: string; ca: string; token: string }): void => {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'hearth',
        cluster: {
          server: options.server,
          'certificate-authority-data': Buffer.from(options.ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'hearth', user: { token: options.token } }],
    contexts: [{ name: 'hearth', context: { cluster: 'hearth', user: 'hearth', namespace: 'default' } }],
    'current-context': 'hearth',
  };
  const text = stringify(config);
  // Mostly it is as it was, and then a full disk does not matter.
  if (textOf(file)?.trimEnd() === text.trimEnd()) return;
  if (!writeAnyhow(file, text))
    throw new Error(`${file} cannot be written: free some space on the disk of the data folder.`);
};
