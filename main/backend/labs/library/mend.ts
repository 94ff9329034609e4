import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders of labs that are just written, or just replaced: the library does not look at them. */
export const hidden = (name: string, what: 'new' | 'old'): string =>
  `.${name}.${randomBytes(4).toString('hex')}.${what}`;
const hiddenName = /^\.(.+)\.[0-9a-f]{8}\.(new|old)$/;

/** What an end of Hearth in the middle of a replacement left: the old lab comes back where there is no new one, the rest goes. */
export async function mendFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) {
    const [, lab, what] = hiddenName.exec(name) ?? [];
    if (lab === undefined) continue;
    const lost = what === 'old' && !(await stat(join(folder, lab)).then(() => true, () => false)); // prettier-ignore
    if (lost) await rename(join(folder, name), join(folder, lab));
    else await rm(join(folder, name), { recursive: true, force: true });
  }
}
