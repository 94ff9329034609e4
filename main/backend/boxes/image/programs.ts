import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../../contract/problem.ts';
import { plainEnvironment } from '../../process.ts';

/** Programs of a build, each with its Debian package. */
const needed: Record<string, string> = {
  mmdebstrap: 'mmdebstrap',
  mksquashfs: 'squashfs-tools',
  'mkfs.vfat': 'dosfstools',
  mmd: 'mtools',
  mcopy: 'mtools',
  tar: 'tar',
  zstd: 'zstd',
};
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Debian packages that are missing for a build here. */
export async function missingPackages(): Promise<string[]> {
  const folders = (plainEnvironment()['PATH'] ?? '').split(':');
  const there = async (paths: string[]): Promise<boolean> => {
    for (const path of paths)
      if (await access(path, constants.R_OK).then(() => true, () => false)) return true;
    return false;
  }; // prettier-ignore
  const missing = new Set<string>();
  for (const [program, owner] of Object.entries(needed))
    if (!(await there(folders.map((folder) => join(folder, program))))) missing.add(owner);
  if (!(await there([keyring]))) missing.add('debian-archive-keyring');
  return [...missing].toSorted();
}

/** Throws `image-build-not-here` or `image-programs-missing`, which names the command that installs them. */
export async function checkPrograms(): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new ProblemError({
      code: 'image-build-not-here',
      title: 'An image cannot be built on this computer',
      detail: 'It is put together from Debian packages for 64-bit PCs, which only works on Linux on such a PC.',
      fix: 'Build it there with `npm run box:build`, and choose the finished .img here.',
    });
  const missing = await missingPackages();
  if (missing.length === 0) return;
  throw new ProblemError({
    code: 'image-programs-missing',
    title: 'Programs for building an image are missing',
    detail: `These packages (names as in Debian and Ubuntu) are not installed: ${missing.join(', ')}.`,
    fix: `Run: sudo apt-get install ${missing.join(' ')}`,
    command: `sudo apt-get install ${missing.join(' ')}`,
  });
}
