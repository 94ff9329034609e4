import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import type { TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { processStart } from '../../../main/backend/lock.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import type { KubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { execPlugin } from '../../../main/backend/target/exec-plugin.ts';
import { testKubeconfig } from '../../../main/backend/targets/kubeconfig/test.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { authority, base64, certificate, kubeconfigOf, standIn } from '../../support/cluster-doubles.ts';
import type { Double, Pair } from '../../support/cluster-doubles.ts';

let folder: string;
let ca: Pair;
let good: Pair;
let double: Double | undefined;
let client: KubeClient | undefined;
beforeAll(async () => {
  ca = await authority('of server and clients');
  good = await certificate(ca, 100);
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-plugin-'));
  await mkdir(join(folder, 'data'));
});
afterEach(async () => {
  vi.useRealTimers();
  client?.close();
  client = undefined;
  await double?.close();
  double = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** A program of these lines; resolves with its path. */
async function program(script: string): Promise<string> {
  const path = join(folder, 'sign-in');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o700);
  return path;
}
/** Prints a credential with this status, which may be exchanged later; counts its calls in `calls`. */
async function giving(status: object): Promise<string> {
  await give(status);
  return program(`echo called >>'${join(folder, 'calls')}'; cat '${join(folder, 'credential')}'`);
}
const give = (status: object): Promise<void> =>
  writeFile(join(folder, 'credential'), JSON.stringify({ apiVersion: 'x/v1', kind: 'ExecCredential', status }));
const calls = async (): Promise<number> => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n').length;
const ask = (stanza: object, timeoutMs = 10_000) => execPlugin(stanza, { folder, cluster: {}, timeoutMs });
async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (error instanceof ProblemError) return error.problem;
  throw new Error('it threw no Problem', { cause: error });
}
const pem = ({ cert, key }: Pair): object => ({ clientCertificateData: cert, clientKeyData: key });
const at = (ms: number): string => new Date(Date.now() + ms).toISOString();

describe('a program of a kubeconfig', () => {
  test('that does not end is ended, with what it started, and named with what it said', async () => {
    const path = await program(`echo 'Open https://login.example/device and enter ABCD' >&2; sleep 600 & echo $! >'${folder}/pid'; wait`);
    const begun = Date.now();
    const problem = await problemOf(ask({ command: path, args: ['--for', 'me'] }, 1500)());
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(problem).toMatchObject({
      code: 'credential-program-slow',
      detail: `${path} gave no credentials within 1.5 s, and was ended.`,
      command: `${path} --for me`,
      output: ['Open https://login.example/device and enter ABCD'],
    });
    expect(problem.fix).toContain('sign in');
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    await expect.poll(() => processStart(pid), { timeout: 5000 }).toBeUndefined();
  }); // prettier-ignore

  test('that fails is told with its last lines; nothing of what it printed as credentials', async () => {
    const path = await program('echo SECRET; seq 20 >&2; echo "token has expired" >&2; exit 3');
    const problem = await problemOf(ask({ command: path })());
    expect(problem.code).toBe('credential-program-failed');
    expect(problem.detail).toBe(`${path} ended with code 3: token has expired`);
    expect(problem.output).toHaveLength(10);
    expect(JSON.stringify(problem)).not.toContain('SECRET');
  });

  test('that is not there: its own hint says what to do', async () => {
    const problem = await problemOf(ask({ command: 'no-such-login', args: null, installHint: 'Get it at x.' })());
    expect(problem).toMatchObject({ code: 'credential-program-missing', fix: 'Get it at x.' });
    expect((await problemOf(ask({ command: folder })())).code).toBe('credential-program-failed');
    expect((await problemOf(ask({ command: '' })())).code).toBe('kubeconfig-unreadable');
  });

  test.each([
    ['hello SECRET', /not JSON/],
    ['{"kind":"SECRET"}', /no ExecCredential/],
    ['{"kind":"ExecCredential","status":{}}', /neither a token nor a certificate/],
    ['{"kind":"ExecCredential","status":{"clientCertificateData":"SECRET"}}', /without the other/],
    [
      '{"kind":"ExecCredential","status":{"clientCertificateData":"SECRET","clientKeyData":"SECRET"}}',
      /cannot be read/,
    ],
  ])('that prints %s gave nothing that counts', async (text, words) => {
    const problem = await problemOf(ask({ command: await program(`echo '${text}'`) })());
    expect(problem.code).toBe('credential-program-nonsense');
    expect(problem.detail).toMatch(words);
    expect(problem.detail).not.toContain('SECRET');
  });

  test('whose key is of another certificate', async () => {
    const other = await certificate(ca, 10);
    const path = await giving({ clientCertificateData: good.cert, clientKeyData: other.key });
    expect((await problemOf(ask({ command: path })())).detail).toContain('its key is not that of its certificate');
  });

  test('runs once for all who ask at once, and again when what it gave ended', async () => {
    const path = await giving({ token: 'one', expirationTimestamp: at(3600_000) });
    const plugin = ask({ command: path });
    expect(await Promise.all([plugin(), plugin(), plugin()])).toMatchObject([{ token: 'one' }, {}, {}]);
    expect((await plugin()).token).toBe('one');
    expect(await calls()).toBe(1);
    await give({ token: 'ended', expirationTimestamp: at(-1000) });
    const ending = ask({ command: path });
    await ending();
    await give({ token: 'two' });
    expect([(await ending()).token, (await ending()).token]).toEqual(['two', 'two']);
    expect(await calls()).toBe(3);
  });

  test('that failed is asked again by the next one', async () => {
    const path = await program('exit 1');
    const plugin = ask({ command: path });
    await problemOf(plugin());
    await giving({ token: 'now' });
    expect((await plugin()).token).toBe('now');
  });

  test('is told what it is asked for, beside its own variables', async () => {
    const path = await program(
      `printf '%s\\n%s' "$KUBERNETES_EXEC_INFO" "$REGION" >'${folder}/told'; echo '{"kind":"ExecCredential","status":{"token":"t"}}'`,
    );
    const cluster = {
      server: 'https://x',
      'certificate-authority-data': 'Q0E=',
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'me' } }],
    };
    const stanza = { apiVersion: 'client.authentication.k8s.io/v1beta1', provideClusterInfo: true, env: [{ name: 'REGION', value: 'here' }] };
    await execPlugin({ ...stanza, command: './sign-in' }, { folder, cluster })();
    const [info = '', region] = (await readFile(join(folder, 'told'), 'utf8')).split('\n');
    expect(region).toBe('here');
    expect(JSON.parse(info)).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: { server: 'https://x', 'certificate-authority-data': 'Q0E=', config: { audience: 'me' } },
      },
    });
    await execPlugin({ command: path }, { folder, cluster })();
    expect((await readFile(join(folder, 'told'), 'utf8')).split('\n')[0]).toBe(
      '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}',
    );
  }); // prettier-ignore
});

describe('a client certificate that a program gave', () => {
  const seen: { authorized: boolean; serial: string }[] = [];
  const server = async (): Promise<string> => {
    seen.length = 0;
    double = await standIn(
      (path, request) => {
        const socket = request.socket as TLSSocket;
        seen.push({ authorized: socket.authorized, serial: socket.getPeerCertificate().serialNumber });
        if (path === '/apis') return { body: { groups: [] } };
        return path === '/version'
          ? { body: { gitVersion: 'v1.36.1' } }
          : { body: { kind: 'NodeList', items: [], metadata: { resourceVersion: '1' } } };
      },
      good,
      ca,
    );
    return double.url;
  };
  const kubeconfig = async (command: string): Promise<string> => {
    const path = join(folder, 'kubeconfig');
    const trust = { 'certificate-authority-data': base64(ca.cert) };
    await writeFile(path, kubeconfigOf(await server(), trust, { exec: { command } }));
    return path;
  };

  test('is shown to the cluster, kept while it holds, and followed by the next one', async () => {
    const [one, two] = [await certificate(ca, 50), await certificate(ca, 60)];
    const path = await kubeconfig(await giving({ ...pem(one), expirationTimestamp: at(3600_000) }));
    const credentials = await readCredentials(path);
    expect(credentials.tls.cert).toBeUndefined();
    client = createKubeClient(credentials);
    await Promise.all([client.json('GET', '/version'), client.json('GET', '/version')]);
    const [first] = seen;
    expect(seen.map(({ authorized }) => authorized)).toEqual([true, true]);
    await give(pem(two));
    // Only the clock of this process: what OpenSSL thinks of certificates stays.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3600_000 });
    await client.json('GET', '/version');
    await client.json('GET', '/version');
    expect(seen.slice(2).map(({ authorized }) => authorized)).toEqual([true, true]);
    expect(seen[2]?.serial).not.toBe(first?.serial);
    expect(seen[3]?.serial).toBe(seen[2]?.serial);
    expect(await calls()).toBe(2);
  });

  test('without a time of its own ends when the certificate does', async () => {
    const over = await certificate(ca, -1);
    const plugin = ask({ command: await giving(pem(over)) });
    await plugin();
    await give(pem(good));
    expect((await plugin()).tls?.cert).toBe(good.cert);
    expect((await plugin()).expires).toBeGreaterThan(Date.now());
    expect(await calls()).toBe(2);
  });

  test('counts when a kubeconfig is tried, and a program that fails there is the answer', async () => {
    const path = await kubeconfig(await giving(pem(await certificate(ca, 50))));
    const found = await testKubeconfig({ path, allowExec: true }, join(folder, 'data'));
    expect(found.answer?.version).toBe('v1.36.1');
    expect(seen.every(({ authorized }) => authorized)).toBe(true);
    await program('echo "sign in first" >&2; exit 1');
    const failed = await testKubeconfig({ path, allowExec: true }, join(folder, 'data'));
    expect(failed.problem).toMatchObject({ code: 'credential-program-failed', output: ['sign in first'] });
    expect(failed.answer).toBeUndefined();
  });
});
