import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBootenv, writeBootenv } from '../../../../main/backend/boxes/agent/upkeep/bootenv.ts';
import { runProcess } from '../../../../main/backend/process.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bootenv-'));
  path = join(folder, 'bootenv');
});
afterEach(() => rm(folder, { recursive: true }));

const editenv = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await runProcess(['grub-editenv', path, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
};

describe("the boot environment and GRUB's own tool", () => {
  it('reads what grub-editenv wrote and writes what it reads', async () => {
    await editenv('create');
    expect(await readBootenv(path)).toBeUndefined();
    await editenv('set', 'keep=b', 'trial=a', 'tried=1');
    expect(await readBootenv(path)).toEqual({ keep: 'b', trial: 'a', tried: true });
    await writeBootenv(path, { keep: 'a', tried: false });
    expect((await editenv('list')).split('\n')).toEqual(['keep=a', 'trial=', 'tried=0', '']);
    await editenv('set', 'tried=1', 'trial=b');
    expect(await readBootenv(path)).toEqual({ keep: 'a', trial: 'b', tried: true });
  });

  it('keeps the file, its place and the variables of others', async () => {
    await editenv('create');
    await editenv('set', 'keep=a', 'note=line one\nline \\two');
    const before = await stat(path);
    await writeBootenv(path, { keep: 'a', trial: 'b', tried: false });
    const after = await stat(path);
    expect([after.ino, after.size]).toEqual([before.ino, 1024]);
    expect(await editenv('list')).toContain('note=line one\nline \\two\n');
  });

  it('makes the block when there is none, or one of another size', async () => {
    await writeBootenv(path, { keep: 'a', tried: false });
    expect(await editenv('list')).toContain('keep=a');
    await writeFile(path, '# GRUB Environment Block\nkeep=b\n');
    expect(await readBootenv(path)).toEqual({ keep: 'b', tried: false });
    await writeBootenv(path, { keep: 'b', trial: 'a', tried: false });
    expect(await readFile(path)).toHaveLength(1024);
    expect(await editenv('list')).toContain('trial=a');
  });
});
