import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import type { Tree } from './tree.ts';
import { unxz } from './xz.ts';

/** Members of an `ar` archive (ar(5)); a Debian package is one. */
export function readAr(archive: Buffer): Map<string, Buffer> {
  if (archive.subarray(0, 8).toString('latin1') !== '!<arch>\n') throw new Error('this is no Debian package');
  const members = new Map<string, Buffer>();
  let at = 8;
  while (at + 60 <= archive.length) {
    const name = archive
      .toString('latin1', at, at + 16)
      .trim()
      .replace(/\/$/, '');
    const size = Number(archive.toString('latin1', at + 48, at + 58).trim());
    if (!Number.isSafeInteger(size) || size < 0 || at + 60 + size > archive.length)
      throw new Error(`the package is cut off inside ${name}`);
    members.set(name, archive.subarray(at + 60, at + 60 + size));
    at += 60 + size + (size % 2);
  }
  return members;
}

/** The wanted files of a Debian package, in memory. Nothing is written, no script of the package runs. */
export async function readPackage(
  archive: Buffer,
  wanted: (path: string) => boolean,
  signal?: AbortSignal,
): Promise<Tree> {
  const members = readAr(archive);
  const name = [...members.keys()].find((member) => member.startsWith('data.tar'));
  const packed = name ? members.get(name) : undefined;
  if (!name || !packed) throw new Error('the package has no data.tar');
  const tar = await decompress(name, packed, signal);
  const tree: Tree = new Map();
  const reader = extract();
  reader.end(tar);
  for await (const entry of reader) {
    const { name: full, type, mode, linkname } = entry.header;
    const path = full.replace(/^\.?\//, '').replace(/\/$/, '');
    if (type === 'file' && wanted(path))
      tree.set(path, { type: 'file', mode: (mode ?? 0o644) & 0o777, data: await buffer(entry) });
    else if (type === 'symlink' && wanted(path)) tree.set(path, { type: 'link', target: linkname ?? '' });
    entry.resume();
  }
  return tree;
}

async function decompress(name: string, packed: Buffer, signal?: AbortSignal): Promise<Buffer> {
  if (name.endsWith('.xz')) return unxz(packed, signal);
  if (name.endsWith('.zst')) return zstdDecompressSync(packed);
  if (name.endsWith('.gz')) return gunzipSync(packed);
  if (name === 'data.tar') return packed;
  throw new Error(`the package is compressed in an unknown way (${name})`);
}
