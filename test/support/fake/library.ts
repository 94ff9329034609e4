import type { CatalogueEntry, ImageRow } from '../../../main/contract/image.ts';
import type { EventRow, InstancetypeRow, PreferenceRow } from '../../../main/contract/machine.ts';
import type { Task } from '../../../main/contract/task.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

const entry = (
  id: string,
  name: string,
  version: string,
  size: number,
  user: string,
  hue: number,
  more: Partial<CatalogueEntry> = {},
): CatalogueEntry => ({
  id,
  name,
  version,
  family: name.toLowerCase(),
  kind: 'cloud',
  arch: 'x86_64',
  description: `The official ${name} ${version} cloud image.`,
  url: `https://images.example.org/${id}.qcow2`,
  mirrors: [],
  checksum: { type: 'file', algorithm: 'sha256', url: `https://images.example.org/${id}.sha256` },
  format: 'qcow2',
  compression: 'none',
  downloadSize: size * MiB,
  virtualSize: 10 * GiB,
  minMemory: 512 * MiB,
  minCpus: 1,
  defaultUser: user,
  cloudInit: true,
  preference: id.split('-')[0] ?? id,
  firmware: 'any',
  licence: { name: 'Mixed free licences', url: 'https://www.debian.org/legal/licenses/' },
  homepage: 'https://www.debian.org/',
  glyph: { letters: name.slice(0, 2), hue },
  ...more,
});
export const catalogue: CatalogueEntry[] = [
  entry('starter', 'Hearth starter', '1', 28, 'hearth', 18, {
    kind: 'starter',
    virtualSize: 512 * MiB,
    minMemory: 256 * MiB,
    description: 'A small Linux built on this computer from Debian packages.',
  }),
  entry('debian-12', 'Debian', '12', 431, 'debian', 340),
  entry('debian-13', 'Debian', '13', 412, 'debian', 340),
  entry('ubuntu-24-04', 'Ubuntu', '24.04 LTS', 596, 'ubuntu', 20),
  entry('fedora-43', 'Fedora', '43', 548, 'fedora', 215),
  entry('alpine-3-22', 'Alpine', '3.22', 184, 'alpine', 200, { minMemory: 128 * MiB }),
  entry('rocky-10', 'Rocky Linux', '10', 611, 'rocky', 150, { minMemory: 1.5 * GiB }),
  entry('debian-13-iso', 'Debian installer', '13', 784, '', 340, {
    kind: 'installer',
    format: 'iso',
    cloudInit: false,
  }),
];

const image = (name: string, displayName: string, more: Partial<ImageRow> = {}): ImageRow => ({
  uid: `image-${name}`,
  namespace: 'hearth-images',
  name,
  displayName,
  state: 'ready',
  kind: 'disk',
  format: 'qcow2',
  realSize: 420 * MiB,
  virtualSize: 10 * GiB,
  source: 'https://images.example.org',
  checksum: `sha256:${'5f'.repeat(32)}`,
  checksumVerified: true,
  usedBy: [],
  cloudInit: true,
  createdAt: ago(86_400),
  ...more,
});
export const starterImage = image('starter', 'Hearth starter', {
  realSize: 31 * MiB,
  virtualSize: 512 * MiB,
  source: 'built here',
  defaultUser: 'hearth',
  os: 'Hearth starter',
  catalogueId: 'starter',
  usedBy: ['default/lab'],
  minMemory: 256 * MiB,
});
export const imageRows: ImageRow[] = [
  starterImage,
  image('debian-12', 'Debian 12', { os: 'Debian 12', defaultUser: 'debian', usedBy: ['default/web', 'homelab/media'] }),
  image('ubuntu-24-04', 'Ubuntu 24.04 LTS', { os: 'Ubuntu 24.04', state: 'importing', progress: 0.49 }),
  image('debian-13-iso', 'Debian 13 installer', {
    kind: 'iso',
    format: 'iso',
    cloudInit: false,
    checksumVerified: false,
    source: 'debian-13-netinst.iso',
  }),
  image('broken', 'An old appliance with a really long name that somebody exported from another hypervisor', {
    state: 'failed',
    problem: 'The VMDK names other files on this computer (/etc/shadow), so it was refused.',
    format: 'vmdk',
  }),
];

export const tasks: Task[] = [
  {
    id: 'task-import',
    type: 'image-import',
    title: 'Add Ubuntu 24.04 LTS',
    object: { kind: 'Image', namespace: 'hearth-images', name: 'ubuntu-24-04' },
    state: 'running',
    progress: 0.49,
    detail: '292 of 596 MiB, 38 MiB/s',
    secondsLeft: 8,
    steps: [
      { title: 'Find the checksum', state: 'done' },
      { title: 'Download', state: 'running', detail: '292 of 596 MiB' },
      { title: 'Verify', state: 'waiting' },
      { title: 'Convert', state: 'waiting' },
    ],
    cancellable: true,
    startedAt: ago(9),
  },
  {
    id: 'task-failed',
    type: 'image-import',
    title: 'Add an old appliance',
    object: { kind: 'Image', namespace: 'hearth-images', name: 'broken' },
    state: 'failed',
    steps: [
      { title: 'Copy', state: 'done' },
      { title: 'Inspect', state: 'failed' },
    ],
    problem: {
      code: 'image-refused',
      title: 'This image was refused',
      detail: 'The VMDK names other files on this computer (/etc/shadow).',
      cause: 'It was made wrongly, or to read files it should not.',
      fix: 'Export it again as a single file ("monolithic" or stream-optimized).',
      command: 'qemu-img info --output=json -f vmdk old.vmdk',
      output: ['"format-specific": { "type": "vmdk", "data": { "extents": [', '  { "filename": "/etc/shadow" }'],
      kind: 'failed',
    },
    cancellable: false,
    startedAt: ago(4000),
    endedAt: ago(3990),
    again: true,
  },
  {
    id: 'task-done',
    type: 'starter-build',
    title: 'Build the starter image',
    object: { kind: 'Image', namespace: 'hearth-images', name: 'starter' },
    state: 'done',
    progress: 1,
    steps: [
      { title: 'Fetch packages', state: 'done', detail: '14 packages, 28 MiB' },
      { title: 'Verify', state: 'done' },
      { title: 'Build', state: 'done' },
    ],
    cancellable: false,
    startedAt: ago(90_000),
    endedAt: ago(89_991),
  },
];

const event = (
  n: number,
  kind: string,
  name: string,
  type: EventRow['type'],
  reason: string,
  message: string,
): EventRow => ({
  uid: `event-${n}`,
  namespace: 'default',
  object: { kind, name },
  type,
  reason,
  message,
  count: type === 'Warning' ? 4 : 1,
  firstAt: ago(n * 400 + 200),
  lastAt: ago(n * 400 + 12),
});
export const events: EventRow[] = [
  event(0, 'VirtualMachineInstance', 'web', 'Normal', 'Started', 'VirtualMachineInstance started.'),
  event(
    1,
    'VirtualMachineInstance',
    'lab',
    'Warning',
    'SyncFailed',
    'QEMU ended 4 times within a minute: the disk has no system that can start.',
  ),
  event(2, 'VirtualMachine', 'dns', 'Normal', 'Paused', 'Paused by the user.'),
  event(3, 'DataVolume', 'wiki-root', 'Normal', 'CloneScheduled', 'Cloning from hearth-images/debian-12.'),
  event(4, 'DataVolume', 'broken', 'Warning', 'ImportRefused', 'The VMDK names other files on this computer.'),
  event(
    5,
    'VirtualMachine',
    'mail',
    'Normal',
    'SuccessfulDelete',
    'Stopped the virtual machine by deleting its instance.',
  ),
];

const type = (name: string, cpus: number, memory: number, description: string): InstancetypeRow => ({
  name,
  series: name.startsWith('u1') ? 'general.purpose' : 'overcommitted',
  displayName: name,
  description,
  cpus,
  memory,
  fits: memory <= 20 * GiB,
  ...(memory <= 20 * GiB ? {} : { why: 'Only 20 GiB are free.' }),
});
export const instancetypes = [
  type('u1.nano', 1, 512 * MiB, 'The smallest'),
  type('u1.micro', 1, GiB, 'For one small service'),
  type('u1.small', 1, 2 * GiB, 'For a usual server'),
  type('u1.medium', 1, 4 * GiB, 'With room'),
  type('u1.large', 2, 8 * GiB, 'For a desktop or a database'),
  type('u1.2xlarge', 8, 32 * GiB, 'For builds'),
  type('o1.small', 1, 2 * GiB, 'Overcommitted'),
];
export const preferences: PreferenceRow[] = [
  { name: 'alpine', displayName: 'Alpine', osType: 'linux', firmware: 'bios' },
  { name: 'debian', displayName: 'Debian', osType: 'linux', firmware: 'bios' },
  { name: 'fedora', displayName: 'Fedora', osType: 'linux', firmware: 'uefi' },
  {
    name: 'windows.11',
    displayName: 'Windows 11',
    osType: 'windows',
    minCpus: 2,
    minMemory: 4 * GiB,
    firmware: 'uefi-secure',
  },
];
