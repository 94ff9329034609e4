import { basename } from 'node:path';
import { readlinkSync } from 'node:fs';
import { execa } from 'execa';
import type { HostFacts } from '../../contract/host.ts';
import type { HostFiles } from './signals.ts';

const link = (path: string): string | undefined => {
  try {
    return basename(readlinkSync(path));
  } catch {
    return undefined; // no driver, no group: both are ordinary
  }
};

/** Display controllers with their driver and IOMMU group; read only. */
export async function pciDisplays(files: HostFiles): Promise<HostFacts['gpus']> {
  const root = '/sys/bus/pci/devices';
  const displays = files.list(root).filter((address) => files.read(`${root}/${address}/class`)?.startsWith('0x03'));
  return Promise.all(
    displays.map(async (address) => {
      const driver = link(`${root}/${address}/driver`);
      const iommuGroup = link(`${root}/${address}/iommu_group`);
      return {
        name: await deviceName(files, `${root}/${address}`, address),
        pciAddress: address,
        ...(driver ? { driver } : {}),
        ...(iommuGroup ? { iommuGroup } : {}),
        bootVga: files.read(`${root}/${address}/boot_vga`)?.trim() === '1',
      };
    }),
  );
}

async function deviceName(files: HostFiles, folder: string, address: string): Promise<string> {
  const result = await execa('lspci', ['-mm', '-s', address], { reject: false, timeout: 2000, stdin: 'ignore' });
  const quoted = [...(result.stdout ?? '').matchAll(/"([^"]*)"/g)].map((match) => match[1]);
  if (quoted[1] && quoted[2]) return `${quoted[1]} ${quoted[2]}`;
  const id = (name: string): string => (files.read(`${folder}/${name}`) ?? '').trim().replace('0x', '');
  return `PCI ${id('vendor')}:${id('device')}`;
}

/** Whether the firmware has an IOMMU table, and how many groups the kernel made. */
export function iommu(files: HostFiles): HostFacts['iommu'] {
  return {
    tablePresent: ['DMAR', 'IVRS'].some((table) => files.exists(`/sys/firmware/acpi/tables/${table}`)),
    groups: files.list('/sys/kernel/iommu_groups').length,
  };
}
