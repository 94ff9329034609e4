import { access, constants, realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { ProblemError } from '../../contract/problem.ts';

const problem = (code: string, title: string, detail: string, fix: string): ProblemError =>
  new ProblemError({ code, title, detail, fix, fields: { path: title } });

/** A file that the user names: the real path behind it, and its size. Throws a ProblemError that says what is wrong. */
export async function checkLocalFile(path: string): Promise<{ path: string; size: number }> {
  if (!isAbsolute(path))
    throw problem(
      'path-not-absolute',
      'The whole path is needed',
      `"${path}" does not begin at the root.`,
      'Write it from the root on, e.g. /home/me/disk.qcow2.',
    );
  try {
    const real = await realpath(path);
    const entry = await stat(real);
    if (!entry.isFile())
      throw problem(
        'path-not-file',
        'This is no file',
        `${path} is ${entry.isDirectory() ? 'a folder' : 'a device or a socket'}.`,
        'Choose a disk image or an ISO file.',
      );
    if (entry.size === 0)
      throw problem('file-empty', 'The file is empty', `${path} has 0 bytes.`, 'Choose another file.');
    await access(real, constants.R_OK);
    return { path: real, size: entry.size };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw problem(
        'file-not-found',
        'The file is not there',
        `${path} does not exist.`,
        'Check the name; a disk that was unplugged takes its files along.',
      );
    if (code === 'EACCES' || code === 'EPERM')
      throw problem(
        'file-not-readable',
        'The file may not be read',
        `This user may not read ${path}.`,
        `Allow it (chmod +r), or copy the file to a folder of yours.`,
      );
    if (code === 'ELOOP')
      throw problem(
        'file-link-loop',
        'The link leads nowhere',
        `${path} is a link to itself.`,
        'Choose the file itself.',
      );
    throw error;
  }
}
