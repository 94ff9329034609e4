import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRegistry, quickLabId } from '../../../main/backend/targets/registry.ts';
import type { Registry } from '../../../main/backend/targets/registry.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { silent } from '../../support/store.ts';

let folder: string;
let file: string;
const open: Registry[] = [];
const registry = async (): Promise<Registry> => {
  const opened = await openRegistry({ file, log: silent });
  open.push(opened);
  return opened;
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-registry-'));
  file = join(folder, 'targets.json');
});
afterEach(() => {
  for (const each of open.splice(0)) each.close();
  rmSync(folder, { recursive: true, force: true });
});
const box = {
  id: 'box',
  name: 'Box',
  kind: 'appliance',
  place: 'box.lan',
  kubeconfig: '/elsewhere/kubeconfig',
} as const;
const ids = (of: Registry): string[] => of.entries.map(({ id }) => id);

describe('the targets that are remembered', () => {
  test('the Quick lab alone at first, and nothing is written for it', async () => {
    const first = await registry();
    expect(first.entries).toEqual([
      { id: quickLabId, name: 'Quick lab', kind: 'quick-lab', place: 'this computer', kubeconfig: join(folder, 'kubeconfig'), revision: 1 },
    ]); // prettier-ignore
    expect([first.currentId, first.notice, await readdir(folder)]).toEqual([quickLabId, undefined, []]);
  });
  test('are there again, with the current one; a removed current one gives way to the Quick lab', async () => {
    const first = await registry();
    await first.put({ ...box, use: true });
    await first.rename('box', 'The box');
    await first.rename(quickLabId, 'Sandbox');
    const again = await registry();
    expect(again.entries.map(({ name }) => name)).toEqual(['Sandbox', 'The box']);
    expect([again.currentId, again.entries[1]?.kubeconfig]).toEqual(['box', '/elsewhere/kubeconfig']);
    await again.remove('box');
    expect([ids(again), again.currentId]).toEqual([[quickLabId], quickLabId]);
    await again.remove('never-there');
    await again.remove(quickLabId);
    expect(ids(again)).toEqual([quickLabId]);
  });
  test('a kubeconfig in the data directory is remembered relative to it', async () => {
    await (await registry()).put({ ...box, kubeconfig: join(folder, 'targets/box/kubeconfig') });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ targets: [{}, { kubeconfig: 'targets/box/kubeconfig' }] }); // prettier-ignore
    expect((await registry()).entries[1]?.kubeconfig).toBe(join(folder, 'targets/box/kubeconfig'));
  });
  test('put again: the same target, to be read anew', async () => {
    const first = await registry();
    await first.put(box);
    await first.put({ ...box, place: '10.0.0.7' });
    expect(first.entries[1]).toMatchObject({ place: '10.0.0.7', revision: 2 });
    expect(first.entries).toHaveLength(2);
  });
  test('what is not known is refused; names of folders are no names of targets', async () => {
    const first = await registry();
    for (const work of [first.use('x'), first.rename('x', 'y')])
      expect(((await work.catch((error: unknown) => error)) as ProblemError).problem.code).toBe('target-not-found');
    for (const id of ['../up', '', '.hidden', 'A', 'a/b'])
      await expect(first.put({ ...box, id })).rejects.toThrow('id');
    expect(ids(first)).toEqual([quickLabId]);
  });
  test('two that change the file at once lose nothing of each other', async () => {
    const all = [await registry(), await registry()];
    for (let n = 0; n < 5; n += 1)
      for (const [at, each] of all.entries()) await each.put({ ...box, id: `box-${at}-${n}` });
    const seen = ids(await registry());
    expect(seen).toHaveLength(11);
    await expect.poll(() => all.map(ids)).toEqual([seen, seen]);
  });
  test('what another process writes is noticed', async () => {
    const first = await registry();
    let told = 0;
    first.listen(() => (told += 1));
    const other = await registry();
    await other.put({ ...box, use: true });
    await expect.poll(() => first.currentId).toBe('box');
    expect(told).toBe(1);
  });
  test('a damaged file is set aside, and that is told', async () => {
    await writeFile(file, '{"version": 1, "targets": [');
    const first = await registry();
    expect([ids(first), first.notice?.code]).toEqual([[quickLabId], 'targets-file-damaged']);
    const [aside] = await readdir(folder);
    expect(await readFile(join(folder, aside ?? ''), 'utf8')).toContain('"targets": [');
    await first.put(box);
    expect(ids(await registry())).toEqual([quickLabId, 'box']);
  });
});
