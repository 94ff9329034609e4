import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds, subresourcePath } from '../../../main/backend/target/kinds.ts';
import { pickText } from '../../../main/backend/target/pick.ts';

const root = join(import.meta.dirname, '..', '..', '..');
let folder: string;
const children = new Set<ChildProcess>();

function hearth(...args: string[]) {
  const child = spawn(process.execPath, [join(root, 'main/cli.ts'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const out: string[] = [];
  let err = '';
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => out.push(line));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<{ code: number | null; out: string[]; err: string }>((resolve) =>
    child.once('close', (code) => {
      children.delete(child);
      resolve({ code, out, err });
    }),
  );
  const ready = new Promise<{ ready: boolean; url: string; kubeconfig: string }>((resolve, reject) => {
    lines.once('line', (line) => {
      if (line.startsWith('{')) resolve(JSON.parse(line) as never);
    });
    void ended.then(() => reject(new Error(`ended: ${err}`)));
  });
  ready.catch(() => undefined);
  return { child, ended, ready, out };
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-cli-'));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

test('help everywhere, wrong usage is 2', async () => {
  const help = await hearth('--help').ended;
  expect(help.code).toBe(0);
  for (const command of ['serve', 'open', 'doctor', 'demo', 'kubeconfig'])
    expect(help.out.join('\n')).toContain(`  ${command} `);
  expect((await hearth('serve', '--help').ended).out[0]).toMatch(/^Usage: hearth serve/);
  for (const args of [
    [],
    ['nonsense'],
    ['toString'],
    ['serve', '--port', '99999'],
    ['serve', '--nonsense'],
    ['demo', 'x'],
  ])
    expect([args, (await hearth(...args).ended).code]).toEqual([args, 2]);
});

test('what needs a running Hearth says so', async () => {
  const open = await hearth('open', '--data-dir', folder).ended;
  expect([open.code, open.err.includes('hearth serve')]).toEqual([1, true]);
  expect((await hearth('kubeconfig', '--data-dir', folder).ended).code).toBe(1);
});

test('serve, open, kubeconfig; a second instance; kill -9 and a machine that is there again; a clean end', async () => {
  const first = hearth('serve', '--data-dir', folder);
  const ready = await first.ready;
  expect(ready).toEqual({
    ready: true,
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/sign-in\?code=/),
    kubeconfig: join(folder, 'kubeconfig'),
  });
  const sign = await fetch(ready.url, { redirect: 'manual' });
  const cookie = (sign.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  expect(sign.status).toBe(303);
  const opened = await hearth('open', '--data-dir', folder).ended;
  expect(opened.out[0]).toMatch(new URL(ready.url).origin);
  expect((await hearth('kubeconfig', '--path', '--data-dir', folder).ended).out).toEqual([ready.kubeconfig]);
  expect((await stat(ready.kubeconfig)).mode & 0o777).toBe(0o600);
  const second = await hearth('serve', '--data-dir', folder).ended;
  expect([second.code, second.err.includes(`Process ${first.child.pid} holds`)]).toEqual([1, true]);

  const ref = { namespace: 'default', name: 'kept' };
  let kube = createKubeClient(await readCredentials(ready.kubeconfig));
  const uid = async (): Promise<string | undefined> => {
    const vmi = await kube.get(kinds.virtualMachineInstances, ref.namespace, ref.name).catch(() => undefined);
    return pickText(vmi, 'status', 'phase') === 'Running' ? vmi?.metadata.uid : undefined;
  };
  await kube.create(kinds.virtualMachines, {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: ref,
    spec: {
      runStrategy: 'Always',
      template: {
        spec: {
          domain: {
            memory: { guest: '64Mi' },
            devices: { disks: [{ name: 'd', disk: { bus: 'virtio' } }] },
          },
          volumes: [{ name: 'd', emptyDisk: { capacity: '16Mi' } }],
        },
      },
    },
  });
  await expect.poll(uid, { timeout: 20_000, interval: 200 }).toBeTypeOf('string');
  const before = await uid();
  kube.close();

  first.child.kill('SIGKILL');
  await first.ended;
  const again = hearth('serve', '--data-dir', folder, '--port', new URL(ready.url).port, '--stop-vms');
  await again.ready;
  // The page that was open goes on: same port, same session.
  expect((await fetch(new URL('/', ready.url), { headers: { cookie } })).status).not.toBe(401);
  kube = createKubeClient(await readCredentials(ready.kubeconfig));
  await expect.poll(uid, { timeout: 20_000, interval: 200 }).toBe(before);
  // Ended by SIGTERM with --stop-vms: nothing is left.
  await kube.json('PUT', subresourcePath(kinds.virtualMachines, ref, 'stop'), { body: { gracePeriod: 0 } });
  await expect.poll(uid, { timeout: 20_000, interval: 200 }).toBeUndefined();
  kube.close();
  again.child.kill('SIGTERM');
  expect(await again.ended).toMatchObject({ code: 0, out: [expect.any(String)] });
  expect(await readdir(folder)).not.toContain('lock');
  expect(await readFile(join(folder, 'logs', 'hearth.log'), 'utf8')).not.toContain(
    new URL(ready.url).searchParams.get('code'),
  );
});
