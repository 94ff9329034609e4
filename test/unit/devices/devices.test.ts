import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeviceReport } from '../../../main/contract/devices.ts';
import { deviceFiles } from '../../../main/backend/devices/files.ts';
import { parseIds } from '../../../main/backend/devices/ids.ts';
import { pciPlan, usbPlan } from '../../../main/backend/devices/plan.ts';
import { readDevices } from '../../../main/backend/devices/read.ts';

/** /sys of a desktop PC as its kernel shows it: two cards share a group, the disk is behind device mapper, a keyboard on USB. */
const pci: Record<string, { ids: [string, string]; cls: string; driver?: string; group: string; vga?: boolean }> = {
  '0000:00:01.0': { ids: ['8086', '1901'], cls: '060400', group: '1' },
  '0000:00:14.0': { ids: ['8086', 'a36d'], cls: '0c0330', driver: 'xhci_hcd', group: '4' },
  '0000:00:1f.6': { ids: ['8086', '15bb'], cls: '020000', driver: 'e1000e', group: '7' },
  '0000:01:00.0': { ids: ['10de', '1eb8'], cls: '030000', driver: 'nouveau', group: '1', vga: true },
  '0000:01:00.1': { ids: ['10de', '10f8'], cls: '040300', driver: 'snd_hda_intel', group: '1' },
  '0000:02:00.0': { ids: ['144d', 'a808'], cls: '010802', driver: 'nvme', group: '9' },
};
let root: string;
let report: DeviceReport;
const file = (path: string, text: string): void => {
  mkdirSync(dirname(root + path), { recursive: true });
  writeFileSync(root + path, text);
};
const link = (from: string, to: string): void => {
  mkdirSync(dirname(root + from), { recursive: true });
  mkdirSync(root + to, { recursive: true });
  symlinkSync(relative(realpathSync(dirname(root + from)), root + to), root + from);
};

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-sys-')));
  const place = (address: string): string =>
    `/sys/devices/pci0000:00/${address.startsWith('0000:00') ? '' : address.startsWith('0000:01') ? '0000:00:01.0/' : '0000:00:1b.0/'}${address}`;
  for (const [address, { ids, cls, driver, group, vga }] of Object.entries(pci)) {
    const at = place(address);
    file(`${at}/vendor`, `0x${ids[0]}\n`);
    file(`${at}/device`, `0x${ids[1]}\n`);
    file(`${at}/class`, `0x${cls}\n`);
    if (vga) file(`${at}/boot_vga`, '1\n');
    if (driver) link(`${at}/driver`, `/sys/bus/pci/drivers/${driver}`);
    link(`${at}/iommu_group`, `/sys/kernel/iommu_groups/${group}`);
    link(`/sys/bus/pci/devices/${address}`, at);
  }
  file('/sys/firmware/acpi/tables/DMAR', '');
  file('/usr/share/misc/pci.ids', '# list\n10de  NVIDIA Corporation\n\t1eb8  TU104GL [Tesla T4]\n\t\t10de 12a2  A board\n8086  Intel Corporation\n\t15bb  Ethernet Connection (7) I219-LM\nC 02  Network controller\n\t00  Ethernet controller\nC 03  Display controller\n\t00  VGA compatible controller\n'); // prettier-ignore
  // The card belongs to a bridge, and the bridge has the default route.
  const nic = `${place('0000:00:1f.6')}/net/eno1`;
  file(`${nic}/operstate`, 'up\n');
  link('/sys/class/net/eno1', nic);
  link(`${nic}/device`, place('0000:00:1f.6'));
  link(`${nic}/master`, '/sys/devices/virtual/net/br0');
  file('/proc/net/route', 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\nbr0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n'); // prettier-ignore
  const disk = `${place('0000:02:00.0')}/nvme/nvme0/nvme0n1/nvme0n1p2`;
  link('/sys/dev/block/254:0', '/sys/devices/virtual/block/dm-0');
  link('/sys/devices/virtual/block/dm-0/slaves/nvme0n1p2', disk);
  file('/proc/self/mountinfo', '29 1 254:0 / / rw,relatime shared:1 - ext4 /dev/mapper/root rw\n30 29 0:5 / /dev rw - devtmpfs udev rw\n'); // prettier-ignore
  const usb = `${place('0000:00:14.0')}/usb1/1-2`;
  for (const [name, text] of Object.entries({ idVendor: '046d', idProduct: 'c52b', manufacturer: 'Logitech', product: 'USB Receiver', busnum: '1', devnum: '4', speed: '12', bDeviceClass: '00' })) file(`${usb}/${name}`, `${text}\n`); // prettier-ignore
  link('/sys/bus/usb/devices/1-2', usb);
  link('/sys/bus/usb/devices/usb1', `${place('0000:00:14.0')}/usb1`);
  link('/sys/bus/usb/devices/1-2:1.0', `${usb}/1-2:1.0`);
  file('/proc/bus/input/devices', `I: Bus=0003\nN: Name="Logitech K400"\nS: Sysfs=${usb.slice(4)}/1-2:1.0/input/input5\nH: Handlers=sysrq kbd event3 leds\nB: EV=120013\n\nI: Bus=0019\nN: Name="Power Button"\nS: Sysfs=/devices/LNXSYSTM:00/input/input0\nH: Handlers=kbd event0\nB: EV=3\n`); // prettier-ignore
  report = readDevices(deviceFiles(root));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const at = (address: string) => report.pci.find((device) => device.address === address);
const lost = (address: string) => at(address)?.losses.map(({ kind }) => kind);

test('PCI devices have their names, or their numbers where the list does not know them', () => {
  expect(at('0000:01:00.0')).toMatchObject({ name: 'NVIDIA Corporation TU104GL [Tesla T4]', ids: '10de:1eb8', className: 'VGA compatible controller', driver: 'nouveau', group: '1' }); // prettier-ignore
  expect(at('0000:02:00.0')).toMatchObject({ name: '144d:a808', className: 'Mass storage controller' });
  expect(report.iommu).toEqual({ tablePresent: true, groups: 4 });
});

test('what this computer would lose is told: default route through a bridge, root disk below device mapper, keyboard, console, group', () => {
  expect(lost('0000:00:1f.6')).toEqual(['network']);
  expect(at('0000:00:1f.6')?.losses[0]?.text).toContain('default route');
  expect(lost('0000:02:00.0')).toEqual(['root-disk']);
  expect(lost('0000:00:14.0')).toEqual(['keyboard']);
  expect(lost('0000:01:00.0')).toEqual(['console', 'group']);
  // The sound half of the card takes the screen along; the bridge above them stays.
  expect(at('0000:01:00.1')?.together).toEqual(['0000:01:00.0']);
  expect(lost('0000:01:00.1')).toEqual(['group', 'console']);
  expect(at('0000:00:01.0')).toMatchObject({ bridge: true, losses: [] });
});

test('USB devices have their place, their own words where no list is, and no interfaces or roots among them', () => {
  expect(report.usb).toEqual([
    expect.objectContaining({ id: '1-2', name: 'Logitech USB Receiver', ids: '046d:c52b', bus: 1, device: 4, speed: 12, accessible: false, losses: [expect.objectContaining({ kind: 'keyboard' })] }),
  ]); // prettier-ignore
  expect(report.names).toEqual({ pci: true, usb: false });
});

test('the dry run names kernel parameter, all ids of the group, and both manifests', () => {
  const device = at('0000:01:00.0');
  if (!device) throw new Error('no card');
  const plan = pciPlan(device, report, { vendor: 'intel', virtual: false, accelerator: 'kvm' });
  expect(plan.blockers).toEqual([]);
  const commands = plan.steps.flatMap((step) => step.commands).join('\n');
  expect(commands).toContain('intel_iommu=on');
  expect(commands).toContain('vfio-pci ids=10de:1eb8,10de:10f8');
  expect(plan.manifests[0]?.yaml).toContain('pciVendorSelector: 10DE:1EB8');
  // GPUs need no feature gate; other devices do.
  expect(plan.manifests[0]?.yaml).not.toContain('featureGates');
  expect(plan.manifests[1]?.yaml).toMatch(/gpus:\n\s+- name: nvidia/);
  const disk = at('0000:02:00.0');
  const blocked = disk && pciPlan(disk, { ...report, iommu: { tablePresent: false, groups: 0 } }, { vendor: 'amd', virtual: true, accelerator: 'tcg' }); // prettier-ignore
  expect(blocked?.blockers).toHaveLength(4);
  expect(blocked?.manifests[0]?.yaml).toContain('- HostDevices');
  const stick = report.usb[0];
  const usb = stick && usbPlan(stick, { vendor: 'intel', virtual: false, accelerator: 'kvm' });
  expect(usb?.manifests[0]?.yaml).toMatch(/vendor: 046d\n\s+product: c52b/);
  expect(usb?.steps[0]?.commands[0]).toContain('70-hearth-usb.rules');
});

test('lists of names may end with other lists', () => {
  const ids = parseIds('0001  One\n\t0002  Two\nAT 0100  Terminal\n\t0003  not a device\n');
  expect([ids.vendor('0001'), ids.device('0001', '0002'), ids.device('0001', '0003')]).toEqual(['One', 'Two', undefined]); // prettier-ignore
});
