import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ForeignMachine } from '../../../main/contract/foreign.ts';
import { describe as read } from '../../../main/backend/foreign/recognise.ts';

const folder = join(import.meta.dirname, 'samples');
const machine = (name: string): ForeignMachine => {
  const head = readFileSync(join(folder, name));
  return read({ name, head, size: head.length });
};
/** A machine in a few lines, in the order of its disks' boot. */
const summary = ({ cpus, disks, cds, nics, ...rest }: ForeignMachine) => ({
  is: [rest.kind, rest.name, rest.arch, `${cpus.sockets}x${cpus.cores}x${cpus.threads}`, rest.memory / 2 ** 20, rest.chipset ?? ''].join(' '),
  firmware: [rest.firmware, rest.secureBoot ? 'secure' : '', rest.tpm ? 'tpm' : '', rest.sound === 'none' ? '' : rest.sound].filter(Boolean).join(' '),
  disks: disks
    .toSorted((a, b) => (a.bootOrder ?? 0) - (b.bootOrder ?? 0))
    .map((each) => [each.slot, each.was, each.bus, each.file, each.format ?? '-', each.size === undefined ? '-' : each.size / 2 ** 20, each.usable ? 'usable' : each.why?.split(' ').slice(0, 4).join(' ')].join(' | ')),
  cds: cds.map(({ slot, file }) => `${slot} ${file ?? 'empty'}`),
  nics: nics.map(({ slot, was, model, mac, network }) => `${slot} ${was}>${model} ${mac ?? 'new'} ${network}`),
  os: [rest.os.family, rest.os.name, ...rest.os.preferences].join(' '),
  left: rest.left.map(({ what }) => what),
}); // prettier-ignore
type Summary = ReturnType<typeof summary>;

const expected: Record<string, Summary> = {
  'workstation-ubuntu.vmx': {
    is: 'vmware Ubuntu 64-bit x86_64 2x2x1 4096 ',
    firmware: 'bios ich9',
    disks: ['scsi0:0 | lsilogic | sata | Ubuntu 64-bit.vmdk | vmdk | - | usable'],
    cds: [String.raw`sata0:1 C:\Users\ada\Downloads\ubuntu-24.04.2-live-server-amd64.iso`],
    nics: ['ethernet0 e1000>e1000 00:0c:29:17:e2:a1 nat'],
    os: 'linux Ubuntu ubuntu linux',
    left: ['Shared folders'],
  },
  'esxi-server2019.vmx': {
    is: 'vmware FILE01 x86_64 1x8x1 16384 ',
    firmware: 'uefi secure',
    disks: [
      'scsi0:0 | lsisas1068 | sata | FILE01.vmdk | vmdk | - | usable',
      'scsi1:0 | pvscsi | sata | /vmfs/volumes/5f0e3c1a-77c1a2b4-93f2-ac1f6b2d8e10/FILE01/FILE01_1.vmdk | vmdk | - | usable',
    ],
    cds: ['sata0:0 empty'],
    nics: [
      'ethernet0 vmxnet3>e1000e 00:50:56:a2:3c:11 VM Network',
      'ethernet1 vmxnet3>e1000e 00:50:56:00:10:21 port group dvportgroup-1021',
    ],
    os: 'windows Windows Server 2019 windows.2k19',
    left: [
      'UEFI variables (FILE01.nvram)',
      'PCI devices passed through',
      'Serial ports',
      'Reservations of CPU and memory',
      'The pulled cable of ethernet1',
    ],
  },
  'workstation-windows11.vmx': {
    is: 'vmware Windows 11 x64 x86_64 1x6x1 8192 ',
    firmware: 'uefi secure tpm',
    disks: ['nvme0:0 | nvme | sata | Windows 11 x64.vmdk | vmdk | - | usable'],
    cds: ['sata0:1 empty'],
    nics: ['ethernet0 e1000e>e1000e 00:0c:29:5d:aa:07 bridged'],
    os: 'windows Windows 11 windows.11',
    left: ['What is in the TPM', 'Virtualization inside the machine', 'Encryption'],
  },
  'gsx-unquoted.vmx': {
    is: 'vmware mail relay x86_64 1x1x1 256 ',
    firmware: 'bios',
    disks: [
      'ide0:0 | ide | sata | relay.vmdk | vmdk | - | usable',
      'scsi0:0 | buslogic | sata | /dev/sdb | - | - | It is a disk',
    ],
    cds: ['ide1:0 empty'],
    nics: ['ethernet0 vlance>e1000e new /dev/vmnet2'],
    os: 'linux Enterprise Linux linux',
    left: ['Floppy drives', 'Forgetting of ide0:0'],
  },
  'workstation-snapshot.vmx': {
    is: 'vmware Büro "Alt" x86_64 1x1x1 2048 ',
    firmware: 'bios',
    disks: [
      'scsi0:1 | pvscsi | sata | daten.vmdk | vmdk | - | usable',
      'scsi0:0 | pvscsi | sata | buero-000002.vmdk | vmdk | - | buero-000002.vmdk holds only the',
    ],
    cds: [],
    // A group address is no card's.
    nics: ['ethernet0 vmxnet3>virtio new hostonly'],
    os: 'linux Debian debian linux',
    left: ['The suspended state', 'Snapshots'],
  },
  'virt-install-debian.xml': {
    is: 'libvirt debian12 x86_64 2x1x1 2048 q35',
    firmware: 'bios',
    disks: ['vda | virtio | virtio | /var/lib/libvirt/images/debian12.qcow2 | qcow2 | - | usable'],
    cds: ['sda empty'],
    nics: ['net0 virtio>virtio 52:54:00:6b:3c:58 default'],
    os: 'linux Debian debian linux',
    left: [],
  },
  'virt-manager-windows11.xml': {
    is: 'libvirt win11 x86_64 1x4x2 8192 q35',
    firmware: 'uefi secure tpm ich9',
    disks: [
      'sda | sata | sata | /var/lib/libvirt/images/win11.qcow2 | qcow2 | - | usable',
      'sdc | sata | sata | /srv/vm/win11-data.img | raw | - | usable',
    ],
    cds: ['sdb /srv/iso/virtio-win-0.1.262.iso'],
    nics: ['net0 e1000e>e1000e 52:54:00:0e:11:aa br0', 'net1 virtio>virtio 52:54:00:0e:11:ab office'],
    os: 'windows Windows 11 windows.11',
    left: [
      'UEFI variables (/var/lib/libvirt/qemu/nvram/win11_VARS.fd)',
      'What is in the TPM',
      'USB redirection',
      'Watchdog',
      'PCI devices passed through',
      'USB devices passed through',
      'vCPUs to be plugged in later',
      'Ballooned memory',
      'VLAN 42 of net1',
      'The pulled cable of net1',
    ],
  },
  'i440fx-tuned.xml': {
    is: `libvirt oracle-db.prod x86_64 2x2x2 ${8590e6 / 2 ** 20} i440fx`,
    firmware: 'bios',
    disks: [
      'vda | virtio | virtio | /dev/vg_kvm/oracle-root | raw | - | It is a volume',
      'vdb | virtio | virtio | vms/oracle-data | raw | - | It lies on a',
      'hdc | ide | sata | default/oracle-redo.qcow2 | qcow2 | - | It is a volume',
    ],
    cds: [],
    nics: ['net0 rtl8139>rtl8139 52:54:00:aa:bb:cc eno1'],
    os: 'other ',
    left: [
      'Limits of vdb',
      'Sharing of hdc',
      'Huge pages',
      'Locked memory',
      'Pinned CPUs and shares',
      'NUMA placement',
      'Limits of net0',
      'Network card net1 (SR-IOV)',
    ],
  },
  'etc-libvirt-old.xml': {
    is: 'libvirt build x86_64 3x1x1 1024 i440fx',
    firmware: 'uefi',
    disks: [
      'sdb | lsilogic | sata | /var/lib/libvirt/images/cache.qed | qed | - | The library does not',
      'sda | lsilogic | sata | /var/lib/libvirt/images/build-snap1.qcow2 | qcow2 | - | build-snap1.qcow2 holds only the',
    ],
    cds: [],
    nics: ['net0 rtl8139>rtl8139 52:54:00:12:34:56 user'],
    os: 'other ',
    left: [
      'UEFI variables (/var/lib/libvirt/qemu/nvram/build_VARS.fd)',
      'Floppy drives',
      'Shared folders',
      'Own arguments for QEMU',
      'Sound (sb16)',
    ],
  },
  'boxes-fedora-arm.xml': {
    is: 'libvirt fedora aarch64 4x1x1 3072 ',
    // Firmware that could, but with nobody's keys in it.
    firmware: 'uefi',
    disks: ['sda | virtio-scsi | scsi | /home/ada/.local/share/gnome-boxes/images/fedora | qcow2 | - | usable'],
    cds: [],
    nics: ['net0 virtio>virtio 52:54:00:fe:ed:41 user'],
    os: 'linux Fedora fedora linux',
    left: ['Sound (usb)'],
  },
  '101.conf': {
    is: 'proxmox web01 x86_64 2x2x1 4096 i440fx',
    firmware: 'bios',
    disks: [
      'scsi0 | virtio-scsi-single | scsi | local-lvm:vm-101-disk-0 | - | 32768 | It is a volume,',
      'scsi1 | virtio-scsi-single | scsi | nas:101/vm-101-disk-1.qcow2 | qcow2 | 204800 | usable',
    ],
    cds: ['ide2 local:iso/debian-12.5.0-amd64-netinst.iso'],
    nics: ['net0 virtio>virtio bc:24:11:5a:0b:c1 vmbr0'],
    os: 'linux Linux linux',
    left: ['Snapshots (before-upgrade)', 'Pending changes', 'Firewall of Proxmox'],
  },
  '110-windows.conf': {
    is: 'proxmox win11-gaming x86_64 1x4x1 8192 q35',
    firmware: 'uefi secure tpm ich9',
    disks: ['sata0 | sata | sata | local-zfs:vm-110-disk-1 | - | 122880 | It is a volume,'],
    cds: ['ide0 local:iso/virtio-win-0.1.262.iso', 'ide2 empty'],
    nics: ['net0 e1000>e1000 bc:24:11:aa:bb:01 vmbr0'],
    os: 'windows Windows 11 windows.11',
    left: [
      'PCI devices passed through',
      'USB devices passed through',
      'UEFI variables (efidisk0)',
      'What is in the TPM',
      'Ballooned memory',
      'VLAN 20 of net0',
      'The pulled cable of net0',
    ],
  },
  '200-old.conf': {
    is: 'proxmox mail x86_64 1x1x1 2048 i440fx',
    firmware: 'bios',
    disks: [
      'virtio1 | virtio | virtio | local:200/vm-200-disk-1.qcow2 | qcow2 | 1572864 | usable',
      'virtio0 | virtio | virtio | local:200/vm-200-disk-2.raw | raw | 512 | usable',
    ],
    cds: ['ide2 empty'],
    nics: [
      'net0 rtl8139>rtl8139 de:ad:be:ef:00:00 vmbr0',
      'net1 virtio>virtio de:ad:be:ef:00:02 vmbr1',
      'net2 e1000>e1000 new vmbr2',
    ],
    os: 'windows Windows Server 2008 windows.2k8',
    left: ['Further serial ports', 'Limits of virtio1', 'Limits of net1'],
  },
  'qm-config-cloud.txt': {
    is: 'proxmox ci-runner x86_64 1x4x1 16384 q35',
    firmware: 'bios',
    disks: ['virtio0 | virtio | virtio | local-lvm:base-9000-disk-0/vm-305-disk-0 | - | 20480 | It is a linked'],
    cds: [],
    nics: ['net0 virtio>virtio bc:24:11:0c:11:05 vnet7'],
    os: 'linux Linux linux',
    left: ['cloud-init settings', 'vCPUs to be plugged in later'],
  },
  '400-passthrough.conf': {
    is: 'proxmox nas x86_64 1x6x1 16384 i440fx',
    // Variables without enrolled keys check nothing.
    firmware: 'uefi',
    disks: [
      'scsi0 | megasas | sata | local-lvm:vm-400-disk-1 | - | 16384 | It is a volume,',
      'scsi1 | megasas | sata | /dev/disk/by-id/ata-WDC_WD40EFRX-68N32N0_WD-WCC7K0 | - | 3815447.8359375 | It is a disk',
    ],
    cds: [],
    nics: ['net0 virtio>virtio bc:24:11:04:00:01 vmbr0'],
    os: 'other ',
    left: [
      'Shared folders',
      'Own arguments for QEMU',
      'Hook script',
      'Huge pages',
      'Limits and shares of CPU',
      'Unused disks',
      'UEFI variables (efidisk0)',
    ],
  },
};

test('every sample has its expected machine, and none is missing', () => {
  expect(Object.keys(expected).toSorted()).toEqual(readdirSync(folder).toSorted());
  expect(Object.keys(expected).length).toBeGreaterThanOrEqual(15);
});

test.each(Object.entries(expected))('%s', (name, wanted) => {
  const found = summary(machine(name));
  expect({ ...found, left: found.left.toSorted() }).toEqual({ ...wanted, left: wanted.left.toSorted() });
});

test('notes of people are carried over as they wrote them', () => {
  expect(machine('101.conf').description).toBe('**Web server** of the club\nAsk Ada before a change: 555-1234');
  expect(machine('qm-config-cloud.txt').description).toBe('Clone of the template\nRebuilt every week');
  expect(machine('workstation-snapshot.vmx').description).toBe('Erste Zeile\nZweite Zeile');
  expect(machine('virt-manager-windows11.xml').description).toBe('Windows 11 & Visio\nFor the accounts.');
  expect(machine('boxes-fedora-arm.xml').description).toBe('Fedora 41 (äöü 日本)');
});

test('nothing that is secret is in what comes out', () => {
  const all = JSON.stringify(Object.keys(expected).map(machine));
  for (const secret of ['phrase/', 'S3VydGhlcg', 'AAAAC3NzaC1', '*****']) expect(all).not.toContain(secret);
});

test('every thing that stays behind says why, and every disk that cannot be used what helps', () => {
  for (const name of Object.keys(expected)) {
    const { left, disks } = machine(name);
    for (const { why } of left) expect(why.length).toBeGreaterThan(10);
    for (const { usable, why } of disks) expect(usable).toBe(why === undefined);
  }
});
