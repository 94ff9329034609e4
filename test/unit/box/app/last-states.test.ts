import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLastStates } from '../../../../main/backend/boxes/book/last-states.ts';
import type { BoxState } from '../../../../main/contract/box/state.ts';
import { stateOf } from '../../../support/boxes/stand-in.ts';
import { silent } from '../../../support/store.ts';

const one = { id: '1'.repeat(32), fingerprint: 'a'.repeat(64) };
const two = { id: '2'.repeat(32), fingerprint: 'b'.repeat(64) };
let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'last-states-'));
  folder = join(root, 'last');
});
afterEach(() => rm(root, { recursive: true, force: true }));
const opened = (boxes = [one, two], paceMs?: number) =>
  openLastStates({ folder, boxes, log: silent, ...(paceMs !== undefined && { paceMs }) });
const fileOf = ({ id }: { id: string }): string => join(folder, `${id}.json`);
const says = (words: string, change: Partial<BoxState> = {}): BoxState => ({ ...stateOf(one.id), words, ...change });

it('what was said last is there again, and when; nobody else may read it', async () => {
  const before = await opened();
  before.keep(one, says('first'));
  before.keep(one, says('last'));
  await before.close();
  const after = await opened();
  expect(after.get(one)).toMatchObject({ state: { words: 'last', boxId: one.id } });
  expect(Date.now() - Date.parse(after.get(one)?.heardAt ?? '')).toBeLessThan(60_000);
  expect(after.get(two)).toBeUndefined();
  expect([(await stat(folder)).mode & 0o777, (await stat(fileOf(one))).mode & 0o777]).toEqual([0o700, 0o600]);
});

it('is written at once, then not more often than its pace', async () => {
  const states = await opened([one], 150);
  const written = async (): Promise<string> =>
    (JSON.parse(await readFile(fileOf(one), 'utf8')) as { state: BoxState }).state.words;
  states.keep(one, says('0'));
  await expect.poll(() => existsSync(fileOf(one))).toBe(true);
  const inodes = new Set<number>();
  for (let at = 1; at <= 60; at += 1) {
    states.keep(one, says(String(at)));
    inodes.add((await stat(fileOf(one))).ino);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(inodes.size).toBeLessThan(10);
  await expect.poll(written).toBe('60');
  await states.close();
});

it('belongs to one key: what a former one said is not shown', async () => {
  const before = await opened();
  before.keep(one, says('old'));
  const anew = { ...one, fingerprint: 'c'.repeat(64) };
  expect(before.get(anew)).toBeUndefined();
  await before.close();
  const after = await opened([anew]);
  expect(after.get(anew)).toBeUndefined();
  expect(await readdir(folder)).toEqual([]);
});

it('a forgotten box leaves nothing, nor does one that another process forgot', async () => {
  const before = await opened();
  before.keep(one, says('x'));
  before.keep(two, says('y', { boxId: two.id }));
  before.drop(one.id);
  await before.close();
  expect(await readdir(folder)).toEqual([`${two.id}.json`]);
  await opened([one]);
  expect(await readdir(folder)).toEqual([]);
});

it.each([
  ['cut', () => '{"version":1,"finger'],
  ['of another version', (text: string) => text.replace('"version": 1', '"version": 2')],
  ['with a state that is none', (text: string) => text.replace('"stage": "setup"', '"stage": "moon"')],
  ['as long as nothing we wrote', (text: string) => text + ' '.repeat(1024 * 1024)],
  ['empty', () => ''],
])('a file %s costs that memory and nothing else', async (_how, spoil) => {
  const before = await opened();
  before.keep(one, says('x'));
  before.keep(two, says('y', { boxId: two.id }));
  await before.close();
  await writeFile(fileOf(one), spoil(await readFile(fileOf(one), 'utf8')));
  const after = await opened();
  expect([after.get(one), after.get(two)?.state.words]).toEqual([undefined, 'y']);
  after.keep(one, says('again'));
  await after.close();
  expect((await opened()).get(one)?.state.words).toBe('again');
});

it('what programs printed is not kept, and a state beyond measure neither', async () => {
  const states = await opened();
  const problem = { code: 'x', title: 'x', detail: 'x', kind: 'failed' as const, output: ['https://me:geheim@proxy'], command: 'curl geheim' }; // prettier-ignore
  const update = { running: '1', failed: { version: '2', at: 'x', problem } };
  states.keep(one, says('x', { problem, update }));
  states.keep(two, says('y', { addresses: Array.from({ length: 5000 }, () => ({ interface: 'e'.repeat(60), kind: 'other', mac: '', link: true })) })); // prettier-ignore
  await states.close();
  expect(await readFile(fileOf(one), 'utf8')).not.toContain('geheim');
  expect((await opened()).get(one)?.state).toMatchObject({ problem: { code: 'x' }, update: { running: '1', failed: { version: '2' } } }); // prettier-ignore
  expect(existsSync(fileOf(two))).toBe(false);
});

it('a disk that takes nothing stops nobody', async () => {
  await mkdir(folder);
  const states = await opened([one], 10);
  // In the way of the rename, also for root.
  await mkdir(fileOf(one));
  states.keep(one, says('x'));
  states.keep(one, says('y'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(states.get(one)?.state.words).toBe('y');
  await rm(fileOf(one), { recursive: true });
  await chmod(folder, 0o700);
  await states.close();
  expect((await opened()).get(one)?.state.words).toBe('y');
});
