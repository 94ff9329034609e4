import { execa } from 'execa';
import {
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyOwnFiles } from '../../../../main/backend/boxes/agent/install/own-files.ts'; // prettier-ignore

/** Root copies a folder that the box's own Hearth may fill as it likes, also while it is copied. */
describe('what a box keeps of itself, taken along by the installer', () => {
  let folder: string;
  let box: string;
  let to: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hearth-own-files-'));
    box = join(folder, 'box');
    to = join(folder, 'to');
    await mkdir(join(box, 'deep/er'), { recursive: true });
    await writeFile(join(box, 'identity.key'), 'the key', { mode: 0o600 });
    await writeFile(join(box, 'deep/er/apps.json'), '[]');
    await writeFile(join(folder, 'secret'), 'of root');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const all = async (): Promise<string[]> => (await readdir(to, { recursive: true })).toSorted();

  it('is its plain files with their modes', async () => {
    await copyOwnFiles(box, to);
    expect(await all()).toEqual(['deep', 'deep/er', 'deep/er/apps.json', 'identity.key']);
    expect(await readFile(join(to, 'identity.key'), 'utf8')).toBe('the key');
    expect((await stat(join(to, 'identity.key'))).mode & 0o777).toBe(0o600);
  });

  it('is nothing that leads elsewhere: links, hard links, sockets, pipes, what arrives', async () => {
    await symlink(join(folder, 'secret'), join(box, 'link'));
    await symlink('/etc', join(box, 'bundle'));
    await link(join(folder, 'secret'), join(box, 'hard'));
    await execa('mkfifo', [join(box, 'pipe')]);
    await mkdir(join(box, 'incoming'));
    await writeFile(join(box, 'incoming/update.img'), 'x');
    const server = createServer().listen(join(box, 'control.sock'));
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      await copyOwnFiles(box, to);
    } finally {
      server.close();
    }
    expect(await all()).toEqual(['deep', 'deep/er', 'deep/er/apps.json', 'identity.key']);
  });

  it.skipIf(process.getuid?.() !== 0)('is nothing of somebody else', async () => {
    await execa('chown', ['-R', '65534:65534', box]);
    await writeFile(join(box, 'of-root'), 'x');
    await copyOwnFiles(box, to);
    expect(await all()).not.toContain('of-root');
    expect(await all()).toContain('identity.key');
  });

  it('leads nowhere while names are exchanged under it', async () => {
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside/apps.json'), 'of root');
    await symlink(join(folder, 'outside'), join(folder, 'away'));
    let over = false;
    const swap = async (): Promise<void> => {
      while (!over) {
        await rename(join(box, 'deep/er'), join(folder, 'kept'));
        await rename(join(folder, 'away'), join(box, 'deep/er'));
        await rename(join(box, 'deep/er'), join(folder, 'away'));
        await rename(join(folder, 'kept'), join(box, 'deep/er'));
      }
    };
    const swapping = swap();
    for (let turn = 0; turn < 60; turn += 1) {
      await copyOwnFiles(box, to);
      const copied = await readFile(join(to, 'deep/er/apps.json'), 'utf8').catch(() => '');
      expect(copied).not.toBe('of root');
      await rm(to, { recursive: true });
    }
    over = true;
    await swapping;
  });

  it('is not a disk full of something else', async () => {
    await truncate(join(box, 'identity.key'), 2 ** 36);
    await expect(copyOwnFiles(box, to)).rejects.toMatchObject({ problem: { code: 'box-folder-large' } });
    expect((await lstat(join(to, 'identity.key'))).size).toBeLessThan(2 ** 27);
    await truncate(join(box, 'identity.key'), 1);
    await rm(to, { recursive: true });
    for (let n = 0; n < 1001; n += 1) await writeFile(join(box, `${n}`), '');
    await expect(copyOwnFiles(box, to)).rejects.toMatchObject({ problem: { code: 'box-folder-large' } });
  });
});
