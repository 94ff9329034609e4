import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBackend } from '../../../main/backend/start.ts';
import type { Backend } from '../../../main/backend/backend.ts';
import { signature } from '../../../main/backend/notifications/webhook.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import type { KubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import type { AuditEntry } from '../../../main/contract/audit.ts';
import type { CommandEntry } from '../../../main/contract/commands.ts';
import type { ContractHandlers } from '../../../main/contract/contract.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { ListUpdate } from '../../../main/contract/machine.ts';

const run = promisify(execFile);
let folder: string;
let backend: Backend;
let kube: KubeClient;
let page: ContractHandlers;
const { signal } = new AbortController();
const context = { signal };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-seeing-'));
  backend = await startBackend({ dataDir: folder, webPort: 0, quiet: true });
  if (backend.engineTrouble) throw backend.engineTrouble;
  kube = createKubeClient(await readCredentials(backend.kubeconfig));
  page = backend.handlers('desktop');
}, 60_000);
afterAll(async () => {
  kube.close();
  await backend.close({ stopVms: true });
  await rm(folder, { recursive: true, force: true });
});

async function first<T>(source: AsyncIterable<T>): Promise<T> {
  for await (const item of source) return item;
  throw new Error('the stream had nothing');
}
async function listed<T>(
  watch: (input: Record<string, never>, context: { signal: AbortSignal }) => AsyncIterable<ListUpdate<T>>,
): Promise<T[]> {
  const abort = new AbortController();
  const update = await first(watch({}, { signal: abort.signal }));
  abort.abort();
  return update.type === 'snapshot' ? update.items : [];
}
const history = (): Promise<AuditEntry[]> => listed((input, at) => page.audit.watch(input, at));
const clicks = (): Promise<CommandEntry[]> => listed((input, at) => page.commands.watch(input, at));
const blank = (name: string, more: object = {}) =>
  createMachineSchema.parse({
    name, source: { type: 'blank' }, rootDisk: { size: 64 * 2 ** 20, bus: 'virtio' },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * 2 ** 20 }, start: false, ...more,
  }); // prettier-ignore
/** As a shell of a person runs them. */
const shell = (script: string): Promise<unknown> =>
  run('/bin/sh', ['-euc', script], { env: { ...process.env, KUBECONFIG: backend.kubeconfig } });

describe('history and commands', () => {
  test('what was done is in the history with its result; reading is not', async () => {
    await page.machines.create(blank('seen'), context);
    await page.machines.preview(blank('never'), context);
    await expect((async () => page.machines.create(blank('seen'), context))()).rejects.toThrow(/seen/);
    const found = await history();
    expect(found.map(({ what, result, object }) => [what, result, object?.name])).toEqual([
      ['Create a machine', 'ok', 'seen'],
      ['Create a machine', 'refused', 'seen'],
    ]);
    expect(found[0]?.who).toMatch(/, in the app$/);
    expect(found[1]?.problem?.code).toBeTruthy();
  });

  test('the printed lines of kubectl make, change and delete the same objects', async () => {
    const cloudInit = { type: 'form', user: 'ada', password: 'correct-horse-battery' };
    await page.machines.create(blank('clicked', { description: 'it\'s a "test"' }), context);
    await page.machines.act(
      { namespace: 'default', name: 'clicked', action: 'start', deleteDisks: true, mode: 'now' },
      context,
    );
    const made = await kube.get(kinds.virtualMachines, 'default', 'clicked');
    const running = (): Promise<void> =>
      vi.waitFor(async () => {
        const vmi = await kube.get(kinds.virtualMachineInstances, 'default', 'clicked');
        expect(vmi.status?.['phase']).toBe('Running');
      }, 20_000);
    // So that the power is switched off before it is deleted: a blank disk hears no polite stop.
    await running();
    await page.machines.act(
      { namespace: 'default', name: 'clicked', action: 'delete', deleteDisks: true, mode: 'now' },
      context,
    );
    const mine = (await clicks()).filter(({ object }) => object?.name === 'clicked');
    expect(mine.map(({ what }) => what)).toEqual(['Create a machine', 'Start a machine', 'Delete a machine']);
    const gone = async (): Promise<void> => {
      await vi.waitFor(async () => {
        const left = await kube.list(kinds.virtualMachines, 'default');
        expect(left.map(({ metadata }) => metadata.name)).not.toContain('clicked');
        const disks = await kube.list(kinds.dataVolumes, 'default');
        expect(disks.map(({ metadata }) => metadata.name).filter((name) => name?.startsWith('clicked'))).toEqual([]);
      }, 10_000);
    };
    await gone();
    const script = (n: number): string => (mine[n]?.requests ?? []).filter(({ result }) => result === 'ok').map(({ line, plain }) => plain ?? line).join('\n'); // prettier-ignore
    await shell(script(0));
    const again = await kube.get(kinds.virtualMachines, 'default', 'clicked');
    expect(again.metadata.annotations).toEqual(made.metadata.annotations);
    expect(again.metadata.labels).toEqual(made.metadata.labels);
    // The server gives each machine an id of its own.
    const known = (spec: unknown): unknown => JSON.parse(JSON.stringify(spec).replace(/"uuid":"[^"]+"/, '"uuid":""'));
    expect(known({ ...again.spec, runStrategy: '' })).toEqual(known({ ...made.spec, runStrategy: '' }));
    await shell(script(1));
    await running();
    await shell(script(2));
    await gone();

    // Secrets are shown nowhere, and said to be missing.
    await page.machines.create(blank('hidden', { cloudInit }), context);
    const [hidden] = (await clicks()).filter(({ object }) => object?.name === 'hidden');
    expect(JSON.stringify(hidden)).not.toMatch(/correct-horse|Y29ycmVjdC1ob3JzZ/);
    expect(hidden?.requests.some(({ redacted, line }) => redacted && line.includes('[redacted]'))).toBe(true);
  }, 60_000);

  test('commands run again on purpose, also those that held secrets, by the Hearth that sent them', async () => {
    const ref = { namespace: 'default', name: 'hidden' };
    await page.machines.act({ ...ref, action: 'delete', deleteDisks: true, mode: 'now' }, context);
    await vi.waitFor(async () => {
      const left = await kube.list(kinds.virtualMachines, 'default');
      expect(left.map(({ metadata }) => metadata.name)).not.toContain('hidden');
      expect((await kube.list(kinds.secrets, 'default')).map(({ metadata }) => metadata.name).filter((name) => name?.startsWith('hidden'))).toEqual([]); // prettier-ignore
    }, 10_000);
    const [hidden] = (await clicks()).filter(({ object, what }) => object?.name === 'hidden' && what === 'Create a machine'); // prettier-ignore
    const results = await page.commands.replay({ id: hidden?.id ?? '' }, context);
    expect(results.filter(({ problem }) => problem)).toEqual([]);
    const [secret] = (await kube.list(kinds.secrets, 'default')).filter(({ metadata }) => metadata.name?.startsWith('hidden')); // prettier-ignore
    const data = (secret as { data?: Record<string, string> } | undefined)?.data ?? {};
    expect(Buffer.from(data['userdata'] ?? '', 'base64').toString()).toContain('ada');
    // Of something that is there now, the target's own refusal comes back.
    const twice = await page.commands.replay({ id: hidden?.id ?? '' }, context);
    expect(twice[0]?.problem).toBeTruthy();
  }, 30_000);
});

describe('search', () => {
  test('by name, by MAC, by label; the best first', async () => {
    const mac = '02:00:00:aa:bb:cc';
    await page.machines.create(blank('findme', { network: { podNetwork: true, model: 'virtio', mac, forwards: [] } }), context); // prettier-ignore
    await kube.patch(kinds.virtualMachines, { namespace: 'default', name: 'findme' }, { metadata: { labels: { room: 'attic' } } }); // prettier-ignore
    await vi.waitFor(async () => {
      expect((await page.search.find({ query: 'findme' }, context))[0]).toMatchObject({
        kind: 'machine',
        name: 'findme',
      });
      expect((await page.search.find({ query: 'aa:bb:cc' }, context))[0]).toMatchObject({ name: 'findme', because: `MAC ${mac}` }); // prettier-ignore
      expect((await page.search.find({ query: 'attic' }, context))[0]).toMatchObject({ name: 'findme', because: 'label room=attic' }); // prettier-ignore
    }, 5000);
    expect(await page.search.find({ query: 'u1.medium' }, context)).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'instancetype', name: 'u1.medium' })]),
    );
    expect(await page.search.find({ query: 'nothing-has-this-name' }, context)).toEqual([]);
  });
});

describe('notifications', () => {
  test('a machine whose QEMU is killed calls; the webhook gets it signed, after tries that failed', async () => {
    const bodies: { body: string; signature: string | undefined; event: string | undefined }[] = [];
    let refuse = 1;
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const header = (name: string): string | undefined => request.headers[name]?.toString();
        if (refuse-- > 0) return response.writeHead(503).end();
        bodies.push({ body, signature: header('x-hearth-signature'), event: header('x-hearth-event') });
        return response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await page.notifications.update(
      { webhook: { url: `http://127.0.0.1:${port}/hook`, secret: 'webhook-key-1' } },
      context,
    );
    try {
      expect((await page.notifications.test({}, context)).state).toBe('failed');
      expect(await page.notifications.test({}, context)).toMatchObject({
        state: 'delivered',
        status: 204,
        attempts: 1,
      });
      expect(bodies[0]?.signature).toBe(signature(bodies[0]?.body ?? '', 'webhook-key-1'));

      await page.machines.create(blank('fragile', { start: true, runStrategy: 'Once' }), context);
      await vi.waitFor(async () => {
        const vmi = await kube.get(kinds.virtualMachineInstances, 'default', 'fragile');
        expect(vmi.status?.['phase']).toBe('Running');
      }, 20_000);
      refuse = 1;
      for (const id of await readdir(join(folder, 'engine', 'machines'))) {
        const text = await readFile(join(folder, 'engine', 'machines', id, 'machine.json'), 'utf8').catch(() => '{}');
        const record = JSON.parse(text) as { name?: string; pid?: number };
        if (record.name === 'fragile' && record.pid) process.kill(record.pid, 'SIGKILL');
      }
      await vi.waitFor(() => expect(bodies.some(({ event }) => event === 'machine-stopped')).toBe(true), 15_000);
      const message = JSON.parse(bodies.find(({ event }) => event === 'machine-stopped')?.body ?? '{}') as object;
      expect(message).toMatchObject({
        app: 'Hearth',
        title: 'fragile stopped unexpectedly',
        object: { name: 'fragile' },
      });
      const latest = await first(page.notifications.watch({}, context));
      expect(latest.filter(({ event }) => event === 'machine-stopped')).toHaveLength(1);
      const settings = await first(page.notifications.settings({}, context));
      expect(settings.deliveries[0]).toMatchObject({ state: 'delivered', attempts: 2 });
      expect(JSON.stringify(settings)).not.toContain('webhook-key-1');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }, 60_000);
});

describe('support bundle', () => {
  test('twenty planted secrets: none is in the bundle', async () => {
    const words = Array.from({ length: 20 }, (_, n) => `Planted${n}x${'kQ7vZ2mN9'.slice(n % 5)}w${n}`);
    const [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15, w16, w17, w18, w19] = words;
    // In objects: cloud-init in a Secret, in the machine itself, an environment, headers, an address, a config map.
    await kube.create(kinds.secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'planted', namespace: 'default' }, stringData: { anything: w0 ?? '', userdata: `#cloud-config\npassword: ${w1}\nchpasswd:\n  list: |\n    ada:${w2}\n` } }); // prettier-ignore
    await kube.patch(kinds.virtualMachines, { namespace: 'default', name: 'seen' }, {
      metadata: { annotations: { note: `curl -H 'X-Vault-Token: ${w3}' https://x`, 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ password: w4 }) } },
      spec: { template: { spec: { volumes: [
        ...((await kube.get(kinds.virtualMachines, 'default', 'seen')).spec as { template: { spec: { volumes: object[] } } }).template.spec.volumes,
        { name: 'seed', cloudInitNoCloud: { userData: `#cloud-config\nssh_pwauth: true\nplain_text_passwd: ${w5}\n` } },
      ], domain: { devices: { disks: [
        ...((await kube.get(kinds.virtualMachines, 'default', 'seen')).spec as { template: { spec: { domain: { devices: { disks: object[] } } } } }).template.spec.domain.devices.disks,
        { name: 'seed', disk: { bus: 'virtio' } },
      ] } } } } },
    }); // prettier-ignore
    await kube.create(kinds.configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'planted', namespace: 'default' }, data: { 'app.env': `MODE=fast\nDB_PASSWORD=${w6}\n`, 'autounattend.xml': `<Password><Value>${w7}</Value></Password>`, key: `-----BEGIN RSA PRIVATE KEY-----\n${w8}\n-----END RSA PRIVATE KEY-----\n` } }); // prettier-ignore
    // In Hearth: settings, the webhook, the environment.
    await page.settings.update({ debianMirror: `http://ada:${w9}@mirror.example/debian` }, context);
    await page.notifications.update(
      { webhook: { url: `https://hooks.slack.com/services/${w10}`, secret: w11 ?? '' } },
      context,
    );
    process.env['HEARTH_TEST_TOKEN'] = w12 ?? '';
    // In logs: a header, an address, an opaque value that stands in a Secret as well, JSON in JSON.
    await appendFile(join(folder, 'logs', 'hearth.log'), [
      `{"msg":"GET https://cdn.example/x.qcow2?X-Amz-Signature=${w13}&size=1"}`,
      `{"msg":"Authorization: Bearer ${w14}"}`,
      `{"msg":"the engine said: {\\"token\\":\\"${w15}\\"}"}`,
      `{"msg":"nothing around it: ${w0} ${w1} ${w9}"}`, '',
    ].join('\n')); // prettier-ignore
    await writeFile(join(folder, 'logs', 'engine.log'), `k3s agent --server https://x --token ${w16}\n`);
    // In a task's problem, in an appliance's record, in a machine's QEMU log.
    const tasks = JSON.parse(await readFile(join(folder, 'tasks.json'), 'utf8').catch(() => '{"version":1,"tasks":[]}')) as { tasks: object[] }; // prettier-ignore
    tasks.tasks.push({ id: 'x', title: 'Planted', problem: { detail: `sign-in failed, the password is ${w17}` } });
    await writeFile(join(folder, 'tasks.json'), JSON.stringify(tasks));
    await run('mkdir', ['-p', join(folder, 'appliances'), join(folder, 'engine', 'machines', 'planted')]);
    await writeFile(join(folder, 'appliances', 'box.json'), JSON.stringify({ place: { sudo: { password: w18 } } }));
    await writeFile(join(folder, 'engine', 'machines', 'planted', 'qemu.log'), `ssh-key passphrase=${w19}\n`);
    const kubeconfig = await readFile(backend.kubeconfig, 'utf8');
    const token = /token: (\S+)/.exec(kubeconfig)?.[1] ?? 'no token found';

    const path = join(folder, 'bundle.tar.gz');
    const preview = await page.support.preview({}, context);
    const { taskId } = await page.support.make({ path }, context);
    await vi.waitFor(async () => {
      const [task] = (await listed((input, at) => page.tasks.watch(input, at))).filter(({ id }) => id === taskId);
      expect([task?.state, task?.problem]).toEqual(['done', undefined]);
    }, 20_000);
    delete process.env['HEARTH_TEST_TOKEN'];
    const out = join(folder, 'unpacked');
    await run('mkdir', [out]);
    await run('tar', ['-xzf', path, '-C', out]);
    const { stdout: everything } = await run('sh', ['-c', 'find . -type f | while read -r f; do echo "$f"; cat "$f"; done'], { cwd: out, maxBuffer: 256 * 2 ** 20 }); // prettier-ignore
    const found = [...words, token].filter((word) => everything.includes(word) || everything.includes(Buffer.from(word).toString('base64'))); // prettier-ignore
    expect(found).toEqual([]);
    // It is worth sending: what helps is there.
    for (const wanted of [
      'kind: VirtualMachine',
      'name: planted',
      'MODE=fast',
      'userdata: ',
      'Hearth starts',
      '"platform": "linux"',
      'qemu-system',
      'mirror.example',
    ])
      // prettier-ignore
      expect(everything).toContain(wanted);
    expect(preview.map((each) => each.path)).toContain('targets/quick-lab/objects/virtualmachines.kubevirt.io.yaml');
    expect(preview.reduce((sum, { redactions }) => sum + redactions, 0)).toBeGreaterThan(19);
  }, 60_000);

  test('a place that cannot be written is refused before anything is read', async () => {
    await expect((async () => page.support.make({ path: '/nowhere/at/all.tar.gz' }, context))()).rejects.toThrow(/no folder/); // prettier-ignore
  });
});

describe('graphs', () => {
  test('of this computer; of a machine that never ran there is none', async () => {
    const [host] = await first(page.metrics.hosts({ range: 'live' }, context));
    expect(host).toMatchObject({ id: 'computer', kind: 'computer' });
    expect(host?.memory).toBeGreaterThan(2 ** 28);
    expect(await first(page.metrics.machine({ namespace: 'default', name: 'seen', range: '24h' }, context))).toEqual(
      [],
    );
  });
});

describe('over a restart', () => {
  test('history and commands are there; a torn line loses itself alone; what held secrets says that it cannot be run', async () => {
    const before = { history: await history(), clicks: await clicks() };
    expect(before.clicks.length).toBeGreaterThan(3);
    await backend.close();
    await appendFile(join(folder, 'audit.jsonl'), '{"id":"torn","at":"2026');
    backend = await startBackend({ dataDir: folder, webPort: 0, quiet: true });
    page = backend.handlers('web');
    expect((await history()).map(({ id }) => id)).toEqual(before.history.map(({ id }) => id));
    const now = await clicks();
    expect(now.map(({ id }) => id)).toEqual(before.clicks.map(({ id }) => id));
    const hidden = now.find(({ object, what }) => object?.name === 'hidden' && what === 'Create a machine');
    await expect((async () => page.commands.replay({ id: hidden?.id ?? '' }, context))()).rejects.toThrow(/secrets/);
    // One without secrets runs again, from what is on disk.
    const deleted = now.find(({ object, what }) => object?.name === 'clicked' && what === 'Create a machine');
    expect((await page.commands.replay({ id: deleted?.id ?? '' }, context)).every(({ problem }) => !problem)).toBe(
      true,
    );
    for (const file of ['audit.jsonl', 'commands.jsonl']) {
      const text = await readFile(join(folder, file), 'utf8');
      expect(text).not.toMatch(/correct-horse|Y29ycmVjdC1ob3JzZ|Planted\d/);
    }
    await page.settings.update({ theme: 'dark' }, context);
    expect((await history()).at(-1)).toMatchObject({ what: 'Change settings: theme', carrier: 'web' });
  }, 60_000);
});
