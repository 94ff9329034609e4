import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { Hearth } from '../../support/hearth.ts';
import { startHearth } from '../../support/hearth.ts';
import type { SmallDisk } from '../../support/small-disk.ts';
import { mayMount, smallDisk } from '../../support/small-disk.ts';

let disk: SmallDisk | undefined;
let hearth: Hearth | undefined;
let api: Api;
beforeAll(async () => {
  disk = mayMount ? await smallDisk(96) : undefined;
  if (!disk) return;
  hearth = await startHearth(join(disk.folder, 'data'));
  ({ api } = await hearth.page());
}, 120_000);
afterAll(async () => {
  await hearth?.stop();
  await disk?.remove();
});

/** Writes until not one byte more fits. */
async function fill(folder: string): Promise<void> {
  await using file = await open(join(folder, 'ballast'), 'a');
  for (let size = 1 << 20; size >= 1; size = size >> 4)
    try {
      for (;;) await file.appendFile(Buffer.alloc(size, 1));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
}
const refused = async (work: Promise<unknown>): Promise<Problem> => {
  const error: unknown = await work.then(() => new Error('it was done'), (reason: unknown) => reason); // prettier-ignore
  if (!(error instanceof ProblemError)) throw error;
  return error.problem;
};
const machine = (name: string) =>
  createMachineSchema.parse({
    name,
    description: 'x'.repeat(900),
    source: { type: 'blank' },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * 2 ** 20 },
    rootDisk: { size: 2 ** 20 },
    runStrategy: 'Halted',
    cloudInit: { type: 'none' },
  });
const history = async (folder: string): Promise<string[]> =>
  (await readFile(join(folder, 'data', 'audit.jsonl'), 'utf8')).trim().split('\n');

describe('the disk of the data directory is full', () => {
  test('each refusal names the place and what to do, nothing is truncated, and it goes on by itself when there is room', async (context) => {
    if (!disk || !hearth) return context.skip('no file system can be mounted here');
    const settingsFile = join(hearth.dataDir, 'settings.json');
    await api.settings.update({ setupDone: true, theme: 'dark' });
    const before = await readFile(settingsFile, 'utf8');
    await fill(disk.folder);
    // Where the page is too small for another file, more than one try shows it.
    const problem = await refused(api.settings.update({ theme: 'light' }));
    expect(problem).toMatchObject({ code: 'disk-full', title: 'The disk is full' });
    expect(problem.detail).toContain(settingsFile);
    expect(problem.fix).toContain('Free some space');
    expect(await readFile(settingsFile, 'utf8')).toBe(before);
    expect((await refused(api.machines.create(machine('late')))).code).toBe('disk-full');
    // Reading works, and so do pages.
    expect((await api.app.logs({ lines: 5 })).lines.length).toBeGreaterThan(0);

    await rm(join(disk.folder, 'ballast'));
    expect(await api.settings.update({ theme: 'light' })).toMatchObject({ theme: 'light', setupDone: true });
    await api.machines.create(machine('late'));
    // What was done meanwhile is in the history on disk all the same, each line whole.
    const folder = disk.folder;
    const codes = async (): Promise<string[]> => (await history(folder)).flatMap((line) => (JSON.parse(line) as { problem?: Problem }).problem?.code ?? []); // prettier-ignore
    await expect.poll(codes, { timeout: 15_000 }).toEqual(['disk-full', 'disk-full']);
    // The disk of the machine is made by way of such a file.
    const halves = async (): Promise<string[]> => (await readdir(join(folder, 'data'), { recursive: true })).filter((name) => /\.tmp$|\.corrupt-/.test(name)); // prettier-ignore
    await expect.poll(halves, { timeout: 15_000 }).toEqual([]);
  });

  test('at the start: the Problem says so; with room it starts with everything', async (context) => {
    if (!disk || !hearth) return context.skip('no file system can be mounted here');
    await hearth.stop();
    hearth = undefined;
    await fill(disk.folder);
    const started = await startHearth(join(disk.folder, 'data')).then(
      (each) => each,
      (error: unknown) => String(error),
    );
    if (typeof started === 'string') {
      expect(started).toMatch(/hearth: The disk is full: .*\/data\/.*nothing more fits/);
      expect(started).toContain('what to do: Free some space');
    } else await started.stop();
    expect(typeof started).toBe('string');
    await rm(join(disk.folder, 'ballast'));
    hearth = await startHearth(join(disk.folder, 'data'));
    ({ api } = await hearth.page());
    for await (const settings of api.settings.watch({})) {
      expect(settings).toMatchObject({ theme: 'light', setupDone: true });
      break;
    }
    for await (const update of api.machines.watch({})) {
      if (update.type !== 'snapshot') continue;
      expect(update.items.map(({ name }) => name)).toEqual(['late']);
      break;
    }
  }, 120_000);
});
