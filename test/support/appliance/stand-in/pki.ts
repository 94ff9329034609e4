import { X509Certificate, createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { Pair } from './x509.ts';
import { issue } from './x509.ts';

const day = 24 * 3600 * 1000;
/** Writes aside and renames; 0600 unless told. */
export function write(path: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, text, { mode, flush: true });
  renameSync(`${path}.new`, path);
}

const nameOf = (cert: string): string => /CN=(.*)/.exec(new X509Certificate(cert).subject)?.[1] ?? '';
const authority = (kind: string): Pair =>
  issue({ name: `k3s-${kind}-ca@${Math.floor(Date.now() / 1000)}`, authority: true, from: new Date(Date.now() - 60_000), to: new Date(Date.now() + 3650 * day) }); // prettier-ignore
function leaf(ca: Pair, subject: { name: string; organisation?: string }, names: readonly string[], expired: boolean): Pair {
  const end = expired ? Date.now() - day : Date.now() + 365 * day;
  return issue({ ...subject, names, issuer: { ...ca, name: nameOf(ca.cert) }, from: new Date(end - 366 * day), to: new Date(end) });
} // prettier-ignore

/** The certificates of a server in DATA/server/tls, named as k3s names them. */
export interface Pki {
  readonly serverCa: Pair;
  readonly clientCa: Pair;
  readonly serving: Pair;
  readonly admin: Pair;
}
const names = {
  serverCa: 'server-ca',
  clientCa: 'client-ca',
  serving: 'serving-kube-apiserver',
  admin: 'client-admin',
} as const;

/** Reads what is there and makes what is not, or ends within 90 days, as k3s does at each start. */
export function openPki(data: string, sans: readonly string[], expired: boolean): Pki {
  const folder = join(data, 'server/tls');
  const read = (name: string): Pair | undefined => {
    const [cert, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
    return existsSync(cert) && existsSync(key) ? { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') } : undefined;
  };
  const keep = (name: string, pair: Pair): Pair => {
    write(join(folder, `${name}.crt`), pair.cert, 0o644);
    write(join(folder, `${name}.key`), pair.key);
    return pair;
  };
  const fresh = (pair: Pair | undefined): Pair | undefined => {
    if (!pair || expired) return undefined;
    const parsed = new X509Certificate(pair.cert);
    const lacks = sans.some((name) => !(parsed.subjectAltName ?? '').includes(name));
    return Date.parse(parsed.validTo) - Date.now() < 90 * day || (parsed.subjectAltName !== undefined && lacks) ? undefined : pair;
  };
  const serverCa = read(names.serverCa) ?? keep(names.serverCa, authority('server'));
  const clientCa = read(names.clientCa) ?? keep(names.clientCa, authority('client'));
  const serving = fresh(read(names.serving)) ?? keep(names.serving, leaf(serverCa, { name: 'k3s' }, sans, expired));
  const admin = fresh(read(names.admin)) ?? keep(names.admin, leaf(clientCa, { name: 'system:admin', organisation: 'system:masters' }, [], expired));
  return { serverCa, clientCa, serving, admin };
} // prettier-ignore

/** Makes every certificate but the authorities anew at the next start (`k3s certificate rotate`). */
export const leaves = [names.serving, names.admin];

/** K10<sha256 of the authority's PEM>::server:<password> (docs.k3s.io/cli/token). */
export const caHash = (pem: string): string => createHash('sha256').update(pem).digest('hex');
export function serverToken(data: string, ca: string): string {
  const file = join(data, 'server/token');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const token = `K10${caHash(ca)}::server:${randomBytes(16).toString('hex')}`;
  write(file, `${token}\n`);
  write(join(data, 'server/node-token'), `${token}\n`);
  write(join(data, 'server/agent-token'), `${token}\n`);
  return token;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
export const kubeconfig = (pki: Pki, server: string): string =>
  stringify({
    apiVersion: 'v1',
    clusters: [{ cluster: { 'certificate-authority-data': base64(pki.serverCa.cert), server }, name: 'default' }],
    contexts: [{ context: { cluster: 'default', user: 'default' }, name: 'default' }],
    'current-context': 'default',
    kind: 'Config',
    users: [{ name: 'default', user: { 'client-certificate-data': base64(pki.admin.cert), 'client-key-data': base64(pki.admin.key) } }],
  }); // prettier-ignore
