import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openUsers } from '../../../main/backend/access/users.ts';
import { openPlaces, planAgain } from '../../../main/backend/backups/places.ts';
import { renamedNetwork, networkDefinition } from '../../../main/backend/networks/definition.ts';
import type { DataPaths } from '../../../main/backend/paths.ts';
import { folderOf, putAside, sweepAside } from '../../../main/backend/targets/folders.ts';
import { openRegistry } from '../../../main/backend/targets/registry.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import { silentLog } from '../../support/boxes/silent-log.ts';

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'hearth-undo-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(() => 'it worked', (error: unknown) => asProblem(error).code); // prettier-ignore

test('a person comes back with id, role, password and place in the list, and has to sign in again', async () => {
  const users = await openUsers({ file: join(root, 'users.json'), log: silentLog, cost: { N: 1024, r: 8, p: 1 } });
  const add = (name: string, role: 'admin' | 'operator') => users.add({ name, role, password: `${name} likes green trams` }); // prettier-ignore
  await add('ada', 'admin');
  const olga = await add('olga', 'operator');
  await add('stu', 'operator');
  const back = await users.remove(olga.id);
  expect(await users.check('olga', 'olga likes green trams')).toBeUndefined();
  await back();
  await back(); // cut off after its write it is done again
  expect(users.list().map(({ name }) => name)).toEqual(['ada', 'olga', 'stu']);
  const again = await users.check('olga', 'olga likes green trams');
  expect(again).toMatchObject({ id: olga.id, role: 'operator', createdAt: olga.createdAt });
  expect(again?.stamp).not.toBe(olga.stamp);

  const late = await users.remove(olga.id);
  await add('Olga', 'operator');
  expect(await codeOf(late())).toBe('name-taken');
  users.close();
});

test('a place of backups comes back with its password, its plan and its place in the list', async () => {
  const places = await openPlaces(root, silentLog, () => undefined);
  const add = async (name: string): Promise<string> => {
    const draft = await places.draft({ type: 'folder', path: `/mnt/${name}` }, `secret of ${name}`);
    await draft.keep(name);
    return draft.id;
  };
  const [nas] = [await add('nas'), await add('office')];
  const plan = { rhythm: { every: 'day', at: '03:00' }, keep: { last: 0, daily: 7, weekly: 4, monthly: 6 }, target: 'quick-lab', machines: 'all' } as const; // prettier-ignore
  const ended = { plan, since: '2026-11-01T00:00:00.000Z', served: '2026-11-02T03:00:00.000Z' };
  await places.change(nas, { plan: undefined, since: new Date().toISOString(), served: undefined });
  await planAgain(places, nas, ended);
  expect(places.get(nas)).toMatchObject(ended);
  expect(await codeOf(planAgain(places, nas, ended))).toBe('already-exists');
  const before = { ...places.get(nas) };
  const secret = join(root, `${nas}.password`);
  const back = await places.remove(nas);
  expect(readdirSync(root)).not.toContain(`${nas}.password`);
  expect(readFileSync(join(root, 'places.json'), 'utf8')).not.toContain('nas');
  await back();
  await back();
  expect(places.all().map(({ name }) => name)).toEqual(['nas', 'office']);
  expect(places.get(nas)).toEqual(before);
  expect(readFileSync(secret, 'utf8')).toBe('secret of nas');
  expect(statSync(secret).mode & 0o777).toBe(0o600);
  const late = await places.remove(nas);
  await add('nas');
  expect(await codeOf(late())).toBe('already-exists');
});

test('files of a forgotten target are put aside, had back, dropped, and swept at the next start', async () => {
  const paths = { root } as DataPaths;
  const folder = folderOf(paths, 'cluster-far');
  const fill = async (): Promise<void> => {
    await mkdir(join(folder, 'consoles'), { recursive: true });
    await writeFile(join(folder, 'kubeconfig'), 'secret', { mode: 0o600 });
    await writeFile(join(folder, 'consoles', 'web.log'), 'login:');
  };
  const aside = (): string[] => readdirSync(join(root, 'targets', '.forgotten'));
  await fill();
  const first = await putAside(paths, folder);
  expect(readdirSync(join(root, 'targets'))).toEqual(['.forgotten']);
  await first.back();
  expect(readFileSync(join(folder, 'kubeconfig'), 'utf8')).toBe('secret');
  expect(readFileSync(join(folder, 'consoles', 'web.log'), 'utf8')).toBe('login:');
  expect(aside()).toEqual([]);
  const second = await putAside(paths, folder);
  expect(aside().length).toBe(1);
  await second.drop();
  expect(aside()).toEqual([]);
  await fill();
  await putAside(paths, folder);
  await sweepAside(paths);
  expect(readdirSync(join(root, 'targets'))).toEqual([]);
});

test('a forgotten target is put back at its place of the list, and only once', async () => {
  const registry = await openRegistry({ file: join(root, 'targets.json'), log: silentLog });
  for (const id of ['a', 'b', 'c']) await registry.put({ id, name: id, kind: 'cluster', place: id, kubeconfig: join(root, id) }); // prettier-ignore
  await registry.mark('b', true);
  const entry = registry.entries[2]!;
  await registry.remove('b');
  await registry.putBack(entry, 2, true);
  expect(registry.entries.map(({ id }) => id)).toEqual(['quick-lab', 'a', 'b', 'c']);
  expect([registry.entries[2], registry.currentId]).toEqual([entry, 'b']);
  expect(await codeOf(registry.putBack(entry, 2, true))).toBe('already-exists');
  registry.close();
});

test('a network that comes back under another name has a switch of its own, and its addresses', () => {
  const old = networkDefinition({ namespace: 'default', name: 'red', subnet: '10.9.0.0/24' });
  const other = networkDefinition({ namespace: 'default', name: 'blue', subnet: '10.9.0.0/24' });
  expect(renamedNetwork(old, 'blue')).toEqual(other);
  expect(renamedNetwork(old, 'red')).toBe(old);
  const lan = networkDefinition({ namespace: 'default', name: 'lan', bridge: 'br0' });
  expect(String(renamedNetwork(lan, 'home').spec?.['config'])).toContain('"bridge":"br0"');
});
