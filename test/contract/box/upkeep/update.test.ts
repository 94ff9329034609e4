import { execa } from 'execa';
import { copyFile, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asProblem } from '../../../../main/contract/problem.ts';
import { signNote } from '../../../../main/backend/boxes/image/manifest.ts';
import type { SignedManifest } from '../../../../main/backend/boxes/image/manifest.ts';
import { readBootenv } from '../../../../main/backend/boxes/agent/upkeep/bootenv.ts';
import type { UpkeepProgress } from '../../../../main/backend/boxes/agent/upkeep/upkeep.ts';
import {
  grubStarts,
  installSlot,
  mediumFiles,
  newKey,
  upkeepLab,
  wholeSystem,
} from '../../../support/boxes/upkeep-lab.ts';
import type { UpkeepLab } from '../../../support/boxes/upkeep-lab.ts'; // prettier-ignore

let lab: UpkeepLab;
beforeEach(async () => {
  lab = await upkeepLab();
});
afterEach(() => lab.close());

const problemOf = async (work: Promise<unknown>): Promise<{ code: string; detail: string }> =>
  work.then(
    () => ({ code: 'none', detail: '' }),
    (error: unknown) => asProblem(error),
  );
const choice = () => readBootenv(join(lab.esp, 'hearth/bootenv'));
const leftOvers = async (): Promise<string[]> =>
  (await readdir(lab.esp, { recursive: true })).filter((name) => /\.(part|tmp)$/.test(name));

describe('an update into the other slot', () => {
  it('writes the new system, restarts into it on trial and keeps it', async () => {
    const path = await lab.image('new.img', { version: '1.1.0' });
    const agent = lab.agent('a', '1.0.0');
    await agent.start();
    expect(agent.state()).toEqual({ running: '1.0.0' });
    const told: UpkeepProgress[] = [];
    await agent.update({ path, restart: true }, (progress) => told.push(progress));
    expect(lab.asked.filter((line) => line.startsWith('systemctl'))).toEqual(['systemctl --no-wall reboot']);
    expect(agent.busy()).toMatchObject({ what: 'update', words: 'Restarting into the new version' });
    expect(told.at(-1)?.fraction).toBe(1);
    expect(told.at(-1)?.steps.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done', 'done']);
    expect(told.map(({ fraction }) => fraction)).toEqual(
      told.map(({ fraction }) => fraction).toSorted((a, b) => a - b),
    );
    expect(await choice()).toEqual({ keep: 'a', trial: 'b', tried: false });
    expect(await leftOvers()).toEqual([]);
    expect([await wholeSystem(lab, 'a'), await wholeSystem(lab, 'b')]).toEqual(['1.0.0', '1.1.0']);

    expect(await grubStarts(lab.esp)).toBe('b');
    await lab.newBoot();
    lab.answers.set('systemctl show', { stdout: healthyUnits });
    const next = lab.agent('b', '1.1.0');
    await next.start();
    expect(next.state()).toMatchObject({ running: '1.1.0', other: { version: '1.0.0', slot: 'a' }, trial: { version: '1.1.0' } }); // prettier-ignore
    expect((await problemOf(next.update({ path, restart: false }))).code).toBe('box-on-trial');
    await next.keepVersion();
    expect(next.state()).toEqual({ running: '1.1.0', other: { version: '1.0.0', slot: 'a' } });
    expect(await choice()).toEqual({ keep: 'b', tried: false });
    expect(await grubStarts(lab.esp)).toBe('b');
  });

  it('is not restarted into unless asked, and can be replaced by a newer one', async () => {
    const agent = lab.agent('a', '1.0.0');
    await agent.start();
    await agent.update({ path: await lab.image('1.img', { version: '1.1.0' }), restart: false });
    expect(lab.asked).toEqual([]);
    expect(agent.busy()).toBeUndefined();
    expect(agent.state()).toEqual({ running: '1.0.0', other: { version: '1.1.0', slot: 'b' } });
    await agent.update({ path: await lab.image('2.img', { version: '1.2.0' }), restart: false });
    expect(await wholeSystem(lab, 'b')).toBe('1.2.0');
  });

  it('replaces shim, GRUB and its menu only when they changed', async () => {
    const shim = join(lab.esp, 'EFI/BOOT/BOOTX64.EFI');
    await writeFile(`${shim}.part`, 'left by a power cut');
    const agent = lab.agent('a', '1.0.0');
    await agent.update({ path: await lab.image('1.img', { version: '1.1.0' }), restart: false });
    expect((await readFile(shim)).equals(Buffer.alloc(90_000, 's'))).toBe(true);
    expect(await readFile(join(lab.esp, 'boot/grub/grub.cfg'), 'utf8')).toBe('# menu of a disk, every version\n');
    await agent.update({ path: await lab.image('2.img', { version: '1.2.0', shim: Buffer.from('new shim') }), restart: false }); // prettier-ignore
    expect(await readFile(shim, 'utf8')).toBe('new shim');
    expect(await readFile(join(lab.esp, 'EFI/BOOT/grubx64.efi'), 'utf8')).toBe('grub of 1.2.0');
    expect(await readFile(join(lab.esp, 'boot/grub/grub.cfg'), 'utf8')).toBe('# menu of a disk, 1.2.0\n');
    expect(await leftOvers()).toEqual([]);
  });

  it('refuses what is older, the same, foreign, damaged, no image, or from elsewhere, and changes nothing', async () => {
    await installSlot(lab.esp, 'b', mediumFiles(lab.key, { version: '0.9.0' }));
    const agent = lab.agent('a', '1.0.0');
    await agent.start();
    const refused = async (path: string): Promise<string> => (await problemOf(agent.update({ path, restart: true }))).code; // prettier-ignore
    expect(await refused(await lab.image('old.img', { version: '0.9.9' }))).toBe('update-not-newer');
    expect(await refused(await lab.image('same.img', { version: '1.0.0' }))).toBe('update-not-newer');
    expect(await refused(await lab.image('foreign.img', { version: '2.0.0', key: newKey() }))).toBe('image-foreign');
    const cut = (files: Record<string, Uint8Array>): void => {
      files['/hearth/live/initrd.img'] = Buffer.alloc(9);
    };
    expect(await refused(await lab.image('cut.img', { version: '2.0.0', tamper: cut }))).toBe('update-damaged');
    await writeFile(join(lab.incoming, 'text.img'), 'hello '.repeat(100_000));
    expect(await refused(join(lab.incoming, 'text.img'))).toBe('update-unreadable');
    const elsewhere = join(lab.root, 'new.img');
    await copyFile(await lab.image('new.img', { version: '2.0.0' }), elsewhere);
    await symlink(elsewhere, join(lab.incoming, 'link.img'));
    // A pipe that nobody writes to must not make root wait; a folder behind a link is elsewhere too.
    await execa('mkfifo', [join(lab.incoming, 'pipe.img')]);
    await symlink(lab.root, join(lab.incoming, 'away'));
    for (const path of [
      elsewhere,
      lab.incoming,
      ...['link.img', 'pipe.img', 'away/new.img', '../incoming/missing.img'].map((name) => join(lab.incoming, name)),
    ])
      expect(await refused(path)).toBe('update-outside');
    expect(lab.asked).toEqual([]);
    expect(await choice()).toEqual({ keep: 'a', tried: false });
    expect(await wholeSystem(lab, 'b')).toBe('0.9.0');
    // The same version of a later day, and an older one on purpose, are taken.
    await agent.update({ path: await lab.image('later.img', { version: '1.0.0', builtAt: '2026-11-02T00:00:00Z' }), restart: false }); // prettier-ignore
    await agent.update({ path: join(lab.incoming, 'old.img'), restart: false, older: true });
    expect(agent.state()?.other?.version).toBe('0.9.9');
  });

  it('finds a byte that changed in the image, and leaves a box that starts', async () => {
    const flip = (files: Record<string, Uint8Array>): void => {
      const bytes = files['/hearth/live/root.squashfs'];
      if (bytes) bytes[2_345_678] = (bytes[2_345_678] ?? 0) ^ 1;
    };
    const agent = lab.agent('a', '1.0.0');
    const path = await lab.image('bad.img', { version: '2.0.0', tamper: flip });
    const problem = await problemOf(agent.update({ path, restart: true }));
    expect(problem).toMatchObject({
      code: 'update-damaged',
      detail: expect.stringContaining('root.squashfs') as unknown,
    });
    expect(await choice()).toEqual({ keep: 'a', tried: false });
    expect(agent.state()?.other).toBeUndefined();
    expect(await leftOvers()).toEqual([]);
    expect(await wholeSystem(lab, 'a')).toBe('1.0.0');
    expect(agent.busy()).toBeUndefined();
  });

  it('can be called off', async () => {
    const controller = new AbortController();
    const path = await lab.image('new.img', { version: '2.0.0', size: 8_000_000 });
    const agent = lab.agent('a', '1.0.0');
    const work = agent.update({ path, restart: true }, ({ fraction }) => {
      if (fraction > 0.1) controller.abort();
    }, controller.signal); // prettier-ignore
    await expect(work).rejects.toThrow(/abort/i);
    expect(await leftOvers()).toEqual([]);
    expect(await choice()).toEqual({ keep: 'a', tried: false });
    expect(lab.asked).toEqual([]);
  });

  it('refuses a second change meanwhile', async () => {
    const path = await lab.image('new.img', { version: '2.0.0' });
    const agent = lab.agent('a', '1.0.0');
    const first = agent.update({ path, restart: false });
    const problem = await problemOf(agent.rollBack());
    expect(problem.code).toBe('box-busy');
    await first;
  });

  it('from a stick there is nothing to update', async () => {
    const agent = lab.agent('a', '1.0.0', { running: { version: '1.0.0', medium: 'stick' } });
    await agent.start();
    expect(agent.state()).toBeUndefined();
    expect((await problemOf(agent.update({ path: 'x', restart: true }))).code).toBe('box-not-installed');
    expect((await problemOf(agent.rollBack())).code).toBe('box-not-installed');
  });
});

describe.skipIf(process.getuid?.() !== 0)('a start partition of a fixed size, mounted read-only', () => {
  const mount = async (size: string): Promise<void> => {
    await execa('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'upkeep-test', lab.esp]);
    await rm(join(lab.root, 'proc/self/mountinfo'));
    await symlink('/proc/self/mountinfo', join(lab.root, 'proc/self/mountinfo'));
    await installSlot(lab.esp, 'a', mediumFiles(lab.key, { version: '1.0.0' }));
    await installSlot(lab.esp, 'b', mediumFiles(lab.key, { version: '0.9.0' }));
    await execa('mount', ['-o', 'remount,ro', lab.esp]);
  };
  afterEach(() => execa('umount', ['-l', lab.esp]));

  it('says how many bytes are missing before it removes anything', async () => {
    const path = await lab.image('new.img', { version: '1.1.0', size: 9_000_000 });
    await mount('12m');
    const problem = await problemOf(lab.agent('a', '1.0.0').update({ path, restart: true }));
    expect(problem.code).toBe('update-no-space');
    expect(Number(/(\d+) bytes are missing/.exec(problem.detail)?.[1])).toBeGreaterThan(500_000);
    expect(await wholeSystem(lab, 'b')).toBe('0.9.0');
  });

  it('takes the room of the other slot and is read-only again afterwards', async () => {
    const path = await lab.image('new.img', { version: '1.1.0', size: 4_000_000 });
    await mount('10m');
    await expect(writeFile(join(lab.esp, 'x'), 'x')).rejects.toThrow(/EROFS/);
    await lab.agent('a', '1.0.0').update({ path, restart: false });
    expect([await wholeSystem(lab, 'a'), await wholeSystem(lab, 'b')]).toEqual(['1.0.0', '1.1.0']);
    await expect(writeFile(join(lab.esp, 'x'), 'x')).rejects.toThrow(/EROFS/);
  });
});

const healthyUnits = ['hearth.service', 'NetworkManager.service', 'ssh.service', 'k3s.service', 'k3s-agent.service', 'nftables.service']
  .map((unit) => `Id=${unit}\nLoadState=loaded\nActiveState=${/hearth|Network/.test(unit) ? 'active' : 'inactive'}\nUnitFileState=enabled`)
  .join('\n\n'); // prettier-ignore

it('what the check at the start saved after a power cut is taken off the start partition, and nothing else', async () => {
  const names = ['FSCK0000.REC', 'fsck0012.rec', 'FSCK.TXT', 'BIG.REC'];
  for (const name of names) await writeFile(join(lab.esp, name), 'half a system');
  await lab.agent('a', '1.0.0').start();
  const left = await readdir(lab.esp);
  expect(left).toEqual(expect.arrayContaining(['FSCK.TXT', 'BIG.REC', 'hearth']));
  expect(left.filter((name) => /FSCK\d/i.test(name))).toEqual([]);
});

describe('an image that is about to be sent', () => {
  it('is told by its .json: what was signed, or why it would not be taken', async () => {
    const agent = lab.agent('a', '1.0.0');
    const note = async (version: string, by = lab.key, change = (text: string) => text): Promise<string> => {
      const path = join(lab.incoming, 'update.json');
      const files = mediumFiles(by, { version });
      const signed = { text: files['/hearth/manifest.json'], signature: files['/hearth/manifest.sig'] } as SignedManifest; // prettier-ignore
      const image = { file: `hearth-box-${version}.img`, size: 1234, sha256: '0'.repeat(64) };
      await writeFile(path, change(JSON.stringify(signNote(signed, image, by))));
      return path;
    };
    const refused = async (path: string): Promise<string> => (await problemOf(agent.checkUpdate(path))).code;
    expect(await agent.checkUpdate(await note('1.1.0'))).toEqual({ version: '1.1.0', builtAt: '2026-11-01T00:00:00Z', base: 'Debian 13', payload: 'internet', size: 1234, signedBy: 'test' }); // prettier-ignore
    expect(await refused(await note('0.9.0'))).toBe('update-not-newer');
    expect(await refused(await note('1.0.0'))).toBe('update-not-newer');
    expect(await refused(await note('1.1.0', newKey()))).toBe('image-foreign');
    expect(await refused(await note('1.1.0', lab.key, (text) => text.replace('1234', '1235')))).toBe('image-damaged');
    expect(await refused(await note('1.1.0', lab.key, (text) => text.slice(0, -9)))).toBe('image-unreadable');
    expect(await refused(await note('1.1.0', lab.key, (text) => text + ' '.repeat(2_000_000)))).toBe('image-unreadable'); // prettier-ignore
    expect(await refused(join(lab.root, 'usr/share/hearth/keys/test.pub'))).toBe('update-outside');
    const link = join(lab.incoming, 'link.json');
    await symlink(join(lab.root, 'usr/share/hearth/keys/test.pub'), link);
    expect(await refused(link)).toBe('update-outside');
    const stick = lab.agent('a', '1.0.0', { running: { version: '1.0.0', medium: 'stick' } });
    expect((await problemOf(stick.checkUpdate(await note('1.1.0')))).code).toBe('box-not-installed');
  });
});
