import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { apiServer } from './api/server.ts';
import { secrets } from './api/resources.ts';
import type { Config } from './config.ts';
import { listOf, readConfig, textOf } from './config.ts';
import { importImages, nodeAddress, nodePassword, occupyHost, tellReady } from './host.ts';
import { startLab } from './lab/lab.ts';
import { controlOperators } from './lab/kubevirt.ts';
import { controlDisks, controlMachines } from './lab/machines.ts';
import { controlNodes } from './lab/nodes.ts';
import { controlApis, controlCharts, controlSystem } from './lab/system.ts';
import { controlWorkloads } from './lab/workloads.ts';
import { fatal, log } from './log.ts';
import { mode } from './mode.ts';
import { caHash, kubeconfig, openPki, serverToken, write } from './pki.ts';
import { Store } from './store.ts';
import { Supervisor } from './supervisor.ts';

export const dataOf = (config: Config): string => textOf(config, 'data-dir') ?? '/var/lib/rancher/k3s';
export const nodeNameOf = (config: Config): string => (textOf(config, 'node-name') ?? hostname()).toLowerCase();

/** Ends or stays silent where the mode file asks for it; before anything is done. */
export async function misbehave(own: string): Promise<void> {
  const { exitAtStart, exitCode = 1, neverReady, version = own } = mode();
  if (version !== own) return;
  if (exitAtStart) {
    for (const line of exitAtStart) process.stderr.write(`${line}\n`);
    process.exit(exitCode);
  }
  if (neverReady) {
    log('info', 'Waiting for the stand-in to be told otherwise');
    await new Promise(() => setInterval(() => undefined, 60_000));
  }
}

/** Watches the mode file for what is to happen while it runs. */
export function misbehaveLater(): void {
  const said = new Set<string>();
  const born = Date.now();
  setInterval(() => {
    const { crashAfter, journal = [] } = mode();
    for (const line of journal) if (!said.has(line)) process.stderr.write(`${line}\n`);
    for (const line of journal) said.add(line);
    if (!crashAfter || Date.now() - born < crashAfter.seconds * 1000) return;
    for (const line of crashAfter.lines) process.stderr.write(`${line}\n`);
    process.exit(1);
  }, 500);
}

/** `k3s server`: its files, its port, its lab. Runs until it is told to end. */
export async function runServer(version: string, args: readonly string[]): Promise<void> {
  log('info', `Starting the stand-in for k3s ${version}`);
  await misbehave(version);
  const config = readConfig('server', args);
  const data = dataOf(config);
  const address = nodeAddress(config);
  const name = nodeNameOf(config);
  mkdirSync(join(data, 'server/manifests'), { recursive: true, mode: 0o700 });
  const sans = [...new Set(['127.0.0.1', '::1', 'localhost', 'kubernetes', '10.43.0.1', address, name, ...listOf(config, 'tls-san')])];
  const pki = openPki(data, sans, mode().expiredCertificates ?? false);
  const stored = existsSync(join(data, 'server/db/state.db'));
  const token = serverToken(data, pki.serverCa.cert);
  const store = new Store(join(data, 'server/db/state.db'));
  // The datastore is encrypted with the token; with another one k3s does not start.
  const sealed = store.list({ group: 'stand-in', plural: 'seals' })[0];
  const seal = caHash(token);
  if (stored && sealed && sealed.metadata.name !== seal)
    fatal('starting kubernetes: preparing server: bootstrap data already found and encrypted with different token');
  const seals = { group: 'stand-in', version: 'v1', plural: 'seals', kind: 'Seal', namespaced: false };
  if (!sealed) store.create(seals, undefined, { apiVersion: 'stand-in/v1', kind: 'Seal', metadata: { name: seal } });
  for (const [file, text] of [['passwd', `${token.split(':').at(-1) ?? ''},server,server,k3s:server\n`], ['ipsec.psk', `${randomBytes(24).toString('hex')}\n`]] as const)
    if (!existsSync(join(data, 'server/cred', file))) write(join(data, 'server/cred', file), text);
  if (config['secrets-encryption'] === 'true' || config['secrets-encryption'] === true)
    keepEncryptionKey(join(data, 'server/cred/encryption-config.json'));

  const supervisor = new Supervisor(store, token);
  supervisor.checkPassword(name, nodePassword());
  occupyHost(config, data, address);
  const images = importImages(data);
  log('info', `Imported ${images.length} image archives`);
  const born = Date.now();
  const server = apiServer({
    store, pki, version,
    // As with the real one, the roles are there last.
    unready: () => (Date.now() - born < 1000 * (mode().slowness ?? 1) ? ['poststarthook/rbac/bootstrap-roles'] : []),
    supervisor: (request, segments) => supervisor.answer(request, segments),
    tokens: () => store.list(secrets).flatMap((each) => {
      const { token: secret } = (each['stringData'] ?? {}) as { token?: string };
      return each['type'] === 'stand-in/token' && secret ? [secret] : [];
    }),
  });
  const port = Number(textOf(config, 'https-listen-port') ?? 6443);
  await new Promise<void>((resolve) => {
    server.once('error', (error) => fatal(`starting kubernetes: preparing server: init cluster datastore and https: listen tcp :${port}: bind: ${error.message}`));
    server.listen(port, resolve);
  });
  write('/etc/rancher/k3s/k3s.yaml', kubeconfig(pki, `https://127.0.0.1:${port}`), Number.parseInt(textOf(config, 'write-kubeconfig-mode') ?? '0600', 8));
  write(join(data, 'server/cred/admin.kubeconfig'), kubeconfig(pki, `https://127.0.0.1:${port}`));
  startLab({ store, config, supervisor, nodeName: name, address, version }, [
    controlSystem, controlNodes, controlWorkloads, controlApis, controlCharts, controlOperators, controlMachines, controlDisks,
  ]);
  tellReady();
  log('info', 'k3s is up and running');
  misbehaveLater();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      log('info', 'Shutting down');
      store.close();
      process.exit(0);
    });
} // prettier-ignore

function keepEncryptionKey(file: string): void {
  if (existsSync(file)) return void readFileSync(file);
  const key = { name: 'aescbckey', secret: randomBytes(32).toString('base64') };
  write(file, JSON.stringify({ kind: 'EncryptionConfiguration', apiVersion: 'apiserver.config.k8s.io/v1', resources: [{ resources: ['secrets'], providers: [{ aescbc: { keys: [key] } }, { identity: {} }] }] })); // prettier-ignore
}
