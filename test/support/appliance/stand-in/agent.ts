import { mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { readConfig, textOf } from './config.ts';
import { importImages, nodeAddress, nodePassword, occupyHost, tellReady } from './host.ts';
import { fatal, log } from './log.ts';
import { caHash } from './pki.ts';
import { dataOf, misbehave, misbehaveLater, nodeNameOf } from './server.ts';

interface Call {
  method?: string;
  ca?: string;
  auth?: string;
  body?: string;
}
/** One request. Without `ca` nothing is checked: that is how the authority itself is fetched. */
function call(url: string, { method = 'GET', ca, auth, body }: Call): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, timeout: 10_000, ...(ca ? { ca } : { rejectUnauthorized: false }), ...(auth ? { auth } : {}), headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('context deadline exceeded')));
    sent.on('error', reject);
    sent.end(body);
  });
} // prettier-ignore

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** `k3s agent`: signs in at the server with its token and says every two seconds that it lives. */
export async function runAgent(version: string, args: readonly string[]): Promise<void> {
  log('info', `Starting the stand-in for k3s agent ${version}`);
  await misbehave(version);
  const config = readConfig('agent', args);
  const server = textOf(config, 'server') ?? process.env['K3S_URL'];
  const file = textOf(config, 'token-file') ?? process.env['K3S_TOKEN_FILE'];
  const token = (textOf(config, 'token') ?? process.env['K3S_TOKEN'] ?? (file ? readFileSync(file, 'utf8') : '')).trim();
  if (!server) fatal('--server is required');
  if (!token) fatal('--token is required');
  const data = dataOf(config);
  const address = nodeAddress(config);
  mkdirSync(join(data, 'agent'), { recursive: true });
  const [, hash, secret = token] = /^K10([0-9a-f]{64})::(.*)$/.exec(token) ?? [];
  let ca = '';
  for (;;) {
    try {
      ca = (await call(`${server}/cacerts`, {})).text;
      break;
    } catch (error) {
      log('error', `failed to get CA certs: Get "${server}/cacerts": ${(error as Error).message}`);
      await wait(2000);
    }
  }
  if (hash && caHash(ca) !== hash) fatal(`failed to validate token: token CA hash does not match the Cluster CA certificate hash: ${hash} != ${caHash(ca)}`);
  const auth = /^[0-9a-f]{6}\.[0-9a-f]{16}$/.test(secret) ? secret.replace('.', ':') : secret.includes(':') ? secret : `node:${secret}`;
  const body = JSON.stringify({ name: nodeNameOf(config), address, version, password: nodePassword() });
  const signIn = async (): Promise<boolean> => {
    const { code, text } = await call(`${server}/v1-k3s/node`, { method: 'POST', ca, auth, body });
    if (code === 200) return true;
    log('error', (JSON.parse(text) as { message?: string }).message ?? `the server said ${code}`);
    return false;
  };
  while (!(await signIn().catch((error: Error) => (log('error', error.message), false)))) await wait(2000);
  occupyHost(config, data, address);
  importImages(data);
  tellReady();
  log('info', 'k3s agent is up and running');
  misbehaveLater();
  setInterval(() => void signIn().catch((error: Error) => log('error', error.message)), 2000);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
} // prettier-ignore
