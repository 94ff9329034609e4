import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeAtomic } from '../../store/files.ts';

/** The bearer token of this engine: 256 random bits in DATA/engine/token, 0600. */
export const readToken = (root: string): string => {
  const file = join(root, 'token');
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (/^[\w-]{32,}$/.test(token)) return token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const token = randomBytes(32).toString('base64url');
  writeAtomic(file, `${token}\n`, true);
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
  writeAtomic(file, stringify(config), true);
};
