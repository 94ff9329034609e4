import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mediumPaths } from '../../../../contract/box/manifest.ts';
import type { Slot } from './bootenv.ts';

/**
 * Where the files of one system lie on the start partition of an installed box, relative to its top. The manifest that came
 * with a system is kept beside it: its digests are what a slot is checked against before it is started again.
 */
export const slotPaths = (slot: Slot): { folder: string; manifest: string; signature: string } => ({
  folder: `hearth/${slot}`,
  manifest: `hearth/${slot}/manifest.json`,
  signature: `hearth/${slot}/manifest.sig`,
});

/** GRUB's menu of an installed box within an image; becomes `boot/grub/grub.cfg` there. It serves both slots, the older one too. */
export const diskMenu = `${mediumPaths.bios}/grub-disk.cfg`;

/** Where a file of an image belongs on the start partition of a box that runs it from `slot`; undefined: a disk has no use for it. Pure. */
export function placeOf(path: string, slot: Slot): { to: string; shared: boolean } | undefined {
  const system = /^hearth\/live\/([^/]+)$/.exec(path)?.[1];
  if (system !== undefined) return { to: `${slotPaths(slot).folder}/${system}`, shared: false };
  if (path === diskMenu) return { to: 'boot/grub/grub.cfg', shared: true };
  if (path === 'EFI/BOOT/grub.cfg') return undefined;
  if (/^(?:EFI|\.disk)\//.test(path)) return { to: path, shared: true };
  return undefined;
}

/** Bytes of both files, of a slot or of a whole stick; undefined when there are none. */
export async function slotManifest(
  esp: string,
  slot: Slot | 'stick',
): Promise<{ text: Buffer; signature: Buffer } | undefined> {
  const paths = slot === 'stick' ? mediumPaths : slotPaths(slot);
  try {
    return { text: await readFile(join(esp, paths.manifest)), signature: await readFile(join(esp, paths.signature)) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
