import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import { rowOf, serialShell, starterMachine, taskDone } from '../../e2e/support/guest.ts';
import type { Shell } from '../../e2e/support/guest.ts';
import { Lab } from '../../e2e/support/lab.ts';

let here: Lab;
let there: Lab | undefined;
let api: Api;
let shell: Shell;
const ref = (name: string) => ({ namespace: 'default', name });
const folder = mkdtempSync(join(tmpdir(), 'hearth-carry-'));
const file = join(folder, 'source.hearth-vm');

beforeAll(async () => {
  here = await Lab.start();
  api = await here.api();
  await starterMachine(api, 'source');
  shell = await serialShell(api, ref('source'));
}, 240_000);
afterAll(async () => {
  await here.end();
  await there?.end();
  rmSync(folder, { recursive: true, force: true });
});

const kill = (lab: Lab): Promise<unknown> => {
  const { process: child } = lab.hearth;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  return ended;
};
const noise = 16 * 2 ** 20;
/** Bytes of the only disk here that hold something: what no file of its chain has, or has as zeros, does not count. */
const diskUse = async (): Promise<{ used: number; size: number }> => {
  const folder = join(here.dataDir, 'engine', 'disks', 'volumes');
  const disks = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.qcow2'));
  await expect.poll(disks, { timeout: 20_000 }).toHaveLength(1);
  const map = JSON.parse(execFileSync('qemu-img', ['map', '-U', '--output=json', join(folder, disks()[0]!)], { encoding: 'utf8' })) as { start: number; length: number; data: boolean; zero: boolean }[]; // prettier-ignore
  const used = map.filter(({ data, zero }) => data && !zero).reduce((sum, { length }) => sum + length, 0);
  return { used, size: map.reduce((sum, { length }) => sum + length, 0) };
};
const identity = async (at: Shell): Promise<string[]> => {
  const said = await at.run('hostname; cat /sys/class/net/eth0/address; cat /etc/machine-id; cat ~/kept');
  return said.split('\n').map((line) => line.trim()).slice(0, 4); // prettier-ignore
};

describe('a guest that is really there', () => {
  test.each(['linked', 'full'] as const)(
    'a %s clone boots as a machine of its own while its source runs',
    async (mode) => {
      await shell.run('echo mine > ~/kept; sync');
      await taskDone(api, (await api.clones.start({ ...ref('source'), newName: mode, mode, start: true })).taskId);
      await rowOf(api, mode, (row) => row.tone === 'running');
      const clone = await serialShell(api, ref(mode));
      const [mine, its] = [await identity(shell), await identity(clone)];
      expect(its[0]).toBe(mode);
      expect(its[3]).toBe('mine');
      for (const index of [0, 1, 2]) expect(its[index]).not.toBe(mine[index]);
      clone.close();
      await api.machines.act({ ...ref(mode), action: 'delete', deleteDisks: true, mode: 'now' });
    },
  );

  test('exported while it runs, Hearth killed and gone on; opens on another Hearth with its data', async () => {
    // Noise, which nothing packs into less; clusters are packed each for itself, so that the same again is as good.
    const write = `head -c ${noise / 8} /dev/urandom > ~/part; for n in 1 2 3 4 5 6 7 8; do cat ~/part; done > ~/noise`;
    expect(await shell.run(`${write}; sync; wc -c < ~/noise`)).toContain(`${noise}\nend:0`);
    const { taskId } = await api.transfer.export({ ...ref('source'), path: file });
    const begun = await rowOf(api, 'source', (row) => row.tone === 'running');
    expect([begun.name, taskId.length]).toEqual(['source', 36]);
    shell.close();
    await kill(here);
    await here.up();
    api = await here.api();
    await expect.poll(async () => (await api.transfer.unfinished({})).length).toBe(1);
    const [cut] = await api.transfer.unfinished({});
    expect(cut).toMatchObject({ kind: 'export', machine: 'source', file });
    await rowOf(api, 'source', (row) => row.tone === 'running');
    await taskDone(api, (await api.transfer.resume({ id: cut!.id })).taskId);
    const [disk, written] = [await diskUse(), statSync(file)];
    expect(written.size).toBeGreaterThan(noise);
    expect(written.size).toBeLessThan(disk.used * 1.1);
    expect(disk.used * 4).toBeLessThan(disk.size);
    there = await Lab.start({ starter: 'nothing' });
    let other = await there.api();
    const preview = await other.transfer.preview({ source: { path: file } });
    expect(preview).toMatchObject({ name: 'source', cloudInit: true, notes: [] });
    await other.transfer.import({ source: { path: file }, name: 'carried', start: true });
    await kill(there);
    await there.up();
    other = await there.api();
    for (const { id } of await other.transfer.unfinished({})) await taskDone(other, (await other.transfer.resume({ id })).taskId); // prettier-ignore
    await rowOf(other, 'carried', (row) => row.tone === 'running');
    const carried = await serialShell(other, ref('carried'));
    const its = await identity(carried);
    expect([its[0], its[3]]).toEqual(['carried', 'mine']);
    carried.close();
  });
});
