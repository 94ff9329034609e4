import { createHash } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runProcess } from '../../../../main/backend/process.ts';
import { must } from './disks.ts';
import type { BoxManifest } from '../../../../main/contract/box/manifest.ts';

const mib = 1024 ** 2;
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A file of the boot partition, read by mtools from the disk's file; undefined when it is not there. */
export async function bootFile(disk: string, path: string): Promise<string | undefined> {
  const { code, stdout } = await runProcess(['mtype', '-i', `${disk}@@${mib}`, `::${path}`]);
  return code === 0 ? stdout : undefined;
}

/**
 * Checks a whole installed disk with other tools than those that made it: table, both file systems, every file against the
 * manifest, what GRUB is told. Returns what is wrong, and the files of the data partition.
 */
export async function inspectDisk(file: string, folder: string, manifest: BoxManifest, bootSize = 72 * mib): Promise<{ wrong: string[]; data: Record<string, string>}> {
  const wrong: string[] = [];
  const table = await runProcess(['sgdisk', '--verify', file]);
  if (!table.stdout.includes('No problems found')) wrong.push(`table: ${table.stdout}`);
  const esp = join(folder, 'esp.img');
  await must(['dd', `if=${file}`, `of=${esp}`, 'bs=1M', 'skip=1', `count=${bootSize / mib}`, 'status=none', 'conv=sparse']);
  const fsck = await runProcess(['fsck.fat', '-n', esp]);
  if (fsck.code !== 0) wrong.push(`fat: ${fsck.stdout}`);
  const tree = join(folder, 'esp');
  await must(['rm', '-rf', tree]);
  await mkdir(tree);
  await must(['mcopy', '-s', '-n', '-i', esp, '::*', tree]);
  for (const { path, sha256 } of manifest.files) {
    if (path.startsWith('hearth/bundle/') || path === 'boot/grub/grub.cfg') continue;
    if (path.startsWith('hearth/boot/') && path !== 'hearth/boot/grub-disk.cfg') continue;
    const bytes = await readFile(join(tree, path.replace('hearth/live', 'hearth/a').replace('hearth/boot/grub-disk', 'boot/grub/grub'))).catch(() => undefined);
    if (!bytes) wrong.push(`${path} is missing`);
    else if (digest(bytes) !== sha256) wrong.push(`${path} differs`);
  }
  const env = await stat(join(tree, 'hearth/bootenv')).catch(() => undefined);
  if (env?.size !== 1024) wrong.push('no boot environment');
  const { data, id } = await readData(file, folder, manifest, bootSize, wrong);
  const told = await must(['grub-editenv', join(tree, 'hearth/disk.env'), 'list']);
  if (told.trim() !== `data=${id}`) wrong.push(`GRUB is told ${told} instead of ${id}`);
  const choice = await must(['grub-editenv', join(tree, 'hearth/bootenv'), 'list']);
  if (choice !== 'keep=a\ntrial=\ntried=0\n') wrong.push(`GRUB chooses by ${choice}`);
  const head = await headOf(file);
  if (head.readUInt16LE(510) !== 0xaa55 || head.readBigUInt64LE(0x5c) !== 34n) wrong.push('no boot sector');
  return { wrong, data };
} // prettier-ignore

async function headOf(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const head = Buffer.alloc(512);
    await handle.read(head, 0, 512, 0);
    return head;
  } finally {
    await handle.close();
  }
}

async function readData(file: string, folder: string, manifest: BoxManifest, bootSize: number, wrong: string[]): Promise<{ data: Record<string, string>; id: string }> {
  const loop = (await must(['losetup', '--find', '--show', '--offset', `${mib + bootSize}`, file])).trim();
  const mount = join(folder, 'data');
  const data: Record<string, string> = {};
  try {
    const checked = await runProcess(['e2fsck', '-f', '-n', loop]);
    if (checked.code !== 0) wrong.push(`ext4: ${checked.stdout}`);
    const id = (await runProcess(['blkid', '-o', 'value', '-s', 'UUID', loop])).stdout.trim();
    await mkdir(mount, { recursive: true });
    await must(['mount', '-t', 'ext4', '-o', 'ro', loop, mount]);
    try {
      const bundle = await readFile(join(mount, 'var/lib/hearth/box/bundle/bundle.tar')).catch(() => Buffer.alloc(0));
      let at = 0;
      for (const { path, size, sha256 } of manifest.files.filter((each) => each.path.startsWith('hearth/bundle/part-'))) {
        if (digest(bundle.subarray(at, at + size)) !== sha256) wrong.push(`bundle: ${path}`);
        at += size;
      }
      if (bundle.length !== at) wrong.push(`the bundle has ${bundle.length} bytes instead of ${at}`);
      for (const name of ['box/identity.json', 'box/apps.json', 'agent/wishes.json', 'agent/enrolment.json'])
        data[name] = await readFile(join(mount, 'var/lib/hearth', name), 'utf8').catch(() => '');
    } finally {
      await must(['umount', mount]);
    }
    return { data, id };
  } finally {
    await must(['losetup', '--detach', loop]);
  }
} // prettier-ignore
