import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';

/** A block device over a file; needs root. */
export interface Loop {
  path: string;
  file: string;
  size: number;
  diskseq: string;
  remove(): Promise<void>;
}
/** Whether loop devices are to be had here. */
export const canLoop = async (): Promise<boolean> =>
  process.getuid?.() === 0 && (await execa('losetup', ['-f'], { reject: false })).exitCode === 0;

/** `sector`: bytes of a logical one. */
export async function makeLoop(file: string, size: number, sector = 512): Promise<Loop> {
  await writeFile(file, '');
  await execa('truncate', ['-s', String(size), file]);
  const { stdout } = await execa('losetup', ['--show', '-b', String(sector), '-f', file]);
  const path = stdout.trim();
  const told = await execa('lsblk', ['-J', '-b', '-o', 'SIZE', '-d', path]);
  const { blockdevices } = z.object({ blockdevices: z.array(z.object({ size: z.number() })) }).parse(JSON.parse(told.stdout)); // prettier-ignore
  return {
    path,
    file,
    size: blockdevices[0]?.size ?? 0,
    diskseq: (await readFile(`/sys/class/block/${basename(path)}/diskseq`, 'utf8').catch(() => '')).trim(),
    async remove() {
      await execa('losetup', ['-d', path], { reject: false });
      await rm(file, { force: true });
    },
  };
}
