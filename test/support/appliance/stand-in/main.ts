// Takes the place of the `k3s` program in the test guest. Bundled into one file by ../stand-in-program.ts; see README.md.
import { X509Certificate } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { runAgent } from './agent.ts';
import { readConfig } from './config.ts';
import { fatal, log } from './log.ts';
import { caHash, leaves } from './pki.ts';
import { dataOf, runServer } from './server.ts';
import { newBootstrapToken } from './supervisor.ts';

/** Set for each release by whoever makes the program. */
const version = 'STAND-IN-VERSION';

const [command, ...rest] = process.argv.slice(2);
const data = (): string => dataOf(readConfig('server', []));

/** 90m, 24h, 2h30m0s -> milliseconds. */
function durationMs(text: string): number {
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000 };
  return [...text.matchAll(/(\d+)([hms])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? 's'] ?? 0), 0); // prettier-ignore
}

async function createToken(args: readonly string[]): Promise<void> {
  const at = args.findIndex((arg) => arg === '--ttl' || arg.startsWith('--ttl='));
  const ttl = at < 0 ? '24h' : (args[at]?.split('=')[1] ?? args[at + 1] ?? '24h');
  const tls = join(data(), 'server/tls');
  const read = (name: string): string => readFileSync(join(tls, name), 'utf8');
  const { token, object } = newBootstrapToken(durationMs(ttl));
  const ca = read('server-ca.crt');
  const code = await new Promise<number>((resolve, reject) => {
    const sent = request(
      'https://127.0.0.1:6443/api/v1/namespaces/kube-system/secrets',
      { method: 'POST', ca, cert: read('client-admin.crt'), key: read('client-admin.key'), headers: { 'content-type': 'application/json' } },
      (response) => resolve(response.resume().statusCode ?? 0),
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(object));
  });
  if (code !== 201) fatal(`the server answered ${code}`);
  process.stdout.write(`K10${caHash(ca)}::${token}\n`);
} // prettier-ignore

function certificate(action: string | undefined): void {
  const folder = join(data(), 'server/tls');
  if (action === 'rotate') {
    for (const name of leaves) for (const end of ['crt', 'key']) rmSync(join(folder, `${name}.${end}`), { force: true });
    log('info', 'Successfully backed up certificates, please restart k3s server or agent to rotate certificates');
    return;
  }
  if (action !== 'check') return fatal(`unknown command certificate ${action ?? ''}`);
  process.stdout.write('FILENAME SUBJECT USAGES EXPIRES RESIDUAL-TIME STATUS\n');
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.crt')).sort()) {
    const parsed = new X509Certificate(readFileSync(join(folder, name)));
    const days = Math.floor((Date.parse(parsed.validTo) - Date.now()) / 86_400_000);
    process.stdout.write(`${name} ${parsed.subject.replaceAll('\n', ',')} - ${new Date(parsed.validTo).toISOString()} ${days}d ${days < 0 ? 'EXPIRED' : days < 90 ? 'WARNING' : 'OK'}\n`);
  }
} // prettier-ignore

function snapshot(): void {
  const file = join(data(), 'server/db/state.db');
  if (!existsSync(file)) fatal('no datastore');
  mkdirSync(join(data(), 'server/db/snapshots'), { recursive: true });
  copyFileSync(file, join(data(), `server/db/snapshots/on-demand-${Math.floor(Date.now() / 1000)}`));
}

switch (command) {
  case '--version':
  case '-v':
    process.stdout.write(`k3s version ${version} (stand-in)\ngo version go1.26.1\n`);
    break;
  case 'server':
    await runServer(version, rest);
    break;
  case 'agent':
    await runAgent(version, rest);
    break;
  case 'token':
    if (rest[0] === 'create') await createToken(rest.slice(1));
    else fatal(`the stand-in has no token ${rest[0] ?? ''}`);
    break;
  case 'certificate':
    certificate(rest[0]);
    break;
  case 'etcd-snapshot':
    snapshot();
    break;
  case 'check-config':
    process.stdout.write('STATUS: pass\n');
    break;
  case undefined:
  default:
    fatal(`No help topic for '${command ?? ''}' (this is the stand-in for k3s)`);
}
