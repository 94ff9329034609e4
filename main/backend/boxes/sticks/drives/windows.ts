import { z } from 'zod';
import { runProcess } from '../../../process.ts';
import { openRaw } from '../write/raw.ts';
import { drivesUnreadable, stillInUse } from './busy.ts';
import type { Device } from './device.ts';
import type { DrivePlatform } from './platform.ts';

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? '').trim());
const truth = z
  .boolean()
  .nullish()
  .transform((value) => value === true);
/** PowerShell prints a single object where there is one only. */
const many = <T extends z.ZodType>(one: T) =>
  z
    .union([z.array(one), one])
    .nullish()
    .transform((value) => (value === null || value === undefined ? [] : Array.isArray(value) ? value : [value]));
const answerSchema = z.object({
  disks: many(
    z.looseObject({
      Number: z.number(),
      FriendlyName: text,
      SerialNumber: text,
      Size: z.number().default(0),
      BusType: text,
      IsBoot: truth,
      IsSystem: truth,
      IsReadOnly: truth,
      LogicalSectorSize: z.number().default(512),
      PartitionStyle: text,
    }),
  ),
  partitions: many(
    z.looseObject({
      DiskNumber: z.number(),
      PartitionNumber: z.number(),
      DriveLetter: text,
      Size: z.number().default(0),
      GptType: text,
      IsBoot: truth,
      IsSystem: truth,
    }),
  ),
  volumes: many(z.looseObject({ DriveLetter: text, FileSystem: text, FileSystemLabel: text })),
});

/** One question for all; numbers of enumerations as their names. */
const question = `$ErrorActionPreference='Stop'
[Console]::OutputEncoding=[Text.Encoding]::UTF8
@{
disks=@(Get-Disk|Select-Object Number,FriendlyName,SerialNumber,Size,@{n='BusType';e={"$($_.BusType)"}},IsBoot,IsSystem,IsReadOnly,LogicalSectorSize,@{n='PartitionStyle';e={"$($_.PartitionStyle)"}})
partitions=@(Get-Partition|Select-Object DiskNumber,PartitionNumber,@{n='DriveLetter';e={if([int]$_.DriveLetter){"$($_.DriveLetter)"}}},Size,GptType,IsBoot,IsSystem)
volumes=@(Get-Volume|Select-Object @{n='DriveLetter';e={if($_.DriveLetter){"$($_.DriveLetter)"}}},FileSystem,FileSystemLabel)
}|ConvertTo-Json -Depth 4 -Compress`;
const powershell = (script: string): string[] => [
  'powershell.exe',
  '-NoProfile',
  '-NonInteractive',
  '-Command',
  script,
];

/** Devices in PowerShell's answer. Throws `drives-unreadable`. */
export function devicesOfPowerShell(answer: string): Device[] {
  try {
    const { disks, partitions, volumes } = answerSchema.parse(JSON.parse(answer));
    return disks.map((disk) => {
      const path = `\\\\.\\PHYSICALDRIVE${disk.Number}`;
      const base = {
        readOnly: disk.IsReadOnly,
        removable: false,
        hotplug: false,
        subsystems: '',
        vendor: '',
        wwn: '',
        uuid: '',
        partitionType: '',
        partitionName: '',
        sectorSize: disk.LogicalSectorSize,
      };
      return {
        ...base,
        kname: `PHYSICALDRIVE${disk.Number}`,
        path,
        type: /^(file backed virtual|virtual|spaces)$/i.test(disk.BusType) ? 'loop' : 'disk',
        size: disk.Size,
        transport: disk.BusType.toLowerCase(),
        model: disk.FriendlyName,
        serial: disk.SerialNumber,
        fileSystem: '',
        label: '',
        partitionTable: disk.PartitionStyle.toLowerCase(),
        mounts: [],
        system: disk.IsBoot || disk.IsSystem,
        children: partitions
          .filter(({ DiskNumber }) => DiskNumber === disk.Number)
          .map((part) => {
            const volume = volumes.find(({ DriveLetter: letter }) => letter !== '' && letter === part.DriveLetter);
            return {
              ...base,
              kname: `PHYSICALDRIVE${disk.Number}-${part.PartitionNumber}`,
              path,
              type: 'part',
              size: part.Size,
              transport: '',
              model: '',
              serial: '',
              fileSystem: volume?.FileSystem ?? '',
              label: volume?.FileSystemLabel ?? '',
              partitionTable: '',
              mounts: part.DriveLetter ? [`${part.DriveLetter}:\\`] : [],
              system: part.IsBoot || part.IsSystem,
              children: [],
            };
          }),
      };
    });
  } catch (error) {
    throw drivesUnreadable('Get-Disk', error);
  }
}

/** Drives of Windows. Never run on one: the list is tested on samples, the rest is not. */
export const windowsDrives: DrivePlatform = {
  proven: false,
  async devices(signal) {
    const { code, stdout, stderr } = await runProcess(powershell(question), {
      timeoutMs: 30_000,
      env: process.env,
      ...(signal && { signal }),
    });
    if (code !== 0) throw drivesUnreadable('Get-Disk', new Error(stderr.trim().split('\n').at(-1)));
    return devicesOfPowerShell(stdout);
  },
  // Windows lets nobody write where a volume is; a removable drive cannot be set offline. So its partitions go first.
  async release({ path }) {
    const number = /(\d+)$/.exec(path)?.[1] ?? '';
    const { code, stderr } = await runProcess(
      powershell(`Clear-Disk -Number ${number} -RemoveData -RemoveOEM -Confirm:$false -ErrorAction Stop`),
      { timeoutMs: 120_000, env: process.env },
    );
    // An empty drive has nothing to clear.
    if (code !== 0 && !/not been initialized/i.test(stderr)) throw stillInUse(path, stderr);
  },
  open: ({ path, size }, { readOnly }) => openRaw(path, size, readOnly ? 'r' : 'r+'),
  async rescan() {
    await runProcess(powershell('Update-HostStorageCache'), { timeoutMs: 30_000, env: process.env }).catch(
      () => undefined,
    );
  },
};
