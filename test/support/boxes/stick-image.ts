import { randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { makeGpt } from '../../../main/backend/boxes/sticks/format/gpt.ts';
import { newGuid, partitionTypes } from '../../../main/backend/boxes/sticks/format/guid.ts';

const mib = 1024 * 1024;
/** What is written into the file system: path -> bytes. */
export type StickFiles = Record<string, Uint8Array>;

/** Files of the shape of a box image, small and of random bytes. */
export const smallFiles = (): StickFiles => ({
  '/EFI/BOOT/BOOTX64.EFI': randomBytes(90_000),
  '/boot/grub/grub.cfg': Buffer.from('set timeout=3\n'),
  '/hearth/live/vmlinuz': randomBytes(700_001),
  '/hearth/live/root.squashfs': randomBytes(3 * mib + 17),
});

/**
 * A disk image as the writer meets it, its file system made by mkfs.vfat and filled by mtools: the format code is checked
 * against those. `size` in bytes, of the whole image.
 */
export async function makeStickImage(path: string, files: StickFiles, size = 40 * mib): Promise<void> {
  const sectors = size / 512;
  const first = 2048;
  const last = sectors - 34 - (sectors % 2048 === 0 ? 2014 : 0);
  const { head, tail, tailOffset } = makeGpt({
    sectors,
    sectorSize: 512,
    diskGuid: newGuid(),
    partitions: [
      { number: 1, type: partitionTypes.esp, guid: newGuid(), first, last, name: 'HEARTH' },
      { number: 2, type: partitionTypes.biosBoot, guid: newGuid(), first: 34, last: 2047, name: 'BIOS' },
    ],
  });
  await writeFile(path, '');
  const handle = await open(path, 'r+');
  await handle.truncate(size);
  await handle.write(head, 0, head.length, 0);
  await handle.write(tail, 0, tail.length, tailOffset);
  await handle.close();
  const env = { MTOOLS_SKIP_CHECK: '1', LC_ALL: 'C.UTF-8' };
  const shape = ['-F', '32', '-s', '1', '-S', '512', '-n', 'HEARTH', '-i', '1A2B3C4D', '--offset', String(first)];
  await execa('mkfs.vfat', shape.concat(path, String(Math.floor((last - first + 1) / 2))));
  const drive = `${path}@@${first * 512}`;
  const made = new Set<string>();
  for (const [name, bytes] of Object.entries(files)) {
    const folders = name.split('/').slice(1, -1);
    for (const [index] of folders.entries()) {
      const folder = `::/${folders.slice(0, index + 1).join('/')}`;
      if (made.has(folder)) continue;
      made.add(folder);
      await execa('mmd', ['-i', drive, folder], { env });
    }
    await execa('mcopy', ['-i', drive, '-', `::${name}`], { env, input: bytes });
  }
}
/** An empty settings slot: 64 KiB of line ends. */
export const emptySlot = (): Buffer => Buffer.alloc(64 * 1024, 0x0a);
