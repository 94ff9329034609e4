import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Hearth } from '../../support/hearth.ts';
import { startHearth } from '../../support/hearth.ts';
import { kubeOf } from '../../support/kube.ts';
import { mayMount } from '../../support/small-disk.ts';

// As a disk with errors does it: the kernel makes the file system read-only under the programs that have files open in it.
// Without a journal, so that it can be mounted again at once.

const run = promisify(execFile);
let folder: string;
let image: string;
let device: string | undefined;
let hearth: Hearth | undefined;
const mount = async (options: string): Promise<void> => {
  await run('mount', ['-o', `loop,${options}`, image, folder]);
  const { stdout } = await run('findmnt', ['-n', '-o', 'SOURCE', folder]);
  device = basename(stdout.trim());
};
const unmount = async (): Promise<void> => {
  if (device) await run('umount', ['-l', folder]);
  device = undefined;
};
let why = 'only root can mount a file system';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-ro-'));
  image = `${folder}.img`;
  if (!mayMount) return;
  await writeFile(image, '');
  await truncate(image, 128 * 2 ** 20);
  try {
    await run('mkfs.ext4', ['-q', '-O', '^has_journal', image]);
    await mount('errors=remount-ro');
  } catch (error) {
    why = `no ext4 can be mounted here: ${String(error)}`;
  }
  if (device && !existsSync(`/sys/fs/ext4/${device}/trigger_fs_error`)) {
    why = 'this kernel cannot be told to find an error';
    await unmount();
  }
}, 60_000);
afterAll(async () => {
  await hearth?.stop();
  await unmount();
  await rm(folder, { recursive: true, force: true });
  await rm(image, { force: true });
});

describe('the file system of the data directory becomes read-only', () => {
  test('while Hearth runs: writes are refused with the reason, pages and reading go on, nothing is lost', async (context) => {
    if (!device) return context.skip(why);
    hearth = await startHearth(join(folder, 'data'));
    const page = await hearth.page();
    await page.api.settings.update({ setupDone: true, theme: 'dark' });
    const settings = join(hearth.dataDir, 'settings.json');
    const before = await readFile(settings, 'utf8');
    await writeFile(`/sys/fs/ext4/${device}/trigger_fs_error`, '1');
    const error: unknown = await page.api.settings.update({ theme: 'light' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).problem).toMatchObject({ code: 'disk-read-only', title: 'The disk is read-only' });
    expect((error as ProblemError).problem.detail).toContain(settings);
    expect((error as ProblemError).problem.fix).toContain('dmesg');
    const made = kubeOf(hearth.kubeconfig).request('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'x' } }); // prettier-ignore
    await expect(made).rejects.toThrow(/read-only/);
    expect(await readFile(settings, 'utf8')).toBe(before);
    expect((await page.api.app.logs({ lines: 3 })).lines.length).toBeGreaterThan(0);
    const another = await hearth.page();
    for await (const value of another.api.settings.watch({})) {
      expect(value).toMatchObject({ theme: 'dark' });
      break;
    }
    expect(await hearth.stop()).toBe(0);
    hearth = undefined;
  }, 120_000);

  test('at the start: the Problem says so and Hearth ends; made writable again, everything is there', async (context) => {
    if (!device) return context.skip(why);
    await unmount();
    await mount('ro');
    const refused = await startHearth(join(folder, 'data')).then(
      (started) => {
        hearth = started;
        return 'it started';
      },
      (error: unknown) => String(error),
    );
    expect(refused).toMatch(/ended with 1 .*hearth: The disk is read-only: .*\/data/s);
    expect(refused).toContain('what to do: Look for errors of the disk');
    await unmount();
    await mount('rw');
    hearth = await startHearth(join(folder, 'data'));
    const { api } = await hearth.page();
    expect(await api.settings.update({ theme: 'light' })).toMatchObject({ setupDone: true, theme: 'light' });
  }, 120_000);
});
