import { harmless, isEnabled, noEffect, refused, works, worksUnless } from './support.ts';
import type { SupportTable } from './support.ts';

const hint = 'a tuning hint; guests run the same without it';
const passthrough = 'devices of this computer are not passed through';
const toCluster = 'remove it here, or run the machine on KubeVirt on a Linux host with an IOMMU';
const slirp = 'guests are reached through masquerade on the pod network only';
const masquerade = 'use `masquerade: {}` with the pod network';
const removeIt = 'remove the field';

const disks: SupportTable = {
  name: works,
  bootOrder: works,
  serial: works,
  cache: worksUnless(
    (value) => value === 'writethrough' || value === 'directsync',
    'disks are cached as none or writeback',
    'use one of these or remove the field',
  ),
  'disk.bus': works,
  'disk.readonly': works,
  'disk.pciAddress': refused('PCI addresses are given out by the engine', removeIt),
  'cdrom.bus': works,
  'cdrom.readonly': worksUnless((value) => value === false, 'CD-ROMs cannot be written', 'use a disk'),
  'cdrom.tray': worksUnless((value) => value === 'open', 'the tray is closed at start', removeIt),
  lun: refused('SCSI commands are not passed through to a volume', 'use disk with bus scsi'),
  io: harmless(hint),
  dedicatedIOThread: harmless(hint),
  tag: noEffect('tags are not told to the guest'),
  errorPolicy: refused('a full disk pauses the machine and other errors go to the guest, always', removeIt),
  blockSize: refused('block sizes are those of QEMU', removeIt, (value) => !isMatchOff(value)),
  shareable: refused('a volume belongs to one machine', removeIt),
  changedBlockTracking: refused('changed blocks are not tracked', removeIt),
};
const isMatchOff = (value: unknown): boolean => {
  const { custom, matchVolume } = value as { custom?: unknown; matchVolume?: unknown };
  return custom === undefined && !isEnabled(matchVolume);
};

const interfaces: SupportTable = {
  name: works,
  model: worksUnless(
    (value) => value === 'ne2k_pci' || value === 'pcnet',
    'cards of this model are not emulated',
    'use virtio, e1000, e1000e or rtl8139',
  ),
  macAddress: works,
  bootOrder: works,
  masquerade: works,
  ports: works,
  state: works,
  portRanges: refused('port ranges are not forwarded', 'list single ports, or forward with a Service'),
  bridge: works,
  binding: refused(slirp, masquerade),
  macvtap: refused(slirp, masquerade),
  passt: refused(slirp, masquerade),
  passtBinding: refused(slirp, masquerade),
  slirp: refused(slirp, masquerade),
  sriov: refused(passthrough, masquerade),
  dhcpOptions: refused('DHCP options are fixed', 'set them in the network data of cloud-init'),
  acpiIndex: refused('interface indexes are given out by the engine', removeIt),
  pciAddress: refused('PCI addresses are given out by the engine', removeIt),
  tag: noEffect('tags are not told to the guest'),
};

const below = (prefix: string, table: SupportTable): SupportTable =>
  Object.fromEntries(Object.entries(table).map(([path, support]) => [`${prefix}.${path}`, support]));

export const devices: SupportTable = {
  ...below('domain.devices.disks[]', disks),
  ...below('domain.devices.interfaces[]', interfaces),
  'domain.devices.autoattachGraphicsDevice': works,
  'domain.devices.autoattachInputDevice': works,
  'domain.devices.autoattachMemBalloon': works,
  'domain.devices.autoattachPodInterface': works,
  'domain.devices.autoattachSerialConsole': works,
  'domain.devices.autoattachVSOCK': refused('VSOCK is not set up', 'use SSH through a Service'),
  'domain.devices.blockMultiQueue': harmless(hint),
  'domain.devices.networkInterfaceMultiqueue': harmless(hint),
  'domain.devices.clientPassthrough': refused('USB devices are not redirected', removeIt),
  'domain.devices.disableHotplug': noEffect('disks and interfaces can always be plugged in'),
  'domain.devices.downwardMetrics': refused('downward metrics are not implemented', removeIt),
  'domain.devices.filesystems': refused(
    'folders are not shared with guests (virtiofs)',
    'use a disk, or share over the network',
  ),
  'domain.devices.gpus': refused(passthrough, toCluster),
  'domain.devices.hostDevices': refused(passthrough, toCluster),
  'domain.devices.inputs': works,
  'domain.devices.logSerialConsole': harmless('the serial console is always logged'),
  'domain.devices.panicDevices': refused('panic devices are not implemented', removeIt),
  'domain.devices.rng': works,
  'domain.devices.sound': works,
  'domain.devices.tpm': works,
  'domain.devices.useVirtioTransitional': refused(
    'virtio devices are of the modern kind',
    'use sata disks and an e1000 interface for old guests',
  ),
  'domain.devices.video': works,
  'domain.devices.watchdog': refused('watchdogs are not implemented', removeIt),
};
