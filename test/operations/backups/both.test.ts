import { execFileSync, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { BackupPoint } from '../../../main/contract/backups.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-backups-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const password = 'correct horse battery';
const ref = (name: string) => ({ namespace: 'default', name });
const keep = { last: 0, daily: 7, weekly: 4, monthly: 6 };
/** restic itself, as a person would ask it. */
const restic = (path: string, ...args: string[]): string =>
  execFileSync('restic', ['-r', path, ...args], {
    encoding: 'utf8',
    env: { ...process.env, RESTIC_PASSWORD: password },
  });
const machinePoints = async (lab: OperationsLab, placeId: string): Promise<BackupPoint[]> =>
  (await lab.api.backups.getPoints({ placeId })).filter(({ kind }) => kind === 'machine');
const left = async (lab: OperationsLab): Promise<string[]> => {
  const found: string[] = [];
  for (const path of ['export.kubevirt.io/v1/namespaces/default/virtualmachineexports', 'snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots'])
    for (const { metadata } of (await lab.kube.request('GET', `/apis/${path}`)).items as { metadata: { name: string } }[]) found.push(metadata.name);
  return found;
}; // prettier-ignore

describeTargets('backups', (lab) => {
  const path = (): string => join(folder, lab.kind);
  let placeId = '';

  test('a place is made once; secrets stand in files of their own, and on no command line', async () => {
    const place = { type: 'folder', path: path() } as const;
    const nowhere = { type: 'folder', path: join(folder, 'no', 'such', 'mount') } as const;
    expect((await problemOf(lab.api.backups.addPlace({ name: 'NAS', place: nowhere, password }))).code).toBe(
      'bad-path',
    );
    const empty = await problemOf(lab.api.backups.addPlace({ name: 'NAS', place, password, create: false }));
    expect([empty.code, empty.fix]).toEqual(['backup-place-empty', expect.stringContaining('mount')]);
    expect(await lab.api.backups.addPlace({ name: 'NAS', place, password })).toMatchObject({ made: true });
    expect((await problemOf(lab.api.backups.addPlace({ name: 'again', place, password }))).code).toBe('already-exists');
    const view = await until(lab.api.backups.watch({}), ({ places }) => places.length === 1);
    placeId = view.places[0]!.id;
    const { dataDir } = await lab.api.app.info({});
    const kept = readdirSync(join(dataDir, 'backups'));
    expect(kept.filter((name) => name.endsWith('.password'))).toEqual([`${placeId}.password`]);
    expect(statSync(join(dataDir, 'backups', `${placeId}.password`)).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'backups')).mode & 0o777).toBe(0o700);
    for (const file of ['backups/places.json', 'audit.jsonl', 'logs/hearth.log'])
      expect(readFileSync(join(dataDir, file), 'utf8')).not.toContain(password);
    await lab.api.backups.removePlace({ placeId });
    const wrong = lab.api.backups.addPlace({ name: 'NAS', place, password: 'not the same one' });
    expect((await problemOf(wrong)).code).toBe('backup-wrong-password');
    const back = await lab.api.backups.addPlace({ name: 'NAS', place, password, create: false });
    expect(back.made).toBe(false);
    placeId = back.placeId;
  });

  test('all machines are kept; the second time next to nothing is new; nothing of the way stays', async () => {
    for (const name of ['web', 'db']) {
      await lab.create(blank(name, { description: `the ${name}` }));
      await lab.machine(name, ({ row }) => row.status === 'Stopped');
    }
    await lab.api.organise.change({ ...ref('web'), folder: 'home/servers', notes: 'do not touch' });
    await lab.done((await lab.api.backups.run({ placeId })).taskId);
    const points = await machinePoints(lab, placeId);
    expect(points.map(({ name }) => name).sort()).toEqual(['db', 'web']);
    expect(points.every(({ byHand, size }) => byHand && size >= 64 * 2 ** 20)).toBe(true);
    expect(await left(lab)).toEqual([]);
    await lab.done((await lab.api.backups.run({ placeId, machines: [ref('web')] })).taskId);
    const [latest] = await machinePoints(lab, placeId);
    expect(latest).toMatchObject({ name: 'web' });
    expect(latest!.added).toBeLessThan(200_000);
    const { places } = await until(lab.api.backups.watch({}), () => true);
    expect(places[0]?.last).toMatchObject({ machines: 1, failed: [] });
    // What is there is restic's own: any restic reads it.
    expect(restic(path(), 'check')).toContain('no errors were found');
  });

  test('restored beside itself, and in the place of a lost one with its addresses, folder and notes', async () => {
    const [point] = await machinePoints(lab, placeId);
    const at = { placeId, point: point!.id };
    const taken = await lab.task((await lab.api.backups.restore({ ...at, name: 'web' })).taskId);
    expect(taken.problem?.code).toBe('already-exists');
    const before = await lab.get('kubevirt.io/v1', 'virtualmachines', 'web');
    await lab.done((await lab.api.backups.restore({ ...at, name: 'copy', identity: 'new' })).taskId);
    const copy = await lab.get('kubevirt.io/v1', 'virtualmachines', 'copy');
    await lab.remove('web');
    await expect.poll(() => lab.get('kubevirt.io/v1', 'virtualmachines', 'web').then(() => 'there', () => 'gone')).toBe('gone'); // prettier-ignore
    await expect.poll(() => lab.get('cdi.kubevirt.io/v1beta1', 'datavolumes', 'web-root').then(() => 'there', () => 'gone')).toBe('gone'); // prettier-ignore
    await lab.done((await lab.api.backups.restore({ ...at, name: 'web' })).taskId);
    const after = await lab.get('kubevirt.io/v1', 'virtualmachines', 'web');
    const firmware = (vm: object) => (vm as { spec: { template: { spec: { domain: { firmware?: unknown } } } } }).spec.template.spec.domain.firmware; // prettier-ignore
    const cards = (vm: object) => (vm as { spec: { template: { spec: { domain: { devices: { interfaces: unknown } } } } } }).spec.template.spec.domain.devices.interfaces; // prettier-ignore
    expect([firmware(after), cards(after)]).toEqual([firmware(before), cards(before)]);
    expect(after.metadata.annotations).toMatchObject({ 'hearth.dev/folder': 'home/servers', 'hearth.dev/notes': 'do not touch', 'hearth.dev/description': 'the web' }); // prettier-ignore
    expect(copy.metadata.annotations).toMatchObject({ 'hearth.dev/folder': 'home/servers' });
  });

  test('a machine that cannot be kept fails loudly, and the others are kept all the same', async () => {
    const run = lab.api.backups.run({ placeId, machines: [ref('nobody'), ref('db')] });
    const task = await lab.task((await run).taskId);
    expect(task).toMatchObject({ state: 'failed', problem: { code: 'backup-incomplete' } });
    expect(task.steps.map(({ title, state }) => [title, state])).toContainEqual(['Back up nobody', 'failed']);
    expect((await machinePoints(lab, placeId)).filter(({ name }) => name === 'db')).toHaveLength(2);
    const { places } = await until(lab.api.backups.watch({}), () => true);
    expect(places[0]?.last?.failed).toMatchObject([{ name: 'nobody' }]);
  });

  test('an unmounted place, a foreign lock, damage: each says what to do', async () => {
    renameSync(path(), `${path()}.away`);
    mkdirSync(path());
    const away = await lab.task((await lab.api.backups.run({ placeId })).taskId);
    expect(away.problem).toMatchObject({ code: 'backup-place-empty', fix: expect.stringContaining('mount') });
    rmSync(path(), { recursive: true });
    renameSync(`${path()}.away`, path());

    // Another program in the middle of its work: nothing is removed under it, until a person says that it is gone.
    const other = spawn('restic', ['-r', path(), 'backup', '--stdin', '--host', 'elsewhere'], { stdio: ['pipe', 'ignore', 'ignore'], env: { ...process.env, RESTIC_PASSWORD: password } }); // prettier-ignore
    const [old] = (await machinePoints(lab, placeId)).toReversed();
    await expect.poll(() => readdirSync(join(path(), 'locks')).length, { timeout: 20_000 }).toBe(1);
    const remove = async () => lab.task((await lab.api.backups.removePoints({ placeId, points: [old!.id] })).taskId);
    expect((await remove()).problem).toMatchObject({ code: 'backup-place-locked', fix: expect.stringContaining('unlock') }); // prettier-ignore
    const ended = new Promise((resolve) => other.once('close', resolve));
    other.kill('SIGKILL');
    await ended;
    await lab.api.backups.unlock({ placeId });
    expect((await remove()).state).toBe('done');
    expect((await machinePoints(lab, placeId)).map(({ id }) => id)).not.toContain(old!.id);

    const [snapshot] = JSON.parse(restic(path(), 'snapshots', '--json', '--tag', 'hearth-disk')) as { id: string }[];
    expect(snapshot).toBeDefined();
    const points = await machinePoints(lab, placeId);
    const pack = readdirSync(join(path(), 'data'), { recursive: true, encoding: 'utf8' }).map((name) => join(path(), 'data', name)).filter((name) => statSync(name).isFile()); // prettier-ignore
    for (const file of pack) {
      const bytes = readFileSync(file);
      rmSync(file);
      writeFileSync(file, bytes.fill(7));
    }
    const check = await lab.task((await lab.api.backups.verify({ placeId, percent: 100 })).taskId);
    expect(check.problem?.code).toBe('backup-damaged');
    const restore = await lab.task((await lab.api.backups.restore({ placeId, point: points[0]!.id, name: 'broken' })).taskId); // prettier-ignore
    expect(restore.problem?.code).toBe('backup-damaged');
    const gone = () => lab.get('kubevirt.io/v1', 'virtualmachines', 'broken').then(() => 'there', () => 'gone'); // prettier-ignore
    expect(await gone()).toBe('gone');
  });

  test('a plan is kept and told; without it nothing comes by itself', async () => {
    const plan = { rhythm: { every: 'day', at: '02:00' } as const, keep, target: (await until(lab.api.target.watch({}), () => true)).id, machines: 'all' as const }; // prettier-ignore
    await lab.api.backups.setPlan({ placeId, plan });
    const { places } = await until(lab.api.backups.watch({}), (view) => view.places[0]?.next !== undefined);
    expect(new Date(places[0]!.next!).getTime()).toBeGreaterThan(Date.now());
    expect(new Date(places[0]!.next!).getHours()).toBe(2);
    const other = { ...plan, target: 'no-such-target' };
    expect((await problemOf(lab.api.backups.setPlan({ placeId, plan: other }))).code).toBe('not-found');
    await lab.api.backups.setPlan({ placeId, plan: null });
    await until(lab.api.backups.watch({}), (view) => view.places[0]?.plan === undefined);
  });
});
