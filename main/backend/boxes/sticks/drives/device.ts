/** A block device and everything that stands on it, as the operating system tells it. Sizes in bytes. */
export interface Device {
  /** The kernel's name: sdb, sdb1, dm-0. */
  kname: string;
  path: string;
  /** disk, part, crypt, lvm, raid1, mpath, loop, rom, ... */
  type: string;
  size: number;
  readOnly: boolean;
  removable: boolean;
  hotplug: boolean;
  /** usb, sata, nvme, mmc, ...; empty: not told. */
  transport: string;
  subsystems: string;
  vendor: string;
  model: string;
  serial: string;
  wwn: string;
  fileSystem: string;
  label: string;
  uuid: string;
  partitionTable: string;
  partitionType: string;
  partitionName: string;
  mounts: string[];
  sectorSize: number;
  /** Counts up with every medium the kernel sees (Linux 5.15 and newer). */
  diskseq?: string;
  /** SD, or MMC for memory that is soldered in; of mmc devices only. */
  cardType?: string;
  /** The operating system says itself that it runs from it (macOS and Windows). */
  system?: boolean;
  children: Device[];
}

/** A device and all that stands on it, itself first. */
export function withDescendants(device: Device): Device[] {
  return [device, ...device.children.flatMap(withDescendants)];
}

/** Which drive this is, plugged in at this very time: compared again right before it is opened. */
export const keyOf = ({
  kname,
  serial,
  size,
  diskseq,
}: Pick<Device, 'kname' | 'serial' | 'size' | 'diskseq'>): string => [kname, serial, size, diskseq ?? ''].join('|');
