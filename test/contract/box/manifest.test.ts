import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mediumPaths } from '../../../main/contract/box/manifest.ts';
import type { ManifestFile } from '../../../main/contract/box/manifest.ts';
import { ensureSigningKey, readTrustedKeys, trustedKey } from '../../../main/backend/boxes/image/keys.ts';
import type { SigningKey, TrustedKey } from '../../../main/backend/boxes/image/keys.ts';
import { openManifest, openNote, signManifest, signNote } from '../../../main/backend/boxes/image/manifest.ts';
import { folderFiles, verifyTree } from '../../../main/backend/boxes/image/verify-tree.ts';

const image = { version: '1.2.3', builtAt: '2026-01-02T03:04:05Z', base: 'Debian 13', payload: 'internet' as const };
const contents: Record<string, string> = {
  'EFI/BOOT/BOOTX64.EFI': 'shim',
  'hearth/live/vmlinuz': 'kernel',
  'hearth/live/root.squashfs': 'x'.repeat(300_000),
};
let root: string;
let keys: string;
let key: SigningKey;
let trusted: TrustedKey[];

const put = async (path: string, text: string | Uint8Array): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};
const facts = (): ManifestFile[] =>
  Object.entries(contents).map(([path, text]) => ({
    path,
    size: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
  }));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hearth-medium-'));
  keys = await mkdtemp(join(tmpdir(), 'hearth-keys-'));
  key = await ensureSigningKey(join(keys, 'build.key'));
  trusted = await readTrustedKeys([keys, join(keys, 'not-there')]);
  for (const [path, text] of Object.entries(contents)) await put(path, text);
  const { text, signature } = signManifest(image, facts(), key);
  await put(mediumPaths.manifest, text);
  await put(mediumPaths.signature, signature);
});
afterEach(async () => {
  for (const folder of [root, keys]) await rm(folder, { recursive: true, force: true });
});

it('believes a whole medium, tells progress, and leaves the settings and what a desktop drops out of it', async () => {
  await put(mediumPaths.settings, 'anything');
  await put('System Volume Information/IndexerVolumeGuid', 'x');
  const seen: number[] = [];
  const tree = await verifyTree(folderFiles(root), trusted, { onProgress: (done) => seen.push(done) });
  expect(tree.signedBy).toBe('build');
  expect(tree.manifest.image).toEqual(image);
  expect(seen.at(-1)).toBe(Object.values(contents).join('').length);
});

it('is the same key when asked again, readable by its owner only', async () => {
  expect((await ensureSigningKey(join(keys, 'build.key'))).id).toBe(key.id);
  expect(trusted.map(({ id }) => id)).toEqual([key.id]);
});

it.each<[string, () => Promise<unknown>, string]>([
  ['another content', () => put('hearth/live/vmlinuz', 'kernal'), 'hearth/live/vmlinuz: Its content'],
  ['a file cut short', () => truncate(join(root, 'hearth/live/root.squashfs'), 299_999), '299999 bytes instead of 300000'],
  ['a file gone', () => rm(join(root, 'EFI/BOOT/BOOTX64.EFI')), 'EFI/BOOT/BOOTX64.EFI: It is missing'],
  ['a file too many', () => put('EFI/BOOT/evil.efi', 'x'), 'EFI/BOOT/evil.efi: It does not belong'],
  ['a file too many below ours', () => put('hearth/live/more/root.squashfs', 'x'), 'does not belong'],
])('refuses %s', async (_name, harm, words) => {
  await harm();
  await expect(verifyTree(folderFiles(root), trusted)).rejects.toMatchObject({
    problem: { code: 'image-damaged', detail: expect.stringContaining(words) },
  });
}); // prettier-ignore

it('tells damage from a stranger and from what is no stick at all', async () => {
  const text = await readFile(join(root, mediumPaths.manifest));
  const signature = await readFile(join(root, mediumPaths.signature));
  const changed = Buffer.from(text.toString().replace('1.2.3', '1.2.4'));
  const code = (fail: () => unknown): unknown => {
    try {
      fail();
      return 'believed';
    } catch (error) {
      return (error as { problem?: { code: string } }).problem?.code;
    }
  };
  expect(code(() => openManifest(changed, signature, trusted))).toBe('image-damaged');
  expect(code(() => openManifest(text, signature.subarray(1), trusted))).toBe('image-damaged');
  const other = await ensureSigningKey(join(keys, 'other.key'));
  const strangers = [trustedKey(other.publicPem, 'other')];
  expect(code(() => openManifest(text, signature, strangers))).toBe('image-foreign');
  expect(code(() => openManifest(text, signature, []))).toBe('image-foreign');
  // A stranger who names our key in the list of files is not believed either.
  const forged = signManifest(image, facts(), { ...other, id: key.id });
  expect(code(() => openManifest(forged.text, forged.signature, trusted))).toBe('image-damaged');
  expect(code(() => openManifest(Buffer.from('hello'), signature, trusted))).toBe('image-unreadable');
  await rm(join(root, mediumPaths.manifest));
  await expect(verifyTree(folderFiles(root), trusted)).rejects.toMatchObject({ problem: { code: 'image-missing' } });
});

it('holds the size and digest of the whole image to the same key', () => {
  const signed = signManifest(image, facts(), key);
  const note = signNote(signed, { file: 'a.img', size: 5, sha256: 'a'.repeat(64) }, key);
  expect(openNote(note, trusted).manifest.files).toHaveLength(3);
  const changed = { ...note, image: { ...note.image, sha256: 'b'.repeat(64) } };
  expect(() => openNote(changed, trusted)).toThrow('damaged');
});

it('stops when told to', async () => {
  const stop = new AbortController();
  const work = verifyTree(folderFiles(root), trusted, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(work).rejects.toMatchObject({ name: 'AbortError' });
});
