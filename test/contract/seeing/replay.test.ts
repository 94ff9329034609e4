import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startBackend } from '../../../main/backend/start.ts';
import type { Backend } from '../../../main/backend/backend.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import type { KubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import type { CommandEntry } from '../../../main/contract/commands.ts';
import type { ContractHandlers } from '../../../main/contract/contract.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'hearth-replay-'));
const backends: Backend[] = [];
const clients: KubeClient[] = [];
const context = { signal: new AbortController().signal };
/** A Hearth of its own with an empty engine. */
async function hearth(name: string): Promise<{ page: ContractHandlers; kube: KubeClient; kubeconfig: string }> {
  const backend = await startBackend({ dataDir: join(folder, name), webPort: 0, quiet: true });
  backends.push(backend);
  if (backend.engineTrouble) throw backend.engineTrouble;
  const kube = createKubeClient(await readCredentials(backend.kubeconfig));
  clients.push(kube);
  return { page: backend.handlers('desktop'), kube, kubeconfig: backend.kubeconfig };
}
let here: Awaited<ReturnType<typeof hearth>>;
let empty: Awaited<ReturnType<typeof hearth>>;
beforeAll(async () => {
  here = await hearth('here');
  empty = await hearth('empty');
}, 120_000);
afterAll(async () => {
  for (const kube of clients) kube.close();
  await Promise.all(backends.map((backend) => backend.close({ stopVms: true })));
  rmSync(folder, { recursive: true, force: true });
});

const ref = (name: string) => ({ namespace: 'default', name });
const MiB = 2 ** 20;
const blank = (name: string, more: object = {}) =>
  createMachineSchema.parse({
    name, source: { type: 'blank' }, rootDisk: { size: 64 * MiB, bus: 'virtio' },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * MiB }, start: false, ...more,
  }); // prettier-ignore

/** The clicks of a page that makes a small lab, changes it and throws some of it away. */
async function clickAround({ page }: typeof here): Promise<void> {
  await page.networks.create({ namespace: 'default', name: 'red', subnet: '10.41.0.0/24' }, context);
  await page.networks.create({ namespace: 'default', name: 'gone' }, context);
  await page.machines.create(blank('web', { description: 'it\'s "the" web' }), context);
  await page.machines.create(blank('db'), context);
  await page.machines.create(blank('mistake'), context);
  await page.networks.attach({ ...ref('web'), network: 'default/red', model: 'virtio' }, context);
  await page.networks.reserve({ ...ref('web'), interface: 'red', address: '10.41.0.50' }, context);
  await page.machines.addForward({ ...ref('web'), guestPort: 80, protocol: 'TCP' }, context);
  await page.hardware.attach({ ...ref('db'), disk: 'data', bus: 'virtio', source: { type: 'blank', size: 32 * MiB } }, context); // prettier-ignore
  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "${NAME}"}\ndata: {a: "1"}\n';
  await page.templates.save({ ...ref('note'), title: 'A note', description: '', note: '', manifest, parameters: [{ name: 'NAME', label: 'Name', description: '', secret: false, required: true }], base: 0 }, context); // prettier-ignore
  await page.machines.act({ ...ref('mistake'), action: 'delete', deleteDisks: true, mode: 'now' }, context);
  await page.networks.remove(ref('gone'), context);
}

const wanted = ['virtualMachines', 'dataVolumes', 'networkAttachmentDefinitions', 'services', 'configMaps', 'secrets'] as const; // prettier-ignore
/** All that a target holds of what people make, without what it gives by itself (ids, times, states, ports) and what is in the bin. */
async function held({ kube }: typeof here): Promise<Record<string, unknown>> {
  const all: [string, unknown][] = [];
  for (const kind of wanted)
    for (const { metadata, status: _status, ...rest } of await kube.list(kinds[kind], 'default')) {
      const { name, labels, annotations } = metadata;
      if (rest['type'] === 'hearth.dev/bin') continue;
      const owners = metadata.ownerReferences?.map((owner) => `${owner.kind} ${owner.name}`);
      const text = JSON.stringify({ labels, annotations, owners, ...rest });
      const given = /"(?:uuid|kubevirt\.io\/created-by)":"[^"]+"|"nodePort":\d+/g;
      all.push([`${kind} ${name}`, JSON.parse(text.replaceAll(given, (what) => what.replace(/:.*$/, ':0')))]);
    }
  return Object.fromEntries(all);
}

test('the whole list of commands makes on an empty engine what the clicks made', async () => {
  await clickAround(here);
  const machines = (): Promise<string[]> => held(here).then((all) => Object.keys(all).filter((name) => / mistake/.test(name))); // prettier-ignore
  await vi.waitFor(async () => expect(await machines()).toEqual([]), 15_000);
  let entries: CommandEntry[] = [];
  for await (const update of here.page.commands.watch({}, context)) {
    if (update.type === 'snapshot') entries = update.items;
    break;
  }
  const all = entries.toSorted((one, other) => one.at.localeCompare(other.at)).flatMap(({ requests }) => requests);
  // What is kept of something in the bin may hold secrets and is shown without them: on the other engine the bin stays empty.
  const inBin = (line: string): boolean => line.includes('type: hearth.dev/bin');
  expect(all.filter(({ line }) => inBin(line)).map(({ redacted }) => redacted)).toEqual([true]);
  const list = all.filter(({ line }) => !inBin(line));
  expect(list.length).toBeGreaterThanOrEqual(12);
  expect(list.filter(({ redacted, notReplayable }) => redacted || notReplayable !== undefined)).toEqual([]);
  expect(Object.keys(await held(empty))).toEqual([]);
  // As a person who saved it as a script; kubectl alone is enough.
  const script = list.filter(({ result }) => result === 'ok').map(({ line, plain }) => plain ?? line).join('\n'); // prettier-ignore
  await run('/bin/sh', ['-euc', script], { env: { ...process.env, KUBECONFIG: empty.kubeconfig } });
  const made = await held(here);
  expect(Object.keys(made)).toEqual(expect.arrayContaining(['virtualMachines web', 'virtualMachines db', 'networkAttachmentDefinitions red', 'dataVolumes web-root'])); // prettier-ignore
  expect(Object.keys(made).some((name) => /mistake|gone/.test(name))).toBe(false);
  await vi.waitFor(async () => expect(await held(empty)).toEqual(made), 15_000);
}, 120_000);
