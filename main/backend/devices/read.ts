import type { DeviceLoss, DeviceReport, PciDevice, UsbDevice } from '../../contract/devices.ts';
import type { DeviceFiles } from './files.ts';
import { readIds } from './ids.ts';
import type { Ids } from './ids.ts';
import { lossesAt, usesOf } from './uses.ts';
import type { Use } from './uses.ts';

const pciRoot = '/sys/bus/pci/devices';
const usbRoot = '/sys/bus/usb/devices';

/** All PCI and USB devices by name, and what this computer would lose with each. Read only, no root. */
export function readDevices(files: DeviceFiles): DeviceReport {
  const ids = { pci: readIds(files, 'pci'), usb: readIds(files, 'usb') };
  const uses = usesOf(files);
  return {
    pci: readPci(files, ids.pci, uses),
    usb: readUsb(files, ids.usb, uses),
    iommu: {
      tablePresent: ['DMAR', 'IVRS'].some((table) => files.list('/sys/firmware/acpi/tables').includes(table)),
      groups: files.list('/sys/kernel/iommu_groups').length,
    },
    names: { pci: ids.pci !== undefined, usb: ids.usb !== undefined },
  };
}

function readPci(files: DeviceFiles, ids: Ids | undefined, uses: readonly Use[]): PciDevice[] {
  const all = files.list(pciRoot).map((address) => ({ address, group: nameOf(files.real(`${pciRoot}/${address}/iommu_group`)) })); // prettier-ignore
  const displays = all.filter(({ address }) => hex(files, `${pciRoot}/${address}/class`).startsWith('03')).length;
  const own = new Map(
    all.map(({ address }) => {
      const path = files.real(`${pciRoot}/${address}`) ?? '';
      const bridge = hex(files, `${pciRoot}/${address}/class`).startsWith('06');
      // A bridge has what hangs behind it in its path; that is not a loss of the bridge alone.
      const losses: DeviceLoss[] = bridge ? [] : [...lossesAt(uses, path)];
      const display = hex(files, `${pciRoot}/${address}/class`).startsWith('03');
      if (display && (displays === 1 || files.read(`${pciRoot}/${address}/boot_vga`)?.trim() === '1'))
        losses.push({ kind: 'console', text: `${displays === 1 ? 'The only graphics card' : 'The graphics card that shows the start of this computer'}: its screen would stay dark.` }); // prettier-ignore
      return [address, { bridge, losses }] as const;
    }),
  );
  return all.map(({ address, group }): PciDevice => {
    const at = `${pciRoot}/${address}`;
    const [vendor, device, cls] = ['vendor', 'device', 'class'].map((name) => hex(files, `${at}/${name}`));
    const driver = nameOf(files.real(`${at}/driver`));
    // Bridges of a group stay with the computer (vfio-pci is not bound to them).
    const together = group === undefined || own.get(address)?.bridge ? [] : all.filter((other) => other.group === group && other.address !== address && !own.get(other.address)?.bridge).map((other) => other.address); // prettier-ignore
    const { bridge = false, losses = [] } = own.get(address) ?? {};
    const words = [ids?.vendor(vendor ?? ''), ids?.device(vendor ?? '', device ?? '')].filter(Boolean).join(' ');
    return {
      address,
      name: words || `${vendor}:${device}`,
      ids: `${vendor}:${device}`,
      className: ids?.className((cls ?? '').slice(0, 4)) ?? plainClass(cls ?? ''),
      ...(driver !== undefined && { driver }),
      ...(group !== undefined && { group }),
      together,
      bridge,
      losses: [
        ...losses,
        ...together.flatMap((other): DeviceLoss[] => [
          { kind: 'group', text: `${other} is in the same IOMMU group ${group} and goes with it.` },
          ...(own.get(other)?.losses ?? []),
        ]),
      ],
    };
  });
}

function readUsb(files: DeviceFiles, ids: Ids | undefined, uses: readonly Use[]): UsbDevice[] {
  return files
    .list(usbRoot)
    .filter((id) => /^\d+-[\d.]+$/.test(id))
    .map((id): UsbDevice => {
      const at = `${usbRoot}/${id}`;
      const text = (name: string): string => (files.read(`${at}/${name}`) ?? '').trim();
      const [vendor, product] = [text('idVendor'), text('idProduct')];
      const bus = Number(text('busnum'));
      const device = Number(text('devnum'));
      const speed = Number(text('speed'));
      const own = [text('manufacturer'), text('product')].filter(Boolean).join(' ');
      const listed = [ids?.vendor(vendor), ids?.device(vendor, product)].filter(Boolean).join(' ');
      const serial = text('serial');
      const hub = text('bDeviceClass') === '09';
      const three = (number: number): string => String(number).padStart(3, '0');
      return {
        id,
        name: (ids?.device(vendor, product) ? listed : own || listed) || `${vendor}:${product}`,
        ids: `${vendor}:${product}`,
        ...(serial && { serial }),
        bus,
        device,
        ...(speed > 0 && { speed }),
        hub,
        accessible: files.writable(`/dev/bus/usb/${three(bus)}/${three(device)}`),
        losses: hub ? [] : lossesAt(uses, files.real(at) ?? ''),
      };
    });
}

const hex = (files: DeviceFiles, path: string): string => (files.read(path) ?? '').trim().replace(/^0x/, '');
const nameOf = (path: string | undefined): string | undefined => path?.split('/').at(-1);

/** Base classes of PCI (PCI Code and ID Assignment Specification), for where no list of names is. */
const classes: Record<string, string> = {
  '00': 'Unclassified device', '01': 'Mass storage controller', '02': 'Network controller', '03': 'Display controller',
  '04': 'Multimedia controller', '05': 'Memory controller', '06': 'Bridge', '07': 'Communication controller',
  '08': 'System peripheral', '09': 'Input device controller', '0b': 'Processor', '0c': 'Serial bus controller',
  '0d': 'Wireless controller', '10': 'Encryption controller', '11': 'Signal processing controller', '12': 'Processing accelerator',
}; // prettier-ignore
const plainClass = (code: string): string => classes[code.slice(0, 2)] ?? 'Device';
