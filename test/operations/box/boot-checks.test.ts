import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canLoop, makeLoop } from '../../support/boxes/loop.ts';
import type { Loop } from '../../support/boxes/loop.ts';

const scripts = resolve(import.meta.dirname, '../../../assets/box/initramfs');
const mib = 2 ** 20;
/** Where a FAT32 says that it was not unmounted. */
const dirtyAt = 65;

/** What the start of an installed box does with its file systems, by its own scripts under dash, on loop devices. */
describe.skipIf(!(await canLoop()))('the checks at the start of an installed box', () => {
  let folder: string;
  let loop: Loop;
  const system = randomBytes(900_000);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hearth-checks-'));
    await mkdir(join(folder, 'bin'));
    loop = await makeLoop(join(folder, 'disk.img'), 80 * mib);
  });
  afterEach(async () => {
    await loop.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** `work` within the scripts; what they say, and what their programs said. */
  async function start(work: string): Promise<{ said: string[]; log: string }> {
    const base = join(folder, 'run');
    await mkdir(base, { recursive: true });
    const script = (await readFile(join(scripts, 'hearth'), 'utf8')).replace('/scripts/', `${scripts}/`);
    await writeFile(join(folder, 'hearth'), script);
    const text = [
      `PATH=${join(folder, 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin`,
      `. ${join(folder, 'hearth')}`,
      `hearth_base=${base} rootmnt=${join(folder, 'root')} hearth_slot=a hearth_folder=hearth/a hearth_part= hearth_medium= hearth_data=`,
      'hearth_say() { echo "$*"; }',
      'panic() { echo "panic: $*"; exit 1; }',
      `hearth_device() { echo ${loop.path}; }`,
      work,
    ];
    const { stdout } = await execa('unshare', ['--mount', 'dash', '-uc', text.join('\n')], { timeout: 60_000 });
    const log = await readFile(join(base, 'fsck.log'), 'utf8').catch(() => '');
    return { said: stdout.split('\n').filter(Boolean), log };
  }
  /** A program that takes the place of one of the system. */
  async function instead(name: string, lines: string): Promise<void> {
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${lines}\n`);
    await chmod(join(folder, 'bin', name), 0o755);
  }
  async function flush(): Promise<void> {
    await execa('blockdev', ['--flushbufs', loop.path]);
  }
  const digest = async (): Promise<string> => {
    await flush();
    return createHash('sha256').update(await readFile(loop.file)).digest('hex'); // prettier-ignore
  };
  const patch = async (at: number, bytes: Uint8Array): Promise<void> => {
    const file = await open(loop.path, 'r+');
    try {
      await file.write(bytes, 0, bytes.length, at);
      await file.sync();
    } finally {
      await file.close();
    }
  };

  describe('the start partition', () => {
    /** Sectors before the first table, and of one. */
    let tables: { at: number; size: number };
    beforeEach(async () => {
      await execa('mkfs.vfat', ['-F', '32', '-s', '1', '-n', 'HEARTH', loop.path]);
      await writeFile(join(folder, 'system'), system);
      for (const args of [['mmd', '::/hearth'], ['mmd', '::/hearth/a'], ['mcopy', join(folder, 'system'), '::/hearth/a/root.squashfs']])
        await execa(args[0] ?? '', ['-i', loop.path, ...args.slice(1)]);
      await flush();
      const head = (await readFile(loop.file)).subarray(0, 512);
      tables = { at: head.readUInt16LE(14) * 512, size: head.readUInt32LE(36) * 512 };
    }); // prettier-ignore
    const use = (slot: string): string =>
      // Read as GRUB and the kernel do, which this kernel may not know.
      `mount() { case "$*" in *vfat*) mkdir -p $hearth_base/medium; mcopy -s -n -i ${loop.path} ::/hearth $hearth_base/medium; exit 0 ;; esac; command mount "$@"; }\n${slot}\nhearth_mount_system`;
    const installed = (): string => use('hearth_data=0b0c3f4e');
    const whole = async (): Promise<boolean> =>
      (await readFile(join(folder, 'run/medium/hearth/a/root.squashfs'))).equals(system);

    it('is not touched, and takes no time, when it was left in peace', async () => {
      const before = await digest();
      await instead('fsck.fat', 'echo asked; exit 0');
      expect(await start(installed())).toEqual({ said: [], log: '' });
      expect(await digest()).toBe(before);
      expect(await whole()).toBe(true);
    });

    it('is made whole before it is mounted when the power went while it was written to', async () => {
      await patch(dirtyAt, Buffer.from([1]));
      // A second table that was not written any more, and clusters that belong to nothing.
      await patch(tables.at + tables.size, Buffer.alloc(2048, 0));
      const lost = Buffer.alloc(40);
      for (let n = 0; n < 10; n += 1) lost.writeUInt32LE(n === 9 ? 0x0fffffff : 60_001 + n, n * 4);
      await patch(tables.at + 60_000 * 4, lost);
      expect((await execa('fsck.fat', ['-n', loop.path], { reject: false })).exitCode).toBe(1);
      const { said, log } = await start(installed());
      expect(said).toEqual([
        `the power went while the start partition ${loop.path} was written to; it is checked`,
        `the start partition ${loop.path} is whole`,
      ]);
      expect(log).toMatch(/fsck\.fat -a .*\n[\s\S]*ended with 1\n/);
      expect(log).toMatch(/fsck\.fat -n .*\n[\s\S]*ended with 0\n/);
      expect(await whole()).toBe(true);
      await flush();
      await execa('fsck.fat', ['-n', loop.path]);
      expect((await readFile(loop.file))[dirtyAt]).toBe(0);
      // What belonged to nothing is saved under names that the agent knows and takes away.
      expect((await execa('mdir', ['-b', '-i', loop.path, '::/'])).stdout.trim().split('\n')).toEqual(['::/hearth/', '::/FSCK0000.REC']); // prettier-ignore
    });

    it('of a stick is never checked', async () => {
      await patch(dirtyAt, Buffer.from([1]));
      const before = await digest();
      expect(await start(use(':'))).toEqual({ said: [], log: '' });
      expect(await digest()).toBe(before);
    });

    it.each([
      ['a check that never ends', 'exec sleep 1000'],
      ['a check that cannot repair it', 'exit 1'],
      ['no such program', 'exit 127'],
    ])('starts all the same after %s', async (_name, lines) => {
      await patch(dirtyAt, Buffer.from([1]));
      await instead('fsck.fat', lines);
      const began = Date.now();
      const { said } = await start(`hearth_boot_limit=1\n${installed()}`);
      expect(said.at(-1)).toBe(`the start partition ${loop.path} is damaged; it is used as far as it can be read`);
      expect(Date.now() - began).toBeLessThan(15_000);
      expect(await whole()).toBe(true);
    });
  });

  describe('the data partition', () => {
    beforeEach(async () => {
      await mkdir(join(folder, 'seed'));
      for (let n = 0; n < 50; n += 1) await writeFile(join(folder, `seed/${n}.txt`), `file ${n}`.repeat(900));
      await execa('mkfs.ext4', ['-q', '-d', join(folder, 'seed'), loop.path]);
    });
    const check = 'hearth_check_data "$(hearth_device)"';
    const debugfs = (...commands: string[]) =>
      execa('debugfs', ['-w', '-f', '-', loop.path], { input: commands.join('\n') });

    it('that is clean is passed over', async () => {
      const { said, log } = await start(check);
      expect(said).toEqual([]);
      expect(log).toMatch(/e2fsck -p .*\n.*: clean, [\s\S]*ended with 0\n$/);
    });

    it('is repaired quietly where that is safe, and as far as it can be where it is not', async () => {
      // Free blocks that are told wrong, after an unclean end.
      await debugfs('set_super_value free_blocks_count 7', 'set_super_value state 0');
      await flush();
      expect((await start(check)).said).toEqual([`the file system of ${loop.path} was repaired`]);
      await execa('e2fsck', ['-fn', loop.path]);
      await rm(join(folder, 'run'), { recursive: true });
      // Two files that claim the same blocks need a decision.
      const block = (await execa('debugfs', ['-R', 'blocks /1.txt', loop.path])).stdout.trim().split(/\s+/)[0];
      await debugfs(`set_inode_field /2.txt block[5] ${block}`, `set_inode_field /3.txt block[5] ${block}`, 'set_super_value state 2'); // prettier-ignore
      await flush();
      const { said, log } = await start(check);
      expect(said).toEqual([`repairing the file system of ${loop.path}`, `the file system of ${loop.path} was repaired`]);
      expect(log).toMatch(/e2fsck -y/);
      await execa('e2fsck', ['-fn', loop.path]);
      expect((await execa('debugfs', ['-R', 'ls -p /', loop.path])).stdout).toContain('/49.txt/');
    }); // prettier-ignore

    it('is mounted as it is when no check comes to its end', async () => {
      await instead('e2fsck', 'exec sleep 1000');
      const { said } = await start(`hearth_data_limit=1 hearth_repair_limit=1\n${check}\necho goes on`);
      expect(said).toEqual([
        `repairing the file system of ${loop.path}`,
        `the file system of ${loop.path} could not be repaired`,
        'goes on',
      ]);
    });
  });

  it('has every program in its initrd that it calls', async () => {
    const hook = await readFile(join(scripts, 'hook'), 'utf8');
    const packages = await readFile(resolve(scripts, '../packages.txt'), 'utf8');
    for (const program of ['fsck.fat', 'e2fsck']) expect(hook).toMatch(new RegExp(`^copy_exec /sbin/${program}$`, 'm'));
    for (const name of ['dosfstools', 'e2fsprogs', 'busybox']) expect(packages.split('\n')).toContain(name);
    // Each part of the start is put there by the set-up of the image.
    const setup = await readFile(resolve(scripts, '../setup.sh'), 'utf8');
    for (const name of (await readdir(scripts)).filter((each) => each.startsWith('hearth'))) expect(setup).toContain(`initramfs/${name}"`);
  }); // prettier-ignore
});
