import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ProblemError } from '../../../../contract/problem.ts';
import { runProcess } from '../../../process.ts';
import { drivesUnreadable } from './busy.ts';
import type { Device } from './device.ts';

/** Older lsblk (before 2.33) writes numbers and truths as text. */
const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? '').trim());
const truth = z
  .union([z.boolean(), z.string(), z.number()])
  .nullish()
  .transform((value) => value === true || value === 1 || value === '1');
const number = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) => Number(value ?? 0) || 0);
const column = z.object({
  name: text,
  kname: text,
  path: text,
  type: text,
  size: number,
  ro: truth,
  rm: truth,
  hotplug: truth,
  tran: text,
  subsystems: text,
  vendor: text,
  model: text,
  serial: text,
  wwn: text,
  fstype: text,
  label: text,
  uuid: text,
  pttype: text,
  parttype: text,
  partlabel: text,
  mountpoint: text,
  mountpoints: z.array(z.string().nullable()).nullish(),
  'log-sec': number,
  'disk-seq': text,
});

/** Devices in what `lsblk -J -b -O` printed. Throws `drives-unreadable`. */
export function parseLsblk(output: string): Device[] {
  try {
    return readLevel((JSON.parse(output) as { blockdevices?: unknown }).blockdevices, 0);
  } catch (error) {
    throw drivesUnreadable('lsblk -J -b -O', error);
  }
}

function readLevel(list: unknown, depth: number): Device[] {
  if (list === undefined || list === null) return [];
  // Deeper than any real stack of layers: a loop in what was told must not end in one here.
  if (depth > 20) throw new Error('devices stand on each other more than 20 deep');
  return z.array(z.looseObject({})).parse(list).map((row) => readDevice(row, depth)); // prettier-ignore
}

function readDevice(row: Record<string, unknown>, depth: number): Device {
  const read = column.parse(row);
  const mounts = [...(read.mountpoints ?? []), read.mountpoint].filter((each): each is string => Boolean(each));
  const kname = read.kname || read.name;
  return {
    kname,
    path: read.path || `/dev/${kname}`,
    type: read.type,
    size: read.size,
    readOnly: read.ro,
    removable: read.rm,
    hotplug: read.hotplug,
    transport: read.tran.toLowerCase(),
    subsystems: read.subsystems,
    vendor: read.vendor,
    model: read.model.replaceAll('_', ' '),
    serial: read.serial,
    wwn: read.wwn,
    fileSystem: read.fstype,
    label: read.label,
    uuid: read.uuid,
    partitionTable: read.pttype,
    partitionType: read.parttype,
    partitionName: read.partlabel,
    mounts: [...new Set(mounts)],
    sectorSize: read['log-sec'] || 512,
    ...(read['disk-seq'] && { diskseq: read['disk-seq'] }),
    children: readLevel(row['children'], depth + 1),
  };
}

/** All block devices of this computer, with what only sysfs tells. Throws `drives-unreadable`, `program-missing`. */
export async function readDevices(signal?: AbortSignal): Promise<Device[]> {
  const { code, stdout, stderr } = await runProcess(['lsblk', '-J', '-b', '-O'], {
    timeoutMs: 10_000,
    ...(signal && { signal }),
  });
  // 64: some devices were found, not all that were asked for (lsblk(8)); the rest is still true.
  if (code !== 0 && code !== 64)
    throw new ProblemError({
      code: 'drives-unreadable',
      title: 'The drives cannot be listed',
      detail: `lsblk ended with code ${code}.`,
      cause: 'A drive that hangs, or a computer that hides its block devices (a container).',
      fix: 'Unplug what does not answer and try again.',
      output: stderr.trim().split('\n').slice(-5),
      command: 'lsblk -J -b -O',
    });
  return Promise.all(parseLsblk(stdout).map(withSysfs));
}

async function withSysfs(device: Device): Promise<Device> {
  const [diskseq, cardType] = await Promise.all([
    device.diskseq ?? readLine(`/sys/class/block/${device.kname}/diskseq`),
    device.kname.startsWith('mmcblk') ? readLine(`/sys/class/block/${device.kname}/device/type`) : undefined,
  ]);
  return { ...device, ...(diskseq && { diskseq }), ...(cardType && { cardType }) };
}

const readLine = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (line) => line.trim(),
    () => undefined, // an older kernel, or it was pulled out just now
  );
