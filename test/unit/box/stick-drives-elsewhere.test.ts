import { describe, expect, it } from 'vitest';
import { devicesOfDiskutil } from '../../../main/backend/boxes/sticks/drives/darwin.ts';
import { drivesOf } from '../../../main/backend/boxes/sticks/drives/describe.ts';
import { thisPlatform } from '../../../main/backend/boxes/sticks/drives/this-platform.ts';
import { devicesOfPowerShell } from '../../../main/backend/boxes/sticks/drives/windows.ts';

const gb = 1_000_000_000;
const codes = (drives: ReturnType<typeof drivesOf>) =>
  Object.fromEntries(drives.map(({ path, refused, typed }) => [path, refused?.code ?? typed ?? 'ok']));

// Of the shape of `diskutil list -plist physical` and `diskutil info -plist`, turned into JSON by plutil.
const list = {
  AllDisks: ['disk0', 'disk0s1', 'disk0s2', 'disk4', 'disk4s1', 'disk5', 'disk6', 'disk7'],
  AllDisksAndPartitions: [
    { DeviceIdentifier: 'disk0', Size: 500 * gb, Content: 'GUID_partition_scheme', OSInternal: false, Partitions: [{ DeviceIdentifier: 'disk0s1', Size: gb, Content: 'Apple_APFS_ISC' }, { DeviceIdentifier: 'disk0s2', Size: 494 * gb, Content: 'Apple_APFS' }] },
    { DeviceIdentifier: 'disk3', Size: 494 * gb, Content: 'EF57347C', APFSPhysicalStores: [{ DeviceIdentifier: 'disk0s2' }], APFSVolumes: [{ DeviceIdentifier: 'disk3s1', MountPoint: '/', VolumeName: 'Macintosh HD' }, { DeviceIdentifier: 'disk3s5', MountPoint: '/System/Volumes/Data', VolumeName: 'Data' }] },
    { DeviceIdentifier: 'disk4', Size: 32 * gb, Content: 'FDisk_partition_scheme', Partitions: [{ DeviceIdentifier: 'disk4s1', Size: 32 * gb, Content: 'Windows_FAT_32', VolumeName: 'PHOTOS', MountPoint: '/Volumes/PHOTOS' }] },
    { DeviceIdentifier: 'disk5', Size: 64 * gb, Content: 'FDisk_partition_scheme', Partitions: [{ DeviceIdentifier: 'disk5s1', Size: 64 * gb, Content: 'Windows_NTFS' }] },
    { DeviceIdentifier: 'disk6', Size: 2000 * gb, Content: 'GUID_partition_scheme', Partitions: [{ DeviceIdentifier: 'disk6s2', Size: 1999 * gb, Content: 'Apple_APFS' }] },
    { DeviceIdentifier: 'disk8', Size: 1999 * gb, Content: 'EF57347C', APFSPhysicalStores: [{ DeviceIdentifier: 'disk6s2' }], APFSVolumes: [{ DeviceIdentifier: 'disk8s1', MountPoint: '/Volumes/Backup', VolumeName: 'Backup' }] },
    { DeviceIdentifier: 'disk7', Size: gb, Content: 'GUID_partition_scheme', Partitions: [{ DeviceIdentifier: 'disk7s1', Size: gb, Content: 'Apple_HFS', MountPoint: '/Volumes/Installer' }] },
  ],
}; // prettier-ignore
const infos = [
  { DeviceIdentifier: 'disk0', BusProtocol: 'Apple Fabric', Internal: true, MediaName: 'APPLE SSD AP0512Z', Size: 500 * gb },
  { DeviceIdentifier: 'disk4', BusProtocol: 'USB', Internal: false, RemovableMedia: true, MediaName: 'Ultra Fit', Size: 32 * gb },
  { DeviceIdentifier: 'disk5', BusProtocol: 'Secure Digital', Internal: true, RemovableMedia: true, MediaName: 'Built In SDXC Reader', Size: 64 * gb, WritableMedia: false },
  { DeviceIdentifier: 'disk6', BusProtocol: 'USB', Internal: false, MediaName: 'Expansion', Size: 2000 * gb },
  { DeviceIdentifier: 'disk7', BusProtocol: 'Disk Image', Internal: false, VirtualOrPhysical: 'Virtual', MediaName: 'Disk Image', Size: gb },
  { DeviceIdentifier: 'disk3', BusProtocol: 'Apple Fabric', Internal: true, VirtualOrPhysical: 'Virtual', Size: 494 * gb },
]; // prettier-ignore

describe('drives of macOS', () => {
  it('are judged by the same rules', () => {
    const drives = drivesOf(devicesOfDiskutil(list, infos));
    expect(codes(drives)).toEqual({
      '/dev/disk0': 'system',
      '/dev/disk4': 'ok',
      '/dev/disk5': 'read-only',
      '/dev/disk6': '2000',
    });
    expect(drives.find(({ path }) => path === '/dev/disk6')?.mounts).toEqual(['/Volumes/Backup']);
    expect(drives[0]).toMatchObject({ name: 'Ultra Fit', content: '“PHOTOS” (Windows_FAT_32)' });
  });

  it('in no known form are a problem', () => {
    expect(() => devicesOfDiskutil({ AllDisks: [] }, [])).toThrow('The drives cannot be listed');
  });
});

const windows = {
  disks: [
    { Number: 0, FriendlyName: 'Samsung SSD 980', SerialNumber: ' 0025_38D4. ', Size: 500 * gb, BusType: 'NVMe', IsBoot: true, IsSystem: true, IsReadOnly: false, LogicalSectorSize: 512, PartitionStyle: 'GPT' },
    { Number: 1, FriendlyName: 'SanDisk Ultra', SerialNumber: '4C53', Size: 32 * gb, BusType: 'USB', IsBoot: false, IsSystem: false, IsReadOnly: false, LogicalSectorSize: 512, PartitionStyle: 'MBR' },
    { Number: 2, FriendlyName: 'Windows To Go', SerialNumber: 'WTG', Size: 128 * gb, BusType: 'USB', IsBoot: false, IsSystem: true, IsReadOnly: false, LogicalSectorSize: 512, PartitionStyle: 'GPT' },
    { Number: 3, FriendlyName: 'Msft Virtual Disk', SerialNumber: null, Size: 10 * gb, BusType: 'File Backed Virtual', IsBoot: false, IsSystem: false, IsReadOnly: false, LogicalSectorSize: 512, PartitionStyle: 'RAW' },
    { Number: 4, FriendlyName: 'Generic Card', SerialNumber: '', Size: 64 * gb, BusType: 'SD', IsBoot: false, IsSystem: false, IsReadOnly: false, LogicalSectorSize: 512, PartitionStyle: 'MBR' },
    { Number: 5, FriendlyName: 'eMMC', SerialNumber: '1', Size: 64 * gb, BusType: 'MMC', IsBoot: false, IsSystem: false, IsReadOnly: false, LogicalSectorSize: 512, PartitionStyle: 'GPT' },
  ],
  partitions: [
    { DiskNumber: 0, PartitionNumber: 3, DriveLetter: 'C', Size: 499 * gb, GptType: '{ebd0a0a2}', IsBoot: true, IsSystem: false },
    { DiskNumber: 1, PartitionNumber: 1, DriveLetter: 'E', Size: 32 * gb, GptType: null, IsBoot: false, IsSystem: false },
  ],
  volumes: [{ DriveLetter: 'E', FileSystem: 'FAT32', FileSystemLabel: 'PHOTOS' }, { DriveLetter: null, FileSystem: 'NTFS', FileSystemLabel: '' }],
}; // prettier-ignore

describe('drives of Windows', () => {
  it('are judged by the same rules', () => {
    const drives = drivesOf(devicesOfPowerShell(JSON.stringify(windows)));
    expect(codes(drives)).toEqual({
      '\\\\.\\PHYSICALDRIVE0': 'system',
      '\\\\.\\PHYSICALDRIVE1': 'ok',
      '\\\\.\\PHYSICALDRIVE2': 'system',
      '\\\\.\\PHYSICALDRIVE4': 'ok',
      '\\\\.\\PHYSICALDRIVE5': 'internal',
    });
    expect(drives.find(({ path }) => path.endsWith('1'))).toMatchObject({
      serial: '4C53',
      mounts: ['E:\\'],
      content: '“PHOTOS” (FAT32)',
    });
  });

  it('are read where there is only one, as PowerShell prints it without a list', () => {
    const single = { disks: windows.disks[1], partitions: windows.partitions[1], volumes: null };
    expect(codes(drivesOf(devicesOfPowerShell(JSON.stringify(single))))).toEqual({ '\\\\.\\PHYSICALDRIVE1': 'ok' });
  });

  it('in no known form are a problem', () => {
    for (const text of ['', 'Get-Disk : Access denied', '{"disks":[{"Number":"x"}]}'])
      expect(() => devicesOfPowerShell(text)).toThrow('The drives cannot be listed');
  });
});

describe('what is proven', () => {
  it('is Linux only, and says so', () => {
    expect((['linux', 'darwin', 'win32'] as const).map((name) => thisPlatform(name).proven)).toEqual([true, false, false]); // prettier-ignore
  });
});
