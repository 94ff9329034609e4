import { constants } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../../../contract/problem.ts';

/** What a box's own folder holds: its key, who is paired, how far its setup is. Anything much larger is something else. */
const mostFiles = 1000;
const mostBytes = 64 * 1024 * 1024;
/** Where images arrive: none is taken along. */
const left = 'incoming';

/**
 * Copies the folder of the box's own Hearth, which root does not trust: only plain files and folders that belong to the owner
 * of `from`, none through a link, however the folder changes meanwhile. The rest (sockets, links, pipes, files of others) is left
 * out. Throws the Problem `box-folder-large`.
 */
export async function copyOwnFiles(from: string, to: string): Promise<void> {
  const top = await open(from, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const { uid, mode } = await top.stat();
    await mkdir(to, { recursive: true, mode: mode & 0o777 });
    await copyFolder(top, to, uid, { files: 0, bytes: 0 }, [left]);
  } finally {
    await top.close();
  }
}

interface Taken {
  files: number;
  bytes: number;
}

async function copyFolder(folder: FileHandle, to: string, uid: number, taken: Taken, except: readonly string[] = []): Promise<void> {
  // By the open folder itself, as openat(2) would: its path may lead elsewhere by now.
  const here = `/proc/self/fd/${folder.fd}`;
  for (const name of await readdir(here)) {
    if (except.includes(name)) continue;
    // A link, a socket, or gone.
    const entry = await open(join(here, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
    if (!entry) continue;
    try {
      const found = await entry.stat();
      if (found.uid !== uid) continue;
      if ((taken.files += 1) > mostFiles) throw tooLarge(`It has more than ${mostFiles} files.`);
      if (found.isDirectory()) {
        await mkdir(join(to, name), { mode: found.mode & 0o777 });
        await copyFolder(entry, join(to, name), uid, taken);
      } else if (found.isFile() && found.nlink === 1) await copyFile(entry, join(to, name), found.mode & 0o777, taken);
    } finally {
      await entry.close();
    }
  }
} // prettier-ignore

async function copyFile(from: FileHandle, to: string, mode: number, taken: Taken): Promise<void> {
  const target = await open(to, 'wx', mode);
  try {
    const bytes = Buffer.alloc(256 * 1024);
    for (;;) {
      const { bytesRead } = await from.read(bytes);
      if (bytesRead === 0) break;
      if ((taken.bytes += bytesRead) > mostBytes) throw tooLarge(`It has more than ${mostBytes / 1024 ** 2} MiB.`);
      await target.writeFile(bytes.subarray(0, bytesRead));
    }
    await target.chmod(mode);
  } finally {
    await target.close();
  }
}

const tooLarge = (detail: string): ProblemError =>
  new ProblemError({
    code: 'box-folder-large',
    title: 'What the box keeps of itself is too large',
    detail,
    cause: 'Something else lies in its folder.',
    fix: 'Start the computer from the stick again: it is empty then.',
  });
