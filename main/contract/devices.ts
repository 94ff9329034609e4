import { z } from 'zod';
import { call } from './procedure.ts';

/** One thing that this computer would lose, were a device given to a machine. */
export interface DeviceLoss {
  kind: 'network' | 'root-disk' | 'disk' | 'console' | 'keyboard' | 'group';
  text: string;
}
export interface PciDevice {
  /** `0000:00:1f.6`. */
  address: string;
  /** Vendor and device in words, or `8086:15bb` where the name list is not on this computer. */
  name: string;
  /** `8086:15bb`. */
  ids: string;
  /** e.g. "Ethernet controller". */
  className: string;
  driver?: string;
  /** Number of its IOMMU group; absent without an IOMMU. */
  group?: string;
  /** Addresses of the others in its group: they go together. */
  together: string[];
  /** Bridges and the like belong to the computer itself. */
  bridge: boolean;
  losses: DeviceLoss[];
}
export interface UsbDevice {
  /** Its place, e.g. `1-4.2`. */
  id: string;
  name: string;
  ids: string;
  serial?: string;
  bus: number;
  device: number;
  /** Mbit/s. */
  speed?: number;
  hub: boolean;
  /** Whether this user may open it: QEMU would run as this user. */
  accessible: boolean;
  losses: DeviceLoss[];
}
export interface DeviceReport {
  pci: PciDevice[];
  usb: UsbDevice[];
  iommu: { tablePresent: boolean; groups: number };
  /** Names come from these lists; absent ones leave numbers. */
  names: { pci: boolean; usb: boolean };
}
/** What would have to be done to give a device to a machine. Nothing of it is done. */
export interface PassthroughPlan {
  title: string;
  /** Why it cannot work as things are; empty: nothing known speaks against it. */
  blockers: string[];
  losses: DeviceLoss[];
  steps: { title: string; text: string; commands: string[] }[];
  manifests: { title: string; yaml: string }[];
}

/** USB and PCI devices of the computer that Hearth runs on. */
export const deviceProcedures = {
  list: call<DeviceReport>()(z.object({}).strict()),
  /** A dry run; nothing is changed. */
  plan: call<PassthroughPlan>()(z.object({ kind: z.enum(['pci', 'usb']), id: z.string().max(64) })),
} as const;
