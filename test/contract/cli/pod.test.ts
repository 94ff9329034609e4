import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { podCommand } from '../../../main/cli/pod/pod.ts';
import { refOf } from '../../../main/cli/pod/find.ts';
import { targetCommand } from '../../../main/cli/target.ts';
import { UsageError } from '../../../main/cli/command.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { scriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';

let cluster: ScriptedCluster;
let server: Server;
let folder = '';
const deployment = (name: string, image: string): KubeObject => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' },
  spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image }] } } },
}); // prettier-ignore
const podOf = (name: string): string => cluster.objects('', 'pods', 'default').find(({ metadata }) => metadata.name?.startsWith(`${name}-`))?.metadata.name ?? ''; // prettier-ignore

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-pod-'));
  cluster = await scriptedCluster();
  cluster.put('apps', 'deployments', deployment('web', 'nginx:1.29'));
  cluster.put('apps', 'deployments', deployment('loop', 'crashing:1'));
  await targetCommand.run(['add', cluster.kubeconfig, '--name', 'Scripted', '--use', '--data-dir', folder]);
  await vi.waitFor(() => {
    if (cluster.object('apps', 'deployments', 'default', 'web')?.status?.['readyReplicas'] !== 1)
      throw new Error('it is not ready yet');
  });
  server = createServer((socket) => socket.on('data', (chunk) => socket.end(`heard ${chunk.toString('utf8')}`)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}, 60_000);
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  server?.close();
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What it prints, and its exit code. `during` is told each line. */
async function pod(args: string[], during: (text: string) => void = () => undefined) {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
    during(out);
    return true;
  });
  const code = await podCommand.run([...args, '--data-dir', folder]);
  vi.restoreAllMocks();
  return { out, code };
}

test('the list: workloads with their Pods, why one does not run, and what helps', async () => {
  const { out, code } = await pod(['list']);
  expect(code).toBe(0);
  expect(out).toMatch(/^NAME +NAMESPACE +STATUS +READY +RESTARTS +NODE\n/);
  expect(out).toMatch(/\ndeployment\/web +default +Ready +1\/1 +0\n {2}pod\/web-\S+ +default +Running +1\/1 +0 +box\n/);
  expect(out).toMatch(/CrashLoopBackOff.*\n {6}loop ended with code 3, again and again.*\n {6}What helps: Its log/);
  expect(out).not.toContain('cdi-uploadproxy');
  expect((await pod(['list', '--all'])).out).toContain('cdi-uploadproxy');
  const rows = JSON.parse((await pod(['list', '--json', '--namespace', 'default'])).out) as { name: string }[];
  expect(rows.map(({ name }) => name)).toContain('web');
});

test('the log of a Pod or of one of a workload; followed to its end', async () => {
  const name = podOf('web');
  for (const line of ['one', 'two', 'three']) cluster.containers.say('default', name, 'web', line);
  expect((await pod(['logs', name, '--tail', '2'])).out).toBe('two\nthree\n');
  const { out, code } = await pod(['logs', 'deployment/web', '--follow'], (text) => {
    if (text.endsWith('three\n')) cluster.containers.say('default', name, 'web', 'four');
    if (text.endsWith('four\n')) cluster.containers.say('default', name, 'web', undefined);
  });
  expect([out, code]).toEqual(['one\ntwo\nthree\nfour\n', 0]);
  await expect(pod(['logs', name, '--previous'])).rejects.toMatchObject({ problem: { code: 'log-no-previous' } });
});

test('a port of this computer, until it is interrupted', async () => {
  cluster.containers.listen('default', podOf('web'), 80, (server.address() as AddressInfo).port);
  let heard = '';
  const { out, code } = await pod(['forward', 'deployment/web', '80'], (text) => {
    const port = Number(/127\.0\.0\.1:(\d+) leads to port 80 of default\/web/.exec(text)?.[1]);
    const socket = connect(port, '127.0.0.1', () => socket.write('ping'));
    socket.on('data', (chunk) => {
      heard += chunk.toString('utf8');
      process.emit('SIGINT');
    });
  });
  expect([heard, code, out.includes('Ctrl+C')]).toEqual(['heard ping', 130, true]);
});

test('wrong usage, and what is not there', async () => {
  for (const args of [
    [],
    ['nonsense'],
    ['logs'],
    ['logs', 'a', 'b'],
    ['forward', 'web'],
    ['forward', 'web', '0'],
    ['logs', 'web', '--tail', '0'],
    ['shell', 'web'],
    ['logs', 'thing/web'],
  ])
    // prettier-ignore
    await expect(pod(args)).rejects.toThrow(UsageError);
  await expect(pod(['forward', 'deployment/nobody', '80'])).rejects.toThrow(ProblemError);
  expect([refOf('web-0', 'x'), refOf('deployments/web', 'x').kind]).toEqual([{ kind: 'Pod', namespace: 'x', name: 'web-0' }, 'Deployment']); // prettier-ignore
});
