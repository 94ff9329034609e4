import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { testKubeconfig } from '../../../main/backend/targets/kubeconfig/test.ts';
import type { KubeconfigTest } from '../../../main/contract/targets.ts';
import { authority, base64, certificate, kubeconfigOf, standIn } from '../../support/cluster-doubles.ts';
import type { Double, Pair } from '../../support/cluster-doubles.ts';
import { TestEngine } from '../../support/engine.ts';

let folder: string;
let ca: Pair;
let good: Pair;
const doubles: Double[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-clusters-'));
  ca = await authority('the right one');
  good = await certificate(ca, 100);
});
afterEach(async () => {
  for (const double of doubles.splice(0)) await double.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const look = async (text: string, allowExec = false): Promise<KubeconfigTest> => {
  const found = await testKubeconfig({ text, allowExec }, folder);
  expect(await readdir(folder)).toEqual([]); // nothing is kept
  return found;
};
const start = async (...args: Parameters<typeof standIn>): Promise<Double> => {
  const double = await standIn(...args);
  doubles.push(double);
  return double;
};
const trust = (pair: Pair): object => ({ 'certificate-authority-data': base64(pair.cert) });
/** As an API server without KubeVirt answers. */
const plain = (path: string): { body: unknown } =>
  path === '/version'
    ? { body: { gitVersion: 'v1.36.1' } }
    : path === '/apis'
      ? { body: { groups: [{ name: 'apps' }] } }
      : { body: { kind: 'NodeList', items: [{ metadata: { name: 'n' } }], metadata: { resourceVersion: '1' } } };

describe('a look at a cluster', () => {
  test('a real API: versions, nodes, time; the file is left alone', async () => {
    const engine = await TestEngine.start();
    try {
      const before = await readFile(engine.kubeconfig, 'utf8');
      const found = await testKubeconfig({ path: engine.kubeconfig, allowExec: false }, folder);
      expect(found).toMatchObject({ insecure: false, programs: [], server: `${engine.server}/` });
      expect(found.answer).toMatchObject({ version: expect.stringMatching(/^v1\./) as string, nodes: 1 });
      expect([found.answer?.kubevirt, found.answer?.cdi].every(Boolean)).toBe(true);
      expect(found.problem).toBeUndefined();
      expect(await readFile(engine.kubeconfig, 'utf8')).toBe(before);
    } finally {
      await engine.remove();
    }
  });
  test('without KubeVirt it answers, and that is told', async () => {
    const server = await start(plain, good);
    const found = await look(kubeconfigOf(server.url, trust(ca)));
    expect(found).toMatchObject({ answer: { version: 'v1.36.1', nodes: 1 }, problem: { code: 'no-kubevirt' } });
    expect(found.answer?.kubevirt).toBeUndefined();
  });
  test('an unchecked certificate is told, and reached', async () => {
    const server = await start(plain, good);
    const found = await look(kubeconfigOf(server.url, { 'insecure-skip-tls-verify': true }));
    expect([found.insecure, found.answer?.version]).toEqual([true, 'v1.36.1']);
  });

  const refusal = (code: number) => (path: string) =>
    path === '/version' ? plain(path) : { code, body: { kind: 'Status', message: 'no', code } };
  test.each([
    ['cluster-signed-out', 'denied', () => start(refusal(401), good)],
    ['cluster-forbidden', 'denied', () => start(refusal(403), good)],
    ['not-kubernetes', 'failed', () => start(() => ({ code: 404, body: 'not here' }), good)],
    ['not-kubernetes', 'failed', () => start(() => ({ body: '<html>' }), good)],
    ['not-kubernetes', 'failed', () => start(() => ({ body: {} }), good)],
    ['cluster-wrong-authority', 'failed', async () => start(plain, await certificate(await authority('another'), 100))],
    ['cluster-certificate-expired', 'failed', async () => start(plain, await certificate(ca, -10))],
    ['cluster-certificate-name', 'failed', async () => start(plain, await certificate(ca, 100, 'other.example'))],
  ] as const)('%s', async (code, kind, open) => {
    const found = await look(kubeconfigOf((await open()).url, trust(ca)));
    expect(found.problem).toMatchObject({ code, kind, fix: expect.any(String) as string });
    expect(found.answer).toBeUndefined();
  });
  test('http behind an https address, nothing there, a name that is not known', async () => {
    const web = await start(plain);
    const code = async (server: string): Promise<string | undefined> =>
      (await look(kubeconfigOf(server, trust(ca)))).problem?.code;
    expect(await code(web.url.replace('http:', 'https:'))).toBe('not-kubernetes');
    expect(await code('https://127.0.0.1:1')).toBe('cluster-refused');
    expect(await code('https://no-such-host.invalid:6443')).toBe('cluster-name-unknown');
  });
  test('one that says nothing is waited for ten seconds, no longer', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const begun = Date.now();
    const found = await look(kubeconfigOf(`https://127.0.0.1:${(mute.address() as AddressInfo).port}`, trust(ca)));
    expect(found.problem).toMatchObject({ code: 'cluster-unreachable', kind: 'failed' });
    expect(Date.now() - begun).toBeLessThan(15_000);
    mute.close();
  });
  test('a client certificate that ended is found before anything is sent', async () => {
    const server = await start(plain, good);
    const mine = await certificate(ca, -1);
    const user = { 'client-certificate-data': base64(mine.cert), 'client-key-data': base64(mine.key) };
    const found = await look(kubeconfigOf(server.url, trust(ca), user));
    expect(found.problem).toMatchObject({ code: 'credentials-expired', kind: 'denied' });
    expect(server.requests).toEqual([]);
  });
  test('a program of the kubeconfig runs when it is allowed, and not before', async () => {
    const place = mkdtempSync(join(tmpdir(), 'hearth-exec-'));
    try {
      const ran = join(place, 'ran');
      const program = join(place, 'sign-in');
      const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'of the program' } };
      await writeFile(program, `#!/bin/sh\ntouch '${ran}'\necho '${JSON.stringify(credential)}'\n`);
      await chmod(program, 0o700);
      const tokens = new Set<string | undefined>();
      const server = await start((path, request) => {
        tokens.add(request.headers.authorization);
        return plain(path);
      }, good);
      const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: program, args: ['--please'], interactiveMode: 'Never' };
      const text = kubeconfigOf(server.url, trust(ca), { exec });
      const first = await look(text);
      expect(first).toEqual({
        contexts: ['here'], context: 'here', server: `${server.url}/`, user: 'u', insecure: false, programs: [`${program} --please`],
      });
      expect([await readdir(place), server.requests]).toEqual([['sign-in'], []]);
      const second = await look(text, true);
      expect(second.answer?.version).toBe('v1.36.1');
      expect(await readdir(place)).toContain('ran');
      expect(tokens).toEqual(new Set(['Bearer of the program']));
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  }); // prettier-ignore
});
