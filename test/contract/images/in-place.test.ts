import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startBackend } from '../../../main/backend/start.ts';
import type { Backend } from '../../../main/backend/backend.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import type { KubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import type { ContractHandlers } from '../../../main/contract/contract.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import { writeIso } from '../../../main/embedded/disks/volume/iso9660.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-in-place-'));
const context = { signal: new AbortController().signal };
const MiB = 2 ** 20;
let backend: Backend;
let page: ContractHandlers;
let kube: KubeClient;
beforeAll(async () => {
  backend = await startBackend({ dataDir: join(folder, 'data'), webPort: 0, quiet: true });
  if (backend.engineTrouble) throw backend.engineTrouble;
  page = backend.handlers('desktop');
  kube = createKubeClient(await readCredentials(backend.kubeconfig));
}, 60_000);
afterAll(async () => {
  kube.close();
  await backend.close({ stopVms: true });
  rmSync(folder, { recursive: true, force: true });
});

/** A disc as xorriso makes it where there is one, else by our own writer. */
function iso(path: string): void {
  const content = join(folder, 'hello.txt');
  writeFileSync(content, 'hello from the disc\n');
  try {
    execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-J', '-R', '-V', 'TOOLS', '-o', path, content], {
      stdio: 'ignore',
    });
  } catch {
    writeFileSync(path, writeIso('TOOLS', new Map([['hello.txt', readFileSync(content)]])));
  }
}
const seen = (path: string) => {
  const { ino, uid, gid, mode, mtimeMs, ctimeMs, size } = statSync(path);
  return {
    ino,
    uid,
    gid,
    mode,
    mtimeMs,
    ctimeMs,
    size,
    hash: createHash('sha256').update(readFileSync(path)).digest('hex'),
  };
};
const ended = (id: string): Promise<string> =>
  vi.waitFor(async () => {
    for await (const update of page.tasks.watch({}, context)) {
      const task = update.type === 'snapshot' ? update.items.find((each) => each.id === id) : undefined;
      if (!task || task.state === 'running') throw new Error('it still runs');
      return `${task.state} ${task.problem?.detail ?? ''}`.trim();
    }
    return 'no tasks';
  }, 30_000);

test('an ISO is used in place: a machine has it in its drive, the file is as it was, and it stays when the image goes', async () => {
  const path = join(folder, 'debian.iso');
  iso(path);
  chmodSync(path, 0o444);
  const before = seen(path);
  const { taskId, image } = await page.images.addFromFile({ path, mode: 'in-place', name: 'debian' }, context);
  expect(await ended(taskId)).toBe('done');
  for await (const update of page.images.watch({}, context)) {
    const row = update.type === 'snapshot' ? update.items.find(({ name }) => name === 'debian') : undefined;
    expect(row).toMatchObject({ state: 'ready', kind: 'iso', format: 'iso', virtualSize: before.size, source: path });
    // Nothing of it was copied.
    expect(row?.realSize ?? 0).toBeLessThanOrEqual(before.size);
    break;
  }
  await page.machines.create(
    createMachineSchema.parse({
      name: 'reader',
      source: { type: 'iso', image },
      rootDisk: { size: 64 * MiB, bus: 'virtio' },
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * MiB },
      start: true,
    }),
    context,
  );
  const uid = await vi.waitFor(async () => {
    const vmi = await kube.get(kinds.virtualMachineInstances, 'default', 'reader');
    expect(vmi.status?.['phase']).toBe('Running');
    return vmi.metadata.uid ?? '';
  }, 30_000);
  const argv = readFileSync(join(folder, 'data', 'engine', 'machines', uid, 'machine.json'), 'utf8');
  expect(argv).toContain(path);
  await page.machines.act(
    { namespace: 'default', name: 'reader', action: 'delete', deleteDisks: true, mode: 'now' },
    context,
  );
  await vi.waitFor(async () => expect((await kube.list(kinds.virtualMachines, 'default')).length).toBe(0), 20_000);
  await page.images.remove(image, context);
  expect(seen(path)).toEqual(before);
}, 90_000);

test('a path that cannot be read is named at once, before there is any task or image', async () => {
  for (const path of [join(folder, 'nowhere.iso'), folder, '/proc/1/mem']) {
    const begun = performance.now();
    const problem = await (async () => page.images.addFromFile({ path, mode: 'in-place', name: 'bad' }, context))().then(() => undefined, asProblem);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect([path, `${problem?.title} ${problem?.detail}`.includes(path)]).toEqual([path, true]);
    expect(problem?.fix ?? problem?.cause ?? problem?.detail).toBeTruthy();
  }
  expect((await kube.list(kinds.dataVolumes, 'hearth-images').catch(() => [])).map(({ metadata }) => metadata.name)).not.toContain('bad');
}); // prettier-ignore
