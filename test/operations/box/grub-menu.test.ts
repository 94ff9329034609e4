import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootChoice, parseBootenv } from '../../../main/backend/boxes/agent/upkeep/bootenv.ts';
import { grubDisk } from '../../support/boxes/grub-disk.ts';
import type { GrubDisk } from '../../support/boxes/grub-disk.ts';

const here = await access('/usr/lib/grub/i386-pc/boot.img').then(() => true, () => false); // prettier-ignore

/** The real GRUB in a computer of QEMU, our menu, our boot environment; the kernels only tell how they were started. */
describe.skipIf(!here)('the menu of an installed box', () => {
  let disk: GrubDisk;
  beforeAll(async () => {
    disk = await grubDisk();
  });
  afterAll(() => disk.close());
  const slot = async (): Promise<string | undefined> => /hearth\.slot=(\w+)/.exec((await disk.start()) ?? '')?.[1];
  const choice = async () => bootChoice(parseBootenv(await disk.choice()));

  it('starts a new version once, and the kept one when it was not kept', async () => {
    await disk.choose({ keep: 'a', tried: false });
    expect(await disk.start()).toMatch(/BOOT_IMAGE=\/hearth\/a\/vmlinuz boot=hearth hearth\.medium=\S+ .*hearth\.data=0b0c3f4e-7a51-4a7e-9f0e-6c1d2e3f4a5b .*panic=30 .*hearth\.slot=a/); // prettier-ignore
    await disk.choose({ keep: 'a', trial: 'b', tried: false });
    expect(await slot()).toBe('b');
    expect(await choice()).toEqual({ keep: 'a', trial: 'b', tried: true });
    expect(await slot()).toBe('a');
    await disk.choose({ keep: 'b', tried: false });
    expect(await slot()).toBe('b');
  });

  it('starts the other system where the kernel of the chosen one is gone or damaged', async () => {
    await disk.choose({ keep: 'a', trial: 'b', tried: false });
    await disk.replace('/hearth/b/vmlinuz', Buffer.alloc(5000, 'x'));
    expect(await slot()).toBe('a');
    await disk.choose({ keep: 'b', tried: false });
    await disk.remove('/hearth/b/vmlinuz');
    expect(await slot()).toBe('a');
  });
});
