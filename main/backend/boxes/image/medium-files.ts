import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mediumPaths } from '../../../contract/box/manifest.ts';
import type { ManifestFile } from '../../../contract/box/manifest.ts';
import { assetsFolder } from '../../paths.ts';
import { diskMenu } from '../agent/upkeep/slots.ts';
import { bundleIndexName, planParts } from './bundle-parts.ts';
import { sha256File } from './cache.ts';
import { emptySettings } from './medium.ts';
import type { MediumFile } from './medium.ts';

export interface MediumPlan {
  /** In the order they are written: the settings first, so that they lie in one piece. */
  files: MediumFile[];
  /** What the manifest says of each but the settings. */
  listed: ManifestFile[];
}

/** Everything on a medium but the manifest itself. */
export async function planMedium(
  parts: {
    /** Folder with kernel, initrd and boot loaders. */
    boot: string;
    squashfs: string;
    bundle?: string | undefined;
    kernelArguments: string;
    /** A line for people who look at the stick. */
    info: string;
  },
  signal: AbortSignal,
): Promise<MediumPlan> {
  const files: MediumFile[] = [];
  const listed: ManifestFile[] = [];
  const addBytes = (path: string, bytes: Uint8Array): void => {
    files.push({ path, size: bytes.length, from: { bytes } });
    listed.push({ path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  };
  const addFile = async (path: string, file: string): Promise<void> => {
    const { size } = await stat(file);
    files.push({ path, size, from: { file } });
    listed.push({ path, size, sha256: await sha256File(file, signal) });
  };
  const slot = emptySettings();
  files.push({ path: mediumPaths.settings, size: slot.length, from: { bytes: slot } });
  for (const name of ['BOOTX64.EFI', 'grubx64.efi', 'mmx64.efi']) await addFile(`EFI/BOOT/${name}`, join(parts.boot, name));
  addBytes('.disk/info', Buffer.from(`${parts.info}\n`));
  const menu = async (name: string): Promise<Buffer> => {
    const text = await readFile(join(assetsFolder, 'box', 'grub', name), 'utf8');
    return Buffer.from(text.replaceAll('@ARGS@', parts.kernelArguments));
  };
  addBytes('boot/grub/grub.cfg', await menu('stick.cfg'));
  // The installer takes it as it is, so that it is signed too.
  addBytes(diskMenu, await menu('disk.cfg'));
  for (const name of ['boot.img', 'core-stick.img', 'core-disk.img'])
    await addFile(`${mediumPaths.bios}/${name}`, join(parts.boot, name));
  for (const name of ['vmlinuz', 'initrd.img']) await addFile(`${mediumPaths.live}/${name}`, join(parts.boot, name));
  await addFile(`${mediumPaths.live}/root.squashfs`, parts.squashfs);
  if (parts.bundle !== undefined) await addBundle(parts.bundle);
  return { files, listed };

  async function addBundle(bundle: string): Promise<void> {
    const plan = await planParts(bundle, signal);
    let offset = 0;
    for (const { name, size } of plan.parts) {
      const path = `${mediumPaths.bundle}/${name}`;
      files.push({ path, size, from: { part: bundle, offset } });
      listed.push({ path, size, sha256: await sha256File(bundle, signal, { start: offset, end: offset + size - 1 }) });
      offset += size;
    }
    addBytes(`${mediumPaths.bundle}/${bundleIndexName}`, Buffer.from(`${JSON.stringify(plan)}\n`));
  }
} // prettier-ignore
