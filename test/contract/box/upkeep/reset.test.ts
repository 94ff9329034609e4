import { execa } from 'execa';
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readBootenv, writeBootenv } from '../../../../main/backend/boxes/agent/upkeep/bootenv.ts';
import { parseBoxFile } from '../../../../main/backend/boxes/agent/disks/box-file.ts';
import { upkeepLab } from '../../../support/boxes/upkeep-lab.ts';
import type { UpkeepLab } from '../../../support/boxes/upkeep-lab.ts';

const script = resolve(import.meta.dirname, '../../../../assets/box/initramfs/hearth-reset');
const uuid = '0b0c3f4e-7a51-4a7e-9f0e-6c1d2e3f4a5b';
const secret = 'the-secret-of-somebody';

let lab: UpkeepLab;
let disk: string;
beforeEach(async () => {
  lab = await upkeepLab();
  disk = join(lab.root, 'data.img');
  const file = await open(disk, 'w');
  await file.truncate(64 * 2 ** 20);
  await file.close();
  await mkdir(join(lab.root, 'seed'));
  await writeFile(join(lab.root, 'seed/apps.json'), secret.repeat(5000));
  await execa('mkfs.ext4', ['-q', '-d', join(lab.root, 'seed'), '-U', uuid, disk]);
});
afterEach(() => lab.close());

/** What the boot script does before it mounts the data; `more` redefines what it calls. `mount` and `chroot` need a system around them. */
const boot = async (more = ''): Promise<{ code: number | undefined; said: string }> => {
  const text = [
    `hearth_base=${join(lab.root, 'run/hearth')} rootmnt=${lab.root}`,
    'hearth_say() { echo "$*"; }',
    'mount() { echo "mount $*"; }',
    'umount() { :; }',
    'chroot() { shift; call=instead_$(echo "$1" | tr . _); if command -v $call >/dev/null; then shift; $call "$@"; else "$@"; fi; }',
    `. ${script}`,
    more,
    `hearth_reset ${disk} ${uuid}`,
  ].join('\n');
  const { exitCode, stdout } = await execa('dash', ['-c', text], { reject: false });
  return { code: exitCode, said: stdout };
};
/** Lets the start do something else for a program of the system. */
const instead = (program: string, what: string): string => `instead_${program.replaceAll('.', '_')}() { ${what}; }`;
const orders = (name: string): string => join(lab.esp, 'hearth', name);
const isThere = (path: string): Promise<boolean> => stat(path).then(() => true, () => false); // prettier-ignore
const listing = async (): Promise<string> => (await execa('debugfs', ['-R', 'ls -p /', disk])).stdout;

describe('a factory reset', () => {
  it('is ordered on the start partition, stops what writes, restarts, and the next start forgets everything', async () => {
    await writeBootenv(join(lab.esp, 'hearth/bootenv'), { keep: 'a', trial: 'b', tried: false });
    const before = parseBoxFile(await readFile(orders('box.json'), 'utf8'));
    const agent = lab.agent('a', '1.0.0');
    await agent.start();
    await agent.factoryReset({ wipe: false });
    expect(agent.busy()).toEqual({ what: 'factory-reset', words: 'Forgetting everything' });
    expect(lab.asked).toEqual([]);
    expect(await readBootenv(join(lab.esp, 'hearth/bootenv'))).toEqual({ keep: 'a', tried: false });
    await vi.waitFor(() => expect(lab.asked.at(-1)).toBe('systemctl --no-wall reboot'), 5000);
    expect(lab.asked.slice(0, -1)).toEqual(['hearth', 'k3s', 'k3s-agent'].map((name) => `systemctl stop ${name}.service`)); // prettier-ignore

    expect(await listing()).toContain('apps.json');
    const { code, said } = await boot();
    expect(code).toBe(0);
    expect(said).toContain('forgetting everything');
    expect(said).not.toContain('overwriting');
    expect(await listing()).not.toContain('apps.json');
    expect((await execa('blkid', ['-o', 'value', '-s', 'UUID', disk])).stdout).toBe(uuid);
    await execa('e2fsck', ['-fn', disk]);
    expect(await isThere(orders('reset.json'))).toBe(false);
    expect(await isThere(orders('box-next.json'))).toBe(false);
    const after = parseBoxFile(await readFile(orders('box.json'), 'utf8'));
    expect(after?.boxId).toMatch(/^[0-9a-f]{32}$/);
    expect(after?.boxId).not.toBe(before?.boxId);
    expect(after).toMatchObject({ hostName: 'hearth', installId: before?.installId, version: '1.0.0' });
    // The next start has nothing to do.
    expect(await boot()).toEqual({ code: 0, said: '' });
  });

  it.skipIf(process.getuid?.() !== 0)(
    'overwrites the whole partition when asked to, by writing zeros where the disk has no better way',
    async () => {
      // As a disk that keeps what it is told to discard.
      const keeping = instead('mkfs.ext4', 'mkfs.ext4 -E nodiscard "$@"');
      const device = (await execa('losetup', ['--find', '--show', disk])).stdout;
      const file = disk;
      try {
        disk = device;
        await lab.agent('a', '1.0.0').factoryReset({ wipe: false });
        await boot(keeping);
        await execa('blockdev', ['--flushbufs', device]);
        expect((await readFile(file)).includes(secret)).toBe(true);
        for (const more of [keeping, `${keeping}\n${instead('blkdiscard', 'return 1')}`]) {
          await lab.agent('a', '1.0.0').factoryReset({ wipe: true });
          const { code, said } = await boot(more);
          expect(code).toBe(0);
          expect(said).toContain('overwriting');
          await execa('blockdev', ['--flushbufs', device]);
          expect((await readFile(file)).includes(secret)).toBe(false);
          await execa('e2fsck', ['-fn', device]);
          await writeFile(device, secret.repeat(5000), { flag: 'r+' });
        }
      } finally {
        disk = file;
        await execa('losetup', ['-d', device]);
      }
    },
  );

  it('begins again after a power cut at any point of it', async () => {
    await lab.agent('a', '1.0.0').factoryReset({ wipe: false });
    for (const cut of [instead('mkfs.ext4', 'kill -9 $$'), 'mv() { kill -9 $$; }', 'rm() { kill -9 $$; }']) {
      expect((await boot(cut)).code).not.toBe(0);
      expect(await isThere(orders('reset.json'))).toBe(true);
    }
    const id = parseBoxFile(await readFile(orders('box.json'), 'utf8'))?.boxId;
    expect((await boot()).code).toBe(0);
    expect(await listing()).not.toContain('apps.json');
    expect(await isThere(orders('reset.json'))).toBe(false);
    expect(parseBoxFile(await readFile(orders('box.json'), 'utf8'))?.boxId).toBe(id);
  });

  it('stays ordered while the disk does not let it, and the start goes on', async () => {
    await lab.agent('a', '1.0.0').factoryReset({ wipe: false });
    expect((await boot(instead('mkfs.ext4', 'return 1'))).code).toBe(1);
    expect(await isThere(orders('reset.json'))).toBe(true);
    expect(await isThere(orders('box-next.json'))).toBe(true);
  });

  it('is refused where the box does not know itself, and on a stick', async () => {
    await rm(orders('box.json'));
    const agent = lab.agent('a', '1.0.0');
    await expect(agent.factoryReset({ wipe: false })).rejects.toMatchObject({ problem: { code: 'reset-unknown-box' } });
    expect(await isThere(orders('reset.json'))).toBe(false);
    expect(agent.busy()).toBeUndefined();
    const live = lab.agent('a', '1.0.0', { running: { version: '1.0.0', medium: 'stick' } });
    await expect(live.factoryReset({ wipe: false })).rejects.toMatchObject({ problem: { code: 'box-not-installed' } });
  });
});

describe('restarting and switching off', () => {
  it('is asked of systemd, by force when it does not answer', async () => {
    const agent = lab.agent('a', '1.0.0');
    lab.answers.set('systemctl --no-wall poweroff', { code: null, timedOut: true });
    await agent.powerOff();
    expect(lab.asked).toEqual(['systemctl --no-wall poweroff', 'systemctl --force --no-wall poweroff']);
    expect(agent.busy()).toEqual({ what: 'power-off', words: 'Switching off' });
    await expect(agent.reboot()).rejects.toMatchObject({ problem: { code: 'box-busy', detail: expect.stringContaining('Switching off') as unknown } }); // prettier-ignore
  });

  it('tells when nothing helps', async () => {
    const agent = lab.agent('a', '1.0.0');
    lab.answers.set('systemctl', { code: 1, stderr: 'Failed to connect to bus\n' });
    await expect(agent.reboot()).rejects.toMatchObject({
      problem: { code: 'power-refused', output: [expect.stringContaining('to bus'), expect.stringContaining('--force')] },
    }); // prettier-ignore
    expect(agent.busy()).toBeUndefined();
  });
});
