import { chown, lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AgentPlaces } from '../places.ts';
import { dropFile, must, putFile, textOf } from './commands.ts';
import type { Run } from './commands.ts';

/** Who signs in over ssh; made with the image. */
export const administrator = 'admin';

/** Lets the administrator in by these keys and starts ssh; without any key ssh is off. */
export async function setSshKeys(places: AgentPlaces, run: Run, keys: readonly string[]): Promise<void> {
  const home = await homeOf(places);
  const path = places.at(`${home.folder}/.ssh/authorized_keys`);
  if (keys.length === 0) {
    const had = await dropFile(path);
    // As the image has it; systemctl takes long for nothing on a slow computer.
    if (!had && !(await isOn(places))) return;
    await must(run, 'ssh', ['systemctl', 'disable', '--now', 'ssh.service'], { timeoutMs: 60_000 });
    return;
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await putFile(path, `${keys.join('\n')}\n`, 0o600);
  if (process.getuid?.() === 0 && home.uid !== undefined) {
    await chown(dirname(path), home.uid, home.gid);
    await chown(path, home.uid, home.gid);
  }
  await must(run, 'ssh', ['systemctl', 'enable', '--now', 'ssh.service'], { timeoutMs: 120_000 });
}

const isOn = (places: AgentPlaces): Promise<boolean> =>
  lstat(places.at('/etc/systemd/system/multi-user.target.wants/ssh.service')).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
      throw error;
    },
  );

async function homeOf(places: AgentPlaces): Promise<{ folder: string; uid?: number; gid: number }> {
  const passwd = (await textOf(places.at('/etc/passwd'))) ?? '';
  const fields = passwd.split('\n').find((line) => line.startsWith(`${administrator}:`))?.split(':');
  return fields
    ? { folder: fields[5] ?? `/home/${administrator}`, uid: Number(fields[2]), gid: Number(fields[3]) }
    : { folder: `/home/${administrator}`, gid: 0 };
} // prettier-ignore
