import { stringify } from 'yaml';
import type { DeviceReport, PassthroughPlan, PciDevice, UsbDevice } from '../../contract/devices.ts';

/** What of the computer decides whether passthrough can work. */
export interface Surroundings {
  vendor: 'intel' | 'amd' | 'other';
  /** It is a virtual machine itself. */
  virtual: boolean;
  /** What machines run with here. */
  accelerator: string;
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '') || 'device';

/** The KubeVirt object with the device permitted. HostDevices is an alpha gate of KubeVirt 1.9; GPUs need none. */
const permitted = (what: object, gates: boolean): string =>
  stringify({
    apiVersion: 'kubevirt.io/v1',
    kind: 'KubeVirt',
    metadata: { name: 'kubevirt', namespace: 'kubevirt' },
    spec: {
      configuration: {
        ...(gates && { developerConfiguration: { featureGates: ['HostDevices'] } }),
        permittedHostDevices: what,
      },
    },
  });

const inMachine = (field: 'gpus' | 'hostDevices', name: string, deviceName: string): string =>
  stringify({ spec: { template: { spec: { domain: { devices: { [field]: [{ name, deviceName }] } } } } } });

/** The way of a PCI device into a machine on KubeVirt, and what stands in it. Nothing is done. Pure. */
export function pciPlan(device: PciDevice, report: DeviceReport, around: Surroundings): PassthroughPlan {
  const members = [device, ...report.pci.filter(({ address }) => device.together.includes(address))];
  const ids = [...new Set(members.map((each) => each.ids))];
  const twins = report.pci.filter((each) => ids.includes(each.ids) && !members.includes(each));
  const gpu = /display|vga|3d controller/i.test(device.className);
  const resource = `hearth.dev/${slug(device.name)}`;
  const blockers = [
    ...(report.iommu.groups === 0
      ? [
          report.iommu.tablePresent
            ? 'The kernel made no IOMMU groups: the IOMMU is there and not switched on.'
            : 'No IOMMU was found: it is off in the firmware set-up, or this computer has none.',
        ]
      : []),
    ...(around.virtual
      ? ['This computer is a virtual machine itself: its hypervisor would have to give it an IOMMU.']
      : []),
    ...(around.accelerator === 'tcg' ? ['Machines run in software mode (TCG) here: devices can only be given to machines on KVM.'] : []),
    ...(device.bridge ? ['It is a bridge of the computer itself.'] : []),
    ...(device.losses.some(({ kind }) => kind === 'root-disk') ? ['The computer runs from it.'] : []),
  ]; // prettier-ignore
  const parameter = around.vendor === 'intel' ? 'intel_iommu=on iommu=pt' : 'iommu=pt';
  return {
    title: device.name,
    blockers,
    losses: device.losses,
    steps: [
      {
        title: 'IOMMU in the firmware',
        text: `Switch on ${around.vendor === 'amd' ? 'AMD-Vi (IOMMU)' : around.vendor === 'intel' ? 'VT-d' : 'the IOMMU'} in the firmware set-up of this computer.`,
        commands: [],
      },
      {
        title: 'IOMMU in the kernel',
        text: 'Add the parameter to the kernel’s command line and restart.',
        commands: [`sudo sed -i 's/^GRUB_CMDLINE_LINUX="/&${parameter} /' /etc/default/grub && sudo update-grub`],
      },
      {
        title: 'Another driver',
        text: `The devices are taken by vfio-pci instead of ${device.driver ?? 'their driver'} from the next start on. All members of the group go together.${twins.length > 0 ? ` ${twins.map(({ address }) => address).join(', ')} has the same number and would go, too: bind by address instead (driverctl).` : ''}`,
        commands: [
          `echo 'options vfio-pci ids=${ids.join(',')}' | sudo tee /etc/modprobe.d/hearth-vfio.conf`,
          ...members.flatMap(({ driver }) => (driver && driver !== 'vfio-pci' ? [`echo 'softdep ${driver} pre: vfio-pci' | sudo tee -a /etc/modprobe.d/hearth-vfio.conf`] : [])),
          'sudo update-initramfs -u',
          ...members.map(({ address }) => `lspci -nnk -s ${address}`),
        ],
      },
    ],
    manifests: [
      {
        title: 'The KubeVirt object: which devices machines may have',
        yaml: permitted({ pciHostDevices: members.map((each) => ({ pciVendorSelector: each.ids.toUpperCase(), resourceName: each === device ? resource : `${resource}-${slug(each.address)}` })) }, !gpu),
      },
      { title: 'In the machine', yaml: inMachine(gpu ? 'gpus' : 'hostDevices', slug(device.name), resource) },
    ],
  }; // prettier-ignore
}

/** The way of a USB device into a machine on KubeVirt. Pure. */
export function usbPlan(device: UsbDevice, around: Surroundings): PassthroughPlan {
  const [vendor = '', product = ''] = device.ids.split(':');
  const resource = `hearth.dev/${slug(device.name)}`;
  const three = (number: number): string => String(number).padStart(3, '0');
  const path = `/dev/bus/usb/${three(device.bus)}/${three(device.device)}`;
  return {
    title: device.name,
    blockers: [
      ...(device.hub ? ['It is a hub: give the devices on it, one by one.'] : []),
      ...(device.losses.some(({ kind }) => kind === 'root-disk') ? ['The computer runs from it.'] : []),
      ...(around.accelerator === 'tcg' ? ['The quick lab gives no devices of this computer to its machines. On KubeVirt, without KVM, it was never tried.'] : ['The quick lab gives no devices of this computer to its machines: use KubeVirt on this computer.']),
    ],
    losses: device.losses,
    steps: device.accessible
      ? []
      : [
          {
            title: 'Permission',
            text: `This user may not open ${path}. KubeVirt's own device plugin runs as root and does not need it.`,
            commands: [`echo 'SUBSYSTEM=="usb", ATTR{idVendor}=="${vendor}", ATTR{idProduct}=="${product}", TAG+="uaccess"' | sudo tee /etc/udev/rules.d/70-hearth-usb.rules && sudo udevadm trigger`],
          },
        ],
    manifests: [
      {
        title: 'The KubeVirt object: which devices machines may have',
        yaml: permitted({ usb: [{ resourceName: resource, selectors: [{ vendor, product }] }] }, true),
      },
      { title: 'In the machine', yaml: inMachine('hostDevices', slug(device.name), resource) },
    ],
  }; // prettier-ignore
}
