import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ensureSigningKey } from '../../../main/backend/boxes/image/keys.ts';
import { signManifest, signNote } from '../../../main/backend/boxes/image/manifest.ts';
import { emptySlot, makeStickImage, smallFiles } from './stick-image.ts';
import type { StickFiles } from './stick-image.ts';

export interface SignedImage {
  path: string;
  size: number;
  sha256: string;
  files: StickFiles;
}
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A small image with everything that is signed about a real one; its key lies in `keys`, and is trusted where that is `boxes/keys`. */
export async function makeSignedImage(
  folder: string,
  { keys, version = '0.9.1', size, extra = {} }: { keys: string; version?: string; size?: number; extra?: StickFiles },
): Promise<SignedImage> {
  await mkdir(folder, { recursive: true });
  const key = await ensureSigningKey(join(keys, 'mine.key'));
  const files: StickFiles = { ...smallFiles(), ...extra };
  const signed = signManifest(
    { version, builtAt: '2026-11-01T10:00:00.000Z', base: 'Debian 13, Linux 6.12', payload: 'internet' },
    Object.entries(files).map(([path, bytes]) => ({ path: path.slice(1), size: bytes.length, sha256: sha256(bytes) })),
    key,
  );
  const path = join(folder, `hearth-box-${version}.img`);
  const all = {
    ...files,
    '/hearth/settings': emptySlot(),
    '/hearth/manifest.json': signed.text,
    '/hearth/manifest.sig': signed.signature,
  };
  await makeStickImage(path, all, size);
  const image = { file: basename(path), size: (await stat(path)).size, sha256: await hashFile(path) };
  await writeFile(path.replace(/\.img$/, '.json'), JSON.stringify(signNote(signed, image, key)));
  return { path, size: image.size, sha256: image.sha256, files: all };
}

/** The `.json` of an image that nobody has: for what is refused before the image is looked at. */
export async function signedNote({ keys, version, size = 40 * 1024 * 1024 }: { keys: string; version: string; size?: number }): Promise<string> {
  const key = await ensureSigningKey(join(keys, 'mine.key'));
  const signed = signManifest(
    { version, builtAt: '2026-11-01T10:00:00.000Z', base: 'Debian 13, Linux 6.12', payload: 'internet' },
    Object.entries(smallFiles()).map(([path, bytes]) => ({ path: path.slice(1), size: bytes.length, sha256: sha256(bytes) })),
    key,
  );
  return JSON.stringify(signNote(signed, { file: `hearth-box-${version}.img`, size, sha256: sha256(Buffer.from(version)) }, key));
} // prettier-ignore

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
