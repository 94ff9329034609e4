import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readlink, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runProcess } from '../../../../main/backend/process.ts';
import type { BlockNode, Run } from '../../../../main/backend/boxes/agent/disks/lsblk.ts';
import type { PartitionsOf } from '../../../../main/backend/boxes/agent/install/partitions.ts';

/** A plain file that plays a disk, with what lsblk would tell of it. */
export interface TestDisk {
  /** e.g. sda: a link of this name in the lab's folder of devices leads to its loop device. */
  name: string;
  file: string;
  size: number;
  serial: string;
  extra?: Partial<BlockNode>;
}
export interface DiskLab {
  folder: string;
  devices: string;
  disks: TestDisk[];
  /** Starts programs as on a box; lsblk tells of the lab's disks. */
  run: Run;
  /** Partitions of a lab's disk as loop devices over its file: the kernel here may know no partition tables. */
  partitions: PartitionsOf;
}
const mib = 1024 ** 2;

export const must = async (argv: readonly string[], stdin?: string): Promise<string> => {
  const { code, stdout, stderr } = await runProcess(argv, {
    timeoutMs: 120_000,
    ...(stdin !== undefined && { stdin }),
  });
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  return stdout;
};

export const makeDiskFile = async (file: string, size: number): Promise<void> => {
  await writeFile(file, '');
  await truncate(file, size);
};

/** Attaches the files as loop devices and names them in `folder`/dev. `detach` takes all of them away again. */
export async function attachDisks(folder: string, disks: TestDisk[]): Promise<DiskLab & { detach(): Promise<void> }> {
  const devices = join(folder, 'dev');
  await mkdir(devices, { recursive: true });
  const loops: string[] = [];
  for (const { name, file } of disks) {
    const loop = (await must(['losetup', '--find', '--show', file])).trim();
    loops.push(loop);
    await symlink(loop, join(devices, name));
  }
  return {
    ...openLab(folder, disks),
    async detach() {
      for (const loop of loops) await must(['losetup', '--detach', loop]);
    },
  };
}

/** The lab over devices that are attached already: what a second process uses. */
export function openLab(folder: string, disks: TestDisk[]): DiskLab {
  const devices = join(folder, 'dev');
  const run: Run = async (argv, options) =>
    argv[0] === 'lsblk' ? lsblk(devices, disks) : runProcess(argv, options ?? {});
  return { folder, devices, disks, run, partitions: loopPartitions(disks) };
}

const loopPartitions =
  (disks: TestDisk[]): PartitionsOf =>
  async (device, { esp, data }) => {
    const disk = disks.find(({ name }) => device.endsWith(`/${name}`));
    if (!disk) throw new Error(`no disk ${device}`);
    const attach = async ({ start, size }: { start: number; size: number }): Promise<string> =>
      (await must(['losetup', '--find', '--show', '--offset', `${start}`, '--sizelimit', `${size}`, disk.file])).trim();
    const nodes = { esp: await attach(esp), data: await attach(data) };
    return {
      ...nodes,
      async close() {
        for (const node of [nodes.esp, nodes.data]) await must(['losetup', '--detach', node]);
      },
    };
  };

const tableSchema = z.object({
  partitiontable: z.object({
    label: z.string(),
    sectorsize: z.number().default(512),
    partitions: z.array(z.object({ start: z.number(), size: z.number(), type: z.string(), name: z.string().optional() })).default([]),
  }),
}); // prettier-ignore

/** What lsblk tells of a computer with these disks; tables and file systems are read from the disks themselves. */
async function lsblk(devices: string, disks: TestDisk[]): Promise<{ code: number; stdout: string; stderr: string; timedOut: boolean }> {
  const nodes: BlockNode[] = [];
  for (const { name, size, serial, extra } of disks) {
    const device = join(devices, name);
    if ((await readlink(device).catch(() => '')) === '') continue;
    const { code, stdout } = await runProcess(['sfdisk', '--json', device]);
    const table = code === 0 ? tableSchema.parse(JSON.parse(stdout)).partitiontable : undefined;
    const children: BlockNode[] = (table?.partitions ?? []).map((part, index) => ({
      name: `${name}${index + 1}`,
      kname: `${name}${index + 1}`,
      type: 'part',
      size: part.size * (table?.sectorsize ?? 512),
      start: (part.start * (table?.sectorsize ?? 512)) / 512,
      parttype: part.type.toLowerCase(),
      partlabel: part.name ?? null,
    }));
    nodes.push({ name, kname: name, type: 'disk', size, serial, model: 'LAB DISK', tran: 'sata', pttype: table?.label ?? null, children, ...extra }); // prettier-ignore
  }
  return { code: 0, stdout: JSON.stringify({ blockdevices: nodes }), stderr: '', timedOut: false };
} // prettier-ignore

export async function sha256File(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 4 * mib })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** As a disk looks that somebody used: a table, a file system with a file in it, and signatures at its end. */
export async function usedDisk(file: string, size: number): Promise<void> {
  await makeDiskFile(file, size);
  await must(['sfdisk', '--quiet', file], 'label: gpt\nstart=2048, size=40960, type=U\ntype=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, name="Basic data partition"\n'); // prettier-ignore
  await must(['mkfs.ext4', '-q', '-F', '-E', `offset=${22 * mib}`, file, `${Math.floor(size / 1024) - 24 * 1024}k`]);
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(3 * mib, 0x5a), 0, 3 * mib, 30 * mib);
  await handle.close();
}
