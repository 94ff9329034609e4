import { createHash } from 'node:crypto';
import { chmod, copyFile, lutimes, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lstat } from 'node:fs/promises';
import type { SystemFile } from '../../backend/boxes/image/app-files.ts';

/** Puts files into a folder as a package has them: modes 0755 and 0644, one time for all. `time`: seconds since 1970. Resolves with the bytes they take. */
export async function stage(files: readonly SystemFile[], folder: string, time: number): Promise<number> {
  const folders = new Set<string>();
  let bytes = 0;
  for (const { path, run, from } of files) {
    const target = join(folder, path);
    for (let at = dirname(target); at.length >= folder.length; at = dirname(at)) folders.add(at);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    if ('link' in from) await symlink(from.link, target);
    else {
      if ('bytes' in from) await writeFile(target, from.bytes, { flag: 'wx' });
      else await copyFile(from.file, target);
      await chmod(target, run ? 0o755 : 0o644);
      // As dpkg-gencontrol counts: whole blocks of 1 KiB.
      bytes += Math.ceil((await lstat(target)).size / 1024) * 1024;
    }
    await lutimes(target, time, time);
  }
  for (const each of folders) {
    await chmod(each, 0o755);
    await lutimes(each, time, time);
  }
  return bytes + folders.size * 1024;
}

/**
 * One line a file: SHA-256 (of a link: `->` and where it leads), mode, path; by path. The same input gives the same list, whoever
 * packages it and when.
 */
export async function fileList(files: readonly SystemFile[]): Promise<string> {
  const lines: string[] = [];
  for (const { path, run, from } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1)))
    if ('link' in from) lines.push(`-> ${from.link} 0777 ${path}`);
    else {
      const bytes = 'bytes' in from ? from.bytes : await readFile(from.file);
      lines.push(`${createHash('sha256').update(bytes).digest('hex')} ${run ? '0755' : '0644'} ${path}`);
    }
  return `${lines.join('\n')}\n`;
}

/** DEBIAN/md5sums: dpkg --verify reads it. */
export async function md5sums(files: readonly SystemFile[]): Promise<string> {
  const lines: string[] = [];
  for (const { path, from } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1)))
    if (!('link' in from)) lines.push(`${createHash('md5').update('bytes' in from ? from.bytes : await readFile(from.file)).digest('hex')}  ${path}`); // prettier-ignore
  return `${lines.join('\n')}\n`;
}
