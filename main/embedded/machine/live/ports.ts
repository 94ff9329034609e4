import type { Qmp } from '../qemu/qmp.ts';

interface PciDevice {
  qdev_id: string;
  pci_bridge?: { devices?: PciDevice[] };
}

/** Id of a root port that nothing sits in, for a device that is plugged into a running q35 machine. */
export async function freePort(qmp: Qmp): Promise<string | undefined> {
  const buses = await qmp.execute<{ devices: PciDevice[] }[]>('query-pci');
  return buses
    .flatMap(({ devices }) => devices)
    .find(({ qdev_id: id, pci_bridge: bridge }) => /^hotplug\d+$/.test(id) && (bridge?.devices ?? []).length === 0)
    ?.qdev_id;
}
