import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Backend } from '../../../main/backend/backend.ts';
import { leftOut } from '../../../main/backend/sets/words.ts';
import { startBackend } from '../../../main/backend/start.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import type { KubeClient } from '../../../main/backend/target/client.ts';
import { readCredentials } from '../../../main/backend/target/credentials.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import type { ContractHandlers } from '../../../main/contract/contract.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { SetResult, SetState, SetWord } from '../../../main/contract/sets.ts';
import type { Task } from '../../../main/contract/task.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-sets-'));
const backends: Backend[] = [];
const clients: KubeClient[] = [];
const context = { signal: new AbortController().signal };
interface Lab {
  page: ContractHandlers;
  kube: KubeClient;
}
/** A Hearth of its own with an empty engine. */
async function hearth(name: string): Promise<Lab> {
  const backend = await startBackend({ dataDir: join(folder, name), quiet: true });
  backends.push(backend);
  if (backend.engineTrouble) throw backend.engineTrouble;
  const kube = createKubeClient(await readCredentials(backend.kubeconfig));
  clients.push(kube);
  const page = backend.handlers('desktop');
  for await (const { state } of page.target.watch({}, context)) if (state === 'ready') break;
  return { page, kube };
}
let here: Lab;
let empty: Lab;
beforeAll(async () => {
  here = await hearth('here');
  empty = await hearth('empty');
  await fill(here);
}, 180_000);
afterAll(async () => {
  for (const kube of clients) kube.close();
  await Promise.all(backends.map((backend) => backend.close({ stopVms: true })));
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const MiB = 2 ** 20;
const ref = (name: string) => ({ namespace: 'default', name });
const blank = (name: string, more: object = {}) =>
  createMachineSchema.parse({
    name, source: { type: 'blank' }, rootDisk: { size: 64 * MiB, bus: 'virtio' },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * MiB }, start: false, ...more,
  }); // prettier-ignore
const secrets = ['hunter2-of-the-web', 'inline-pass-9', 'c2VjcmV0LWtleS0x'];

/** What a home lab has: machines with a schedule and cloud-init, a network, a port, a template, a snippet, a type, a namespace. */
async function fill({ page, kube }: Lab): Promise<void> {
  await page.networks.create({ namespace: 'default', name: 'red', subnet: '10.41.0.0/24' }, context);
  await page.machines.create(blank('web', { description: 'it\'s "the" web', cloudInit: { type: 'form', user: 'me', password: secrets[0] } }), context);
  await page.machines.create(blank('db'), context);
  await page.networks.attach({ ...ref('web'), network: 'default/red', model: 'virtio' }, context);
  await page.machines.addForward({ ...ref('web'), guestPort: 80, protocol: 'TCP' }, context);
  await page.snapshots.schedule({ ...ref('web'), schedule: { rhythm: { every: 'day', at: '03:00' }, keep: 5 } }, context);
  const manifest = 'apiVersion: v1\nkind: Secret\nmetadata: {name: "${NAME}"}\nstringData: {userdata: "${PASSWORD}"}\n';
  await page.templates.save({ ...ref('note'), title: 'A note', description: '', note: '', manifest, parameters: [{ name: 'NAME', label: 'Name', description: '', secret: false, required: true }, { name: 'PASSWORD', label: 'Password', description: '', secret: true, required: true }], base: 0 }, context);
  await page.cloudInit.saveSnippet({ id: 'mine', title: 'Mine', description: '', text: '#cloud-config\npackages: [vim]\n' }, context);
  await kube.create(kinds.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab-two', labels: { owner: 'me' } } });
  await kube.create(kinds.instancetypes, { apiVersion: 'instancetype.kubevirt.io/v1beta1', kind: 'VirtualMachineClusterInstancetype', metadata: { name: 'own' }, spec: { cpu: { guest: 1 }, memory: { guest: '64Mi' } } });
  await kube.create(kinds.virtualMachines, machine('inline', { userData: `#cloud-config\npassword: ${secrets[1]}\n` }, 'lab-two'));
  await kube.create(kinds.virtualMachines, machine('plain', { userData: '#cloud-config\npackages:\n  - vim\n' }, 'lab-two'));
  await kube.create(kinds.secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other', namespace: 'default' }, data: { key: secrets[2] } });
} // prettier-ignore

const machine = (name: string, cloudInit: object, namespace = 'default') => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace },
  spec: {
    runStrategy: 'Halted',
    template: {
      spec: {
        domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }, { name: 'init', disk: { bus: 'virtio' } }] } },
        volumes: [{ name: 'root', emptyDisk: { capacity: '1Gi' } }, { name: 'init', cloudInitNoCloud: cloudInit }],
      },
    },
  },
}); // prettier-ignore

const filesOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('/.git'))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [path.slice(dir.length + 1), readFileSync(path, 'utf8')]),
  );
const exported = ({ page }: Lab, dir: string, overwrite = false) =>
  page.sets.export({ dir, namespaces: [], overwrite }, context);
const how = { prune: false, pruneDisks: false };
async function done({ page }: Lab, taskId: string): Promise<Task> {
  for await (const update of page.tasks.watch({}, context)) {
    const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    const task = rows.find(({ id }) => id === taskId);
    if (task && task.state !== 'running') return task;
  }
  throw new Error('the tasks ended');
}
async function stateOf({ page }: Lab): Promise<SetState> {
  for await (const state of page.sets.watch({}, context)) return state;
  throw new Error('no state');
}
async function applied(lab: Lab, dir: string, more: Partial<typeof how> & { name?: string } = {}): Promise<SetResult> {
  await done(lab, (await lab.page.sets.apply({ dir, ...how, ...more }, context)).taskId);
  const { last } = await stateOf(lab);
  if (!last) throw new Error('nothing was kept of it');
  return last;
}
const wordsOf = async (lab: Lab, dir: string, more: object = {}): Promise<Record<string, SetWord>> => {
  const { objects, findings } = await lab.page.sets.plan({ dir, ...how, ...more }, context);
  expect(findings).toEqual([]);
  return Object.fromEntries(objects.map(({ kind, name, word }) => [`${kind} ${name}`, word]));
};
const put = (dir: string, path: string, text: string): void => {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), text);
};
const map = (name: string, value = '1', namespace = 'default'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n  a: "${value}"\n`;
const there = async ({ kube }: Lab, kind: (typeof kinds)[keyof typeof kinds], name: string): Promise<boolean> =>
  (await kube.list(kind, 'default')).some(({ metadata }) => metadata.name === name);

describe('a whole set', () => {
  const first = join(folder, 'lab');

  test('is one file an object, without what servers add, and a second export changes no byte', async () => {
    const told = await exported(here, first);
    const files = filesOf(first);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([
        'virtualmachines/default/web.yaml', 'virtualmachines/lab-two/plain.yaml', 'namespaces/lab-two.yaml', 'network-attachment-definitions/default/red.yaml',
        'virtualmachineclusterinstancetypes/own.yaml', 'configmaps/default/hearth-template-note-v1.yaml', 'configmaps/hearth-images/snippet-mine.yaml', 'services/default/web-tcp-80.yaml',
      ]),
    ); // prettier-ignore
    const all = Object.values(files).join('\n');
    expect(all).not.toMatch(/resourceVersion|\buid:|managedFields|creationTimestamp|^status:/m);
    expect(files['virtualmachines/default/web.yaml']).toContain('hearth.dev/snapshot-schedule');
    const before = statSync(join(first, 'virtualmachines/default/web.yaml')).mtimeMs;
    const again = await exported(here, first);
    expect(again).toMatchObject({ written: [], removed: [], foreign: [], unchanged: told.written.length });
    expect(filesOf(first)).toEqual(files);
    expect(statSync(join(first, 'virtualmachines/default/web.yaml')).mtimeMs).toBe(before);
  });

  test('holds no password and no key, and says what was left out', async () => {
    const { left } = await exported(here, first);
    const files = filesOf(first);
    for (const secret of secrets)
      for (const text of [secret, Buffer.from(secret).toString('base64')])
        expect(Object.entries(files).filter(([, content]) => content.includes(text))).toEqual([]);
    expect(files['virtualmachines/lab-two/inline.yaml']).toContain(leftOut);
    expect(files['virtualmachines/lab-two/plain.yaml']).toContain('- vim');
    expect(left.join('\n')).toMatch(/VirtualMachine lab-two\/inline: .*userData/);
    expect(Object.keys(files).filter((path) => path.startsWith('secrets/'))).toHaveLength(1);
    expect(left.join('\n')).toMatch(/Secret default\/web-/);
  });

  test('applied on an empty target and exported there it is the same bytes', async () => {
    const secret = Object.keys(filesOf(first)).find((path) => path.startsWith('secrets/')) ?? '';
    const incomplete = await applied(empty, first);
    expect(
      incomplete.told
        .map(({ kind, name, word }) => `${kind} ${name} ${word}`)
        .toSorted((one, other) => one.localeCompare(other)),
    ).toEqual([
      `Secret ${secret.slice('secrets/default/'.length, -'.yaml'.length)} missing`,
      'VirtualMachine inline missing',
    ]);
    expect(incomplete.ok).toBe(false);
    // What no folder holds is made by hand.
    const wanted = await here.kube.list(kinds.secrets, 'default');
    const named = wanted.find(({ metadata }) => secret.endsWith(`/${metadata.name}.yaml`));
    await empty.kube.create(kinds.secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: named?.metadata.name ?? '', namespace: 'default', labels: named?.metadata.labels ?? {} }, data: named?.['data'] } as never); // prettier-ignore
    await empty.kube.create(kinds.virtualMachines, machine('inline', { userData: `#cloud-config\npassword: ${secrets[1]}\n` }, 'lab-two')); // prettier-ignore
    // It has another identity than the one in the file.
    const plan = await empty.page.sets.plan({ dir: first, ...how }, context);
    const differs = plan.objects.filter(({ word }) => word !== 'unchanged');
    expect(differs.map(({ name, word, fields }) => [name, word, fields])).toEqual([['inline', 'change', ['spec.template.spec.domain.firmware.uuid']]]); // prettier-ignore
    const second = await applied(empty, first);
    expect(second).toMatchObject({ ok: true, created: 0, changed: 1, told: [] });
    expect(await applied(empty, first)).toMatchObject({
      ok: true,
      created: 0,
      changed: 0,
      unchanged: second.unchanged + 1,
    });
    const other = join(folder, 'there', 'lab');
    await exported(empty, other);
    expect(filesOf(other)).toEqual(filesOf(first));
    // What was left out of the file is still on the target.
    const inline = await empty.kube.get(kinds.virtualMachines, 'lab-two', 'inline');
    expect(JSON.stringify(inline.spec)).toContain(secrets[1]);
    await expect.poll(async () => (await stateSchedule(empty)) !== undefined).toBe(true);
  }, 60_000);

  test('removes the files of objects that are gone, and leaves what others wrote', async () => {
    const dir = join(folder, 'mine');
    await exported(here, dir);
    put(dir, 'README.md', 'mine');
    put(dir, 'virtualmachines/default/mine.yaml', map('by-hand'));
    put(dir, 'virtualmachines/default/db.yaml', '# changed by hand\n');
    await here.kube.delete(kinds.instancetypes, { name: 'own' });
    const told = await exported(here, dir);
    expect(told).toMatchObject({ removed: ['virtualmachineclusterinstancetypes/own.yaml'], foreign: ['virtualmachines/default/db.yaml'] }); // prettier-ignore
    expect(filesOf(dir)).toMatchObject({ 'README.md': 'mine', 'virtualmachines/default/mine.yaml': map('by-hand'), 'virtualmachines/default/db.yaml': '# changed by hand\n' }); // prettier-ignore
    expect((await exported(here, dir, true)).written).toEqual(['virtualmachines/default/db.yaml']);
  });
});

test('an export of one namespace leaves the files of the others, and takes its own that are gone', async () => {
  const dir = join(folder, 'some');
  await here.kube.create(kinds.virtualMachines, machine('short', { userData: '#cloud-config\n' }, 'lab-two'));
  await exported(here, dir);
  const before = filesOf(dir);
  await here.kube.delete(kinds.virtualMachines, { namespace: 'lab-two', name: 'short' });
  const told = await here.page.sets.export({ dir, namespaces: ['lab-two'], overwrite: true }, context);
  expect(told).toMatchObject({ removed: ['virtualmachines/lab-two/short.yaml'], foreign: [], written: [] });
  const { 'virtualmachines/lab-two/short.yaml': gone, '.hearth-set.json': _before, ...rest } = before;
  expect(gone).toContain('short');
  expect(filesOf(dir)).toMatchObject(rest);
  // They are still known as Hearth's own.
  expect(await exported(here, dir)).toMatchObject({ removed: [], foreign: [], written: [], unchanged: Object.keys(rest).length }); // prettier-ignore
});

/** The schedule as Hearth takes it, so that it is in force. */
async function stateSchedule({ page }: Lab): Promise<object | undefined> {
  for await (const { schedule } of page.snapshots.watch(ref('web'), context)) return schedule?.schedule;
  return undefined;
}

describe('plan and apply', () => {
  test('says what would be done by paths and no values, does it, and the second time nothing', async () => {
    const dir = join(folder, 'plan');
    put(dir, 'a.yaml', map('one'));
    put(dir, 'b.yml', `${map('two', 'secret-value')}---\n${map('three')}`);
    expect(await wordsOf(here, dir)).toMatchObject({ 'ConfigMap one': 'create', 'ConfigMap two': 'create', 'VirtualMachine web': 'only there' }); // prettier-ignore
    expect(await applied(here, dir)).toMatchObject({ ok: true, created: 3 });
    expect(await applied(here, dir)).toMatchObject({ ok: true, created: 0, changed: 0, unchanged: 3 });
    put(dir, 'a.yaml', map('one', 'new-value'));
    const plan = await here.page.sets.plan({ dir, ...how }, context);
    const one = plan.objects.find(({ name }) => name === 'one');
    expect(one).toMatchObject({ word: 'change', fields: ['data.a'], file: 'a.yaml', line: 1 });
    expect(JSON.stringify(plan)).not.toMatch(/new-value|secret-value/);
    expect(await applied(here, dir)).toMatchObject({ ok: true, changed: 1, unchanged: 2 });
  });

  test('what one object is refused for does not keep the others, and the task says so', async () => {
    const dir = join(folder, 'refused');
    put(dir, 'a.yaml', map('good'));
    put(dir, 'b.yaml', map('bad', '1', 'no-such-namespace'));
    put(dir, 'c.yaml', 'apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\n');
    const task = await done(here, (await here.page.sets.apply({ dir, ...how }, context)).taskId);
    expect(task).toMatchObject({ state: 'failed', problem: { code: 'set-partly-applied' } });
    expect(task.problem?.output?.join('\n')).toMatch(
      /b\.yaml:1: ConfigMap no-such-namespace\/bad[\s\S]*c\.yaml:1: Widget w/,
    );
    expect(await there(here, kinds.configMaps, 'good')).toBe(true);
  });

  test('prunes what it applied before and nothing else: machines into the bin, disks with a word of their own', async () => {
    const dir = join(folder, 'pruned');
    const disk =
      'apiVersion: cdi.kubevirt.io/v1beta1\nkind: DataVolume\nmetadata: {name: data, namespace: default}\nspec: {source: {blank: {}}, storage: {resources: {requests: {storage: 16Mi}}}}\n';
    put(dir, 'keep.yaml', map('kept'));
    put(dir, 'map.yaml', map('gone'));
    put(dir, 'vm.yaml', JSON.stringify(machine('pruned', { userData: '#cloud-config\n' })));
    put(dir, 'disk.yaml', disk);
    expect(await applied(here, dir)).toMatchObject({ ok: true, created: 4 });
    for (const file of ['map.yaml', 'vm.yaml', 'disk.yaml']) rmSync(join(dir, file));
    expect(await wordsOf(here, dir)).toMatchObject({ 'ConfigMap gone': 'keep', 'VirtualMachine pruned': 'keep', 'DataVolume data': 'keep', 'VirtualMachine web': 'only there' }); // prettier-ignore
    // Somebody made that one anew: it is the set's no more.
    await here.kube.delete(kinds.configMaps, ref('gone'));
    await here.kube.create(kinds.configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref('gone'), data: {} });
    expect(await wordsOf(here, dir, { prune: true })).toMatchObject({ 'VirtualMachine pruned': 'remove', 'DataVolume data': 'keep' }); // prettier-ignore
    expect(await applied(here, dir, { prune: true })).toMatchObject({ ok: true, removed: 1 });
    expect(await there(here, kinds.configMaps, 'gone')).toBe(true);
    expect(await there(here, kinds.dataVolumes, 'data')).toBe(true);
    const bin = await here.kube.list(kinds.secrets, 'default', 'hearth.dev/bin');
    expect(bin.some(({ data }) => Buffer.from(String((data as Record<string, string>)['machine.json']), 'base64').includes('"pruned"'))).toBe(true); // prettier-ignore
    expect(await applied(here, dir, { prune: true, pruneDisks: true })).toMatchObject({ ok: true, removed: 1 });
    // A folder that was emptied takes nothing away.
    const nothing = join(folder, 'nothing');
    mkdirSync(nothing);
    const empty = { name: 'pruned', prune: true };
    expect(await applied(here, nothing, empty)).toMatchObject({
      ok: false,
      removed: 0,
      findings: [{ file: '.', line: 0 }],
    });
    expect(await there(here, kinds.configMaps, 'kept')).toBe(true);
    const [marked] = (await here.kube.list(kinds.dataVolumes, 'default')).filter(
      ({ metadata }) => metadata.name === 'data',
    );
    expect(marked?.metadata.labels).toHaveProperty(['hearth.dev/bin']);
    expect(await applied(here, dir, { prune: true, pruneDisks: true })).toMatchObject({ ok: true, removed: 0 });
  });
});

test('what another set holds is not removed: the set gives it up', async () => {
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  put(one, 'shared.yaml', map('shared'));
  put(one, 'own.yaml', map('own'));
  put(one, 'more.yaml', map('more'));
  put(other, 'shared.yaml', map('shared'));
  put(other, 'more.yaml', map('not-shared'));
  for (const dir of [one, other]) expect(await applied(here, dir)).toMatchObject({ ok: true });
  for (const file of ['shared.yaml', 'own.yaml']) rmSync(join(one, file));
  expect(await wordsOf(here, one, { prune: true })).toMatchObject({ 'ConfigMap shared': 'keep', 'ConfigMap own': 'remove' }); // prettier-ignore
  const result = await applied(here, one, { prune: true });
  expect(result).toMatchObject({ ok: true, removed: 1, told: [{ name: 'shared', word: 'keep' }] });
  expect(result.told[0]?.detail).toContain('The set other holds it.');
  expect(await there(here, kinds.configMaps, 'shared')).toBe(true);
  expect(await applied(here, one, { prune: true })).toMatchObject({ ok: true, removed: 0, told: [] });
  // Nobody else holds it now.
  rmSync(join(other, 'shared.yaml'));
  expect(await applied(here, other, { prune: true })).toMatchObject({ ok: true, removed: 1, told: [] });
  expect(await there(here, kinds.configMaps, 'shared')).toBe(false);
  // A list that cannot be read may name anything.
  await here.kube.patch(kinds.configMaps, ref('hearth-set-other'), { data: { objects: '[' } }, { type: 'merge' });
  put(one, 'again.yaml', map('again'));
  rmSync(join(one, 'more.yaml'));
  expect(await applied(here, one, { prune: true })).toMatchObject({ removed: 0, told: [{ name: 'more', word: 'keep' }] }); // prettier-ignore
  await here.kube.delete(kinds.configMaps, ref('hearth-set-other'));
}, 60_000);

describe('what a folder may not do', () => {
  const refused = async (dir: string): Promise<string> => {
    const { findings, objects } = await here.page.sets.plan({ dir, ...how }, context);
    expect(objects).toEqual([]);
    await expect(here.page.sets.apply({ dir, ...how }, context)).rejects.toMatchObject({ problem: { code: 'set-unreadable' } }); // prettier-ignore
    return findings.map(({ file, line, message }) => `${file}:${line} ${message}`).join('\n');
  };

  test('one wrong file changes nothing, and is told with its line', async () => {
    const dir = join(folder, 'broken');
    put(dir, 'a.yaml', map('never'));
    put(dir, 'b/c.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n data: [\n');
    put(dir, 'd.yaml', 'apiVersoin: v1\nkind: ConfigMap\nmetadata: {name: y}\n');
    expect(await refused(dir)).toMatch(/^b\/c\.yaml:5 .*\n(.*\n)*d\.yaml:1 .*apiVersion/);
    expect(await there(here, kinds.configMaps, 'never')).toBe(false);
  });

  test('links, bombs, what is too large, no text, and one object in two files are refused', async () => {
    const dir = join(folder, 'hostile');
    put(dir, 'a.yaml', map('twice'));
    put(dir, 'b.yaml', map('twice'));
    symlinkSync('/etc/passwd', join(dir, 'link.yaml'));
    symlinkSync('/etc', join(dir, 'etc'));
    put(dir, 'large.yaml', `a: "${'x'.repeat(600_000)}"`);
    writeFileSync(join(dir, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0xff, 0xfe]));
    put(dir, 'bomb.yaml', `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghij'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[at]}`).join(',')}]`).join('\n')}\n`); // prettier-ignore
    put(dir, 'deep.yaml', '['.repeat(50_000));
    execFileSync('mkfifo', [join(dir, 'pipe.yaml')]);
    const told = await refused(dir);
    for (const each of [/^link\.yaml:0 .*link/m, /^etc:0 .*link/m, /^large\.yaml:0 .*512 KiB/m, /^latin\.yaml:0 .*UTF-8/m, /^bomb\.yaml:1 .*alias/m, /^deep\.yaml:/m, /^b\.yaml:1 .*a\.yaml, line 1/m]) expect(told).toMatch(each); // prettier-ignore
    expect(told).not.toContain('root:');
  });

  test('an export does not write through a link, and keeps away from a damaged list', async () => {
    const dir = join(folder, 'trap');
    const outside = join(folder, 'outside');
    mkdirSync(outside, { recursive: true });
    mkdirSync(dir, { recursive: true });
    symlinkSync(outside, join(dir, 'virtualmachines'));
    await expect(exported(here, dir)).rejects.toMatchObject({ problem: { code: 'set-folder' } });
    expect(readdirSync(outside)).toEqual([]);
    rmSync(join(dir, 'virtualmachines'));
    put(dir, '.hearth-set.json', '{"version":1,"files":{"../outside/x.yaml":"0"}}');
    put(outside, 'x.yaml', 'mine');
    await exported(here, dir);
    expect(readFileSync(join(outside, 'x.yaml'), 'utf8')).toBe('mine');
    put(dir, '.hearth-set.json', '{');
    await expect(exported(here, dir)).rejects.toMatchObject({ problem: { code: 'set-folder' } });
  });
});

describe('in step with Git', () => {
  const work = join(folder, 'work');
  const bare = join(folder, 'bare.git');
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.org', '-c', 'init.defaultBranch=main', '-C', work, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim(); // prettier-ignore
  const commit = (text: string): string => {
    git('add', '-A');
    git('commit', '-qm', text);
    git('push', '-q', 'origin', 'HEAD:main');
    return git('rev-parse', 'HEAD');
  };
  const last = async (is: (result: SetResult) => boolean): Promise<SetResult> =>
    vi.waitFor(async () => {
      const { last: found } = await stateOf(here);
      if (!found || !is(found)) throw new Error(`not yet: ${JSON.stringify(found)}`);
      return found;
    }, 30_000);

  test('a branch is applied when it changes; a broken commit changes nothing and names its file and line', async () => {
    mkdirSync(work, { recursive: true });
    execFileSync('git', ['init', '-q', '--bare', bare]);
    git('init', '-q');
    git('remote', 'add', 'origin', bare);
    put(work, 'lab/a.yaml', map('from-git'));
    put(work, 'README.md', 'not of the set');
    put(work, 'other.yaml', 'nothing: of the set\n');
    const first = commit('one');
    const source = { type: 'git' as const, url: `file://${bare}`, branch: 'main', within: 'lab', every: 5 };
    await here.page.sets.follow({ source, prune: true, pruneDisks: false }, context);
    expect(await last(({ commit: at }) => at === first)).toMatchObject({ ok: true, created: 1, name: 'lab' });
    put(work, 'lab/a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n data: [\n');
    put(work, 'lab/b.yaml', map('not-yet'));
    const broken = commit('two');
    const wrong = await last(({ commit: at }) => at === broken);
    expect(wrong).toMatchObject({
      ok: false,
      created: 0,
      findings: [{ file: 'a.yaml', line: 5 }, ...wrong.findings.slice(1)],
    });
    expect(await there(here, kinds.configMaps, 'not-yet')).toBe(false);
    expect(await there(here, kinds.configMaps, 'from-git')).toBe(true);
    rmSync(join(work, 'lab/a.yaml'));
    const third = commit('three');
    expect(await last(({ commit: at }) => at === third)).toMatchObject({ ok: true, created: 1, removed: 1 });
    expect(await there(here, kinds.configMaps, 'from-git')).toBe(false);
    // A commit of the same repository, asked for at once.
    put(work, 'lab/b.yaml', map('not-yet', '2'));
    const fourth = commit('four');
    expect(await here.page.sets.applyNow({}, context)).toMatchObject({ ok: true, changed: 1, commit: fourth });
    // Neither a link nor a hook of it does anything.
    symlinkSync('/etc/passwd', join(work, 'lab/link.yaml'));
    commit('five');
    expect((await here.page.sets.applyNow({}, context)).findings).toMatchObject([{ file: 'link.yaml', line: 0 }]);
    rmSync(bare, { recursive: true });
    expect(await here.page.sets.applyNow({}, context)).toMatchObject({ ok: false, problem: { title: 'The repository could not be read' } }); // prettier-ignore
    await here.page.sets.forget({}, context);
    expect((await stateOf(here)).follow).toBeUndefined();
  }, 120_000);

  test('a folder is applied when its files change', async () => {
    const dir = join(folder, 'followed');
    put(dir, 'a.yaml', map('seen'));
    await here.page.sets.follow({ source: { type: 'folder', dir }, prune: false, pruneDisks: false }, context);
    await last(({ created, name }) => created === 1 && name === 'followed');
    put(dir, 'a.yaml', map('seen', '2'));
    await last(({ changed }) => changed === 1);
    expect((await here.kube.get(kinds.configMaps, 'default', 'seen'))['data']).toEqual({ a: '2' });
    await here.page.sets.forget({}, context);
  }, 60_000);

  test('a cluster that is forgotten is followed no more, also when it is added anew', async () => {
    const dir = join(folder, 'cluster');
    put(dir, 'a.yaml', map('of-a-cluster'));
    const add = () => here.page.targets.addCluster({ text: readFileSync(backends[1]?.kubeconfig ?? '', 'utf8'), allowExec: false, name: 'Other', use: true }, context); // prettier-ignore
    const { id } = await add();
    await here.page.sets.follow({ source: { type: 'folder', dir }, prune: false, pruneDisks: false }, context);
    await last(({ created }) => created === 1);
    await here.page.targets.forget({ id }, context);
    expect((await add()).id).toBe(id);
    await expect.poll(async () => stateOf(here), { timeout: 20_000 }).toEqual({ busy: false });
    await here.page.targets.forget({ id }, context);
  }, 60_000);

  test.each(['ext::sh -c id', '--upload-pack=id', 'http://example.org/a', 'git://example.org/a', 'https://me:word@example.org/a', 'https://token@example.org/a', 'ssh://-oProxyCommand=id/x', 'me@host:-x', '/a/path', 'file:///a b'])(
    'refuses the address %s', async (url) => {
      const source = { type: 'git' as const, url, branch: 'main', within: '', every: 300 };
      await expect(Promise.resolve(here.page.sets.follow({ source, prune: false, pruneDisks: false }, context))).rejects.toMatchObject({ problem: { code: 'set-address' } });
    }); // prettier-ignore
});
