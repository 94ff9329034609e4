import type { DiskInside } from '../../../main/contract/inside.ts';

const GiB = 2 ** 30;
/** What is found on a disk of Windows 11 out of VMware. */
export const foreignWindows: DiskInside = {
  table: 'gpt',
  size: 64 * GiB,
  format: 'vmdk',
  partitions: [
    { size: 100 * 2 ** 20, kind: 'fat', esp: true, name: 'EFI system partition' },
    { size: 16 * 2 ** 20, kind: 'empty', esp: false, name: 'Microsoft reserved partition' },
    { size: 63 * GiB, kind: 'ntfs', esp: false, name: 'Basic data partition' },
  ],
  boots: 'uefi',
  family: 'windows',
  system: { id: 'windows-11', name: 'Windows 11', preference: 'windows.11' },
  evidence: 'EFI/Microsoft/Boot: Windows 11',
  notes: ['hibernated'],
  doubts: [],
};
