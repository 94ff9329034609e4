import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { signManifest } from '../../../../main/backend/boxes/image/manifest.ts';
import { bundleIndexName, planParts } from '../../../../main/backend/boxes/image/bundle-parts.ts';
import { ensureSigningKey, trustedKey } from '../../../../main/backend/boxes/image/keys.ts';
import type { TrustedKey } from '../../../../main/backend/boxes/image/keys.ts';
import type { BoxManifest } from '../../../../main/contract/box/manifest.ts';

export interface TestMedium {
  folder: string;
  trusted: TrustedKey[];
  publicPem: string;
  manifest: BoxManifest;
}
const mib = 1024 ** 2;

/** A bundle in parts, with its index. */
async function makeBundle(folder: string, size: number): Promise<[string, Buffer][]> {
  const bytes = randomBytes(size);
  await mkdir(folder, { recursive: true });
  const whole = join(folder, '..', 'bundle.tar');
  await writeFile(whole, bytes);
  const plan = await planParts(whole, new AbortController().signal, mib);
  let at = 0;
  return [
    ...plan.parts.map((part): [string, Buffer] => [`hearth/bundle/${part.name}`, bytes.subarray(at, (at += part.size))]),
    [`hearth/bundle/${bundleIndexName}`, Buffer.from(`${JSON.stringify(plan)}\n`)],
  ];
} // prettier-ignore

/** The files of a stick in a folder, as if it were mounted: random contents, a true manifest and signature. */
export async function makeMedium(folder: string, sizes: { system?: number; bundle?: number } = {}): Promise<TestMedium> {
  const key = await ensureSigningKey(join(folder, '..', 'test.key'));
  const contents: [string, Buffer][] = [
    ['hearth/live/vmlinuz', randomBytes(3 * mib + 17)],
    ['hearth/live/initrd.img', randomBytes(2 * mib + 1)],
    ['hearth/live/root.squashfs', randomBytes(sizes.system ?? 20 * mib)],
    ...(await makeBundle(folder, sizes.bundle ?? 5 * mib)),
    ['hearth/boot/boot.img', await readFile('/usr/lib/grub/i386-pc/boot.img').catch(() => randomBytes(512))],
    ['hearth/boot/core-disk.img', randomBytes(151_602)],
    ['hearth/boot/core-stick.img', randomBytes(1000)],
    ['hearth/boot/grub-disk.cfg', await readFile(join(import.meta.dirname, '../../../../assets/box/grub/disk.cfg'))],
    ['EFI/BOOT/BOOTX64.EFI', randomBytes(950_000)],
    ['EFI/BOOT/grubx64.efi', randomBytes(3_800_000)],
    ['boot/grub/grub.cfg', Buffer.from('# the menu of the stick\n')],
    ['.disk/info', Buffer.from('Hearth\n')],
  ];
  const files = [];
  for (const [path, bytes] of contents) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
    files.push({ path, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  const image = { version: '0.9.1', builtAt: '2026-01-02T03:04:05.000Z', base: 'Debian 13', payload: 'bundle' as const };
  const signed = signManifest(image, files, key);
  await writeFile(join(folder, 'hearth/manifest.json'), signed.text);
  await writeFile(join(folder, 'hearth/manifest.sig'), signed.signature);
  await writeFile(join(folder, 'hearth/settings'), '\n'.repeat(64 * 1024));
  return { folder, trusted: [trustedKey(key.publicPem, 'test')], publicPem: key.publicPem, manifest: signed.manifest };
} // prettier-ignore
