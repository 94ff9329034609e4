import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import type { BackupPoint } from '../../../main/contract/backups.ts';
import { rowOf, serialShell, starterMachine, taskDone } from '../../e2e/support/guest.ts';
import { Lab } from '../../e2e/support/lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-nas-'));
const place = { type: 'folder', path: join(folder, 'backups') } as const;
const password = 'only I know it';
const MiB = 2 ** 20;
const web = { namespace: 'default', name: 'web' };
let here: Lab | undefined;
let there: Lab | undefined;
let placeId = '';

beforeAll(async () => {
  here = await Lab.start();
  placeId = (await (await here.api()).backups.addPlace({ name: 'NAS', place, password })).placeId;
  await starterMachine(await here.api(), 'web');
}, 240_000);
afterAll(async () => {
  await here?.end();
  await there?.end();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

const kill = (lab: Lab): Promise<unknown> => {
  const { process: child } = lab.hearth;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  return ended;
};
/** Bytes that the place takes on its disk. */
const taken = (): number => Number(execFileSync('du', ['-sb', place.path], { encoding: 'utf8' }).split('\t')[0]);
const pointsOf = async (api: Api): Promise<BackupPoint[]> =>
  (await api.backups.getPoints({ placeId })).filter(({ kind }) => kind === 'machine');
const left = (lab: Lab): string[] =>
  ['virtualmachineexports', 'virtualmachinesnapshots'].flatMap((kind) => {
    const args = ['--kubeconfig', lab.hearth.kubeconfig, 'get', kind, '-A', '-o', 'name'];
    return execFileSync('kubectl', args, { encoding: 'utf8' }).split('\n').filter(Boolean);
  });

describe('the computer dies', () => {
  test('a running machine is kept twice: the second time about as much as it wrote meanwhile', async () => {
    const api = await here!.api();
    const shell = await serialShell(api, web);
    const write = (name: string): Promise<string> => shell.run(`head -c ${8 * MiB} /dev/urandom > ~/${name}; sha256sum ~/${name} >> ~/sums; sync`); // prettier-ignore
    expect(await write('first')).toContain('end:0');
    await taskDone(api, (await api.backups.run({ placeId })).taskId);
    const first = taken();
    expect(await write('second')).toContain('end:0');
    shell.close();
    await taskDone(api, (await api.backups.run({ placeId })).taskId);
    const second = taken() - first;
    const [latest] = await pointsOf(api);
    process.stderr.write(`first ${(first / MiB).toFixed(1)} MiB, second ${(second / MiB).toFixed(1)} MiB (told: ${(latest!.added / MiB).toFixed(1)} MiB)\n`); // prettier-ignore
    // Chunks are about a megabyte: what is new comes with some of its surroundings.
    expect(second).toBeGreaterThan(8 * MiB);
    expect(second).toBeLessThan(24 * MiB);
    expect(left(here!)).toEqual([]);
    await rowOf(api, 'web', (row) => row.tone === 'running');
  });

  test('Hearth killed while it backs up: nothing half is offered, no snapshot or export stays, the next one is whole', async () => {
    const api = await here!.api();
    const before = (await pointsOf(api)).length;
    await api.backups.run({ placeId });
    await expect.poll(() => left(here!), { timeout: 60_000 }).not.toEqual([]);
    await kill(here!);
    await here!.up();
    const next = await here!.api();
    await expect.poll(() => left(here!), { timeout: 60_000 }).toEqual([]);
    expect(readdirSync(join(here!.dataDir, 'backups', 'journal'))).toEqual([]);
    expect(await pointsOf(next)).toHaveLength(before);
    await taskDone(next, (await next.backups.run({ placeId })).taskId);
    expect(await pointsOf(next)).toHaveLength(before + 1);
  });

  test('another computer, nothing on it: all is back, with its files, its addresses and its name', async () => {
    const [point] = await pointsOf(await here!.api());
    const before = await rowOf(await here!.api(), 'web', (row) => row.tone === 'running');
    await here!.end();
    here = undefined;
    there = await Lab.start({ starter: 'nothing' });
    let api = await there.api();
    ({ placeId } = await api.backups.addPlace({ name: 'NAS', place, password, create: false }));
    const offered = await pointsOf(api);
    expect(offered.map(({ id }) => id)).toContain(point!.id);
    await api.backups.restore({ placeId, point: point!.id, name: 'web', start: true });
    // Killed in the middle, it goes on by itself.
    await expect.poll(() => execFileSync('kubectl', ['--kubeconfig', there!.hearth.kubeconfig, 'get', 'dv', '-A', '-o', 'name'], { encoding: 'utf8' }), { timeout: 60_000 }).toContain('web-'); // prettier-ignore
    await kill(there);
    await there.up();
    api = await there.api();
    const row = await rowOf(api, 'web', ({ tone }) => tone === 'running');
    expect(row.name).toBe(before.name);
    const shell = await serialShell(api, web);
    const said = await shell.run('sha256sum -c ~/sums; hostname');
    expect(said).toMatch(/first: OK\n.*second: OK\nweb\nend:0/s);
    shell.close();
    expect(readdirSync(join(there.dataDir, 'backups', 'journal'))).toEqual([]);
  });
});
