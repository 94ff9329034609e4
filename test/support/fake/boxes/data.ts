import type { BoxRow, FoundBox } from '../../../../main/contract/box/boxes.ts';
import type { BoxDisk, BoxHello, BoxStage, BoxState } from '../../../../main/contract/box/state.ts';
import type { Problem } from '../../../../main/contract/problem.ts';

const gib = 1024 ** 3;
export const hex = (seed: string, length: number): string =>
  Array.from({ length }, (_, n) => ((seed.charCodeAt(n % seed.length) * (n + 7)) % 16).toString(16)).join('');
export const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

export const nvme: BoxDisk = {
  name: 'nvme0n1',
  model: 'Samsung SSD 970 EVO Plus 500GB',
  serial: 'S4EVNX0R712345K',
  wwn: 'eui.0025385b11c0a1d7',
  size: 500_107_862_016,
  transport: 'nvme',
  rotational: false,
  content: 'Windows, 4 partitions',
  partitions: [
    { name: 'nvme0n1p1', size: 104_857_600, filesystem: 'vfat', label: 'SYSTEM' },
    { name: 'nvme0n1p2', size: 16_777_216 },
    { name: 'nvme0n1p3', size: 498_000_000_000, filesystem: 'ntfs', label: 'Windows' },
    { name: 'nvme0n1p4', size: 550_000_000, filesystem: 'ntfs', label: 'Recovery' },
  ],
};
export const sata: BoxDisk = {
  name: 'sda',
  model: 'CT240BX500SSD1',
  serial: '2045E4C1A9B7',
  size: 240_057_409_536,
  transport: 'sata',
  rotational: false,
  content: 'blank',
  partitions: [],
};
const old: BoxDisk = {
  name: 'sdb',
  model: 'WDC WD40EFRX-68N32N0',
  serial: 'WD-WCC7K4ZAHJ0X',
  size: 4_000_787_030_016,
  transport: 'sata',
  rotational: true,
  content: 'A Hearth box named attic',
  partitions: [{ name: 'sdb1', size: 4 * gib, filesystem: 'vfat', label: 'HEARTHBOOT' }],
  hearth: { boxId: hex('attic', 32), hostName: 'attic', installId: hex('old', 32) },
};
const stick: BoxDisk = {
  name: 'sdc',
  model: 'SanDisk Ultra Fit',
  serial: '4C530001230522107301',
  size: 61_530_439_680,
  transport: 'usb',
  rotational: false,
  content: 'this stick',
  partitions: [{ name: 'sdc1', size: 61_000_000_000, filesystem: 'vfat', label: 'HEARTH' }],
  refused: { code: 'started-from', why: 'The box runs from it: this is the stick.' },
};
const tiny: BoxDisk = {
  name: 'mmcblk0',
  model: 'eMMC DA4064',
  serial: '0x4a1c22f7',
  size: 7_818_182_656,
  transport: 'mmc',
  rotational: false,
  content: 'blank',
  partitions: [],
  refused: { code: 'too-small', why: 'It has 7.3 GiB; a box needs at least 16 GiB.' },
};
const array: BoxDisk = {
  name: 'sdd',
  model: 'ST12000VN0008-2PH103',
  serial: 'ZTN0F1A9',
  size: 12_000_138_625_024,
  transport: 'sata',
  rotational: true,
  content: 'part of an array (md), ext4',
  partitions: [{ name: 'sdd1', size: 12_000_000_000_000, filesystem: 'linux_raid_member' }],
};
export const fewDisks = [nvme, sata, stick, tiny];
export const manyDisks: BoxDisk[] = [
  nvme, sata, old, array, stick, tiny,
  ...Array.from({ length: 10 }, (_, n): BoxDisk => ({
    ...array, name: `sd${String.fromCharCode(101 + n)}`, serial: `ZTN0F1B${n}`,
    // Two of one serial number: neither can be told from the other.
    ...(n > 7 && { serial: 'ZTN0SAME', refused: { code: 'same-serial', why: 'Another disk here gives the same serial number, so neither can be named for certain.' } }),
  })),
]; // prettier-ignore

export const longName = 'a-box-in-the-cellar-behind-the-washing-machine-on-the-left-side';
const words: Record<BoxStage, string> = {
  checking: 'Checking the stick, file by file',
  choosing: 'Waiting for the choice of a disk',
  countdown: 'Erases the one matching disk soon',
  installing: 'Copying the system',
  installed: 'Installed: take the stick out',
  trying: 'Running from the stick; nothing is installed',
  setup: 'Installed; waiting to be set up',
  appliance: 'Installing Kubernetes and KubeVirt',
  ready: 'Ready',
  trouble: 'Something is in the way',
};
export const installSteps = [
  { title: 'Look at the disk once more', seconds: 1 },
  { title: 'Make the partitions', seconds: 2 },
  { title: 'Copy the system', seconds: 8 },
  { title: 'Make it start from this disk', seconds: 2 },
  { title: 'Read everything back', seconds: 3 },
];
export const trouble: Problem = {
  code: 'stick-damaged',
  title: 'The stick is damaged',
  detail: '/hearth/live/root.squashfs differs from the signed list at byte 201,326,592.',
  cause: 'The stick lost data, or something was written to it after it was made.',
  fix: 'Write it again, or use another stick. Nothing on this computer was touched.',
  kind: 'failed',
};
export const keyChanged: Problem = {
  code: 'box-key-changed',
  title: 'Another key answers there',
  detail: 'At 192.168.1.31 a box answers with a key other than the one this Hearth is paired with.',
  cause: 'The box was installed anew, or another computer pretends to be it.',
  fix: 'If you installed it anew, forget it here and pair again. If not, do not go on.',
  kind: 'denied',
};
export const updateFailed: Problem = {
  code: 'update-not-healthy',
  title: 'The new version did not become healthy',
  detail: '0.3.0 started, but k3s was not ready within 10 minutes.',
  cause: 'The trial ran out of time.',
  fix: 'The box went back to 0.2.0 by itself. Look at its logs, or try again with another version.',
  kind: 'failed',
};
const onStick = (stage: BoxStage): boolean =>
  ['checking', 'choosing', 'countdown', 'installing', 'installed', 'trying'].includes(stage);

/** A box at this stage, as its agent and its own Hearth tell it. */
export function boxState(stage: BoxStage, more: Partial<BoxState> = {}): BoxState {
  const live = onStick(stage) || stage === 'trouble';
  const ready = stage === 'ready';
  return {
    boxId: hex('cellar', 32),
    name: 'cellar',
    version: '0.2.0',
    image: { version: '0.2.0', medium: live ? 'stick' : 'disk', ...(!live && { slot: 'a' as const }) },
    stage,
    words: words[stage],
    ...(stage === 'trouble' && { problem: trouble }),
    ...(stage === 'installing' && {
      progress: {
        fraction: 0.42,
        steps: installSteps.map(({ title }, n) => ({
          title,
          state: n < 2 ? ('done' as const) : n === 2 ? ('running' as const) : ('waiting' as const),
          ...(n === 2 && { detail: '412 of 980 MiB' }),
        })),
      },
    }),
    addresses: [
      { interface: 'enp3s0', kind: 'ethernet', mac: '52:54:00:a1:b2:c3', address: '192.168.1.31', link: true },
      { interface: 'wlp4s0', kind: 'wifi', mac: '5c:5f:67:11:22:33', link: false },
    ],
    network: { current: { addressing: { method: 'dhcp' } } },
    ...(live && {
      stick: { verified: stage === 'checking' ? ('checking' as const) : stage === 'trouble' ? ('damaged' as const) : ('good' as const), settings: true, installId: hex('stick', 32) },
      disks: fewDisks,
    }),
    ...(stage === 'countdown' && { countdown: { disk: sata, secondsLeft: 60 } }),
    wishes: { hostName: 'cellar', keyboard: 'de', timeZone: 'Europe/Berlin', language: 'en' },
    setup: {
      account: ready || stage === 'appliance',
      named: ready || stage === 'appliance',
      network: ready || stage === 'appliance',
      appliance: ready ? 'ready' : stage === 'appliance' ? 'installing' : 'none',
      ...(stage === 'appliance' && { applianceTask: 'task-box-appliance' }),
      finished: ready,
    },
    apps: [
      { name: 'attic-pc', fingerprint: hex('attic-pc', 64), pairedAt: minutesAgo(60 * 24 * 9), by: 'secret', lastSeenAt: minutesAgo(0) },
      ...(ready
        ? [{ name: 'laptop of Grace', fingerprint: hex('grace', 64), pairedAt: minutesAgo(60 * 24 * 2), by: 'code' as const, lastSeenAt: minutesAgo(190) }]
        : []),
    ],
    ...(ready && { update: { running: '0.2.0', other: { version: '0.1.9', slot: 'b' as const } } }),
    at: new Date().toISOString(),
    ...more,
  };
} // prettier-ignore

export function boxRow(state: BoxState, more: Partial<BoxRow> = {}): BoxRow {
  return {
    id: state.boxId,
    name: state.name,
    address: '192.168.1.31:8443',
    fingerprint: hex('cellar-key', 64),
    state: 'online',
    since: minutesAgo(42),
    last: state,
    macs: state.addresses.map(({ mac }) => mac),
    pairedAt: minutesAgo(60 * 24 * 9),
    ...(state.stage === 'ready' && { targetId: 'cellar' }),
    ...more,
  };
}

const hello = (seed: string, name: string, stage: BoxStage, secret: boolean, paired = false): BoxHello => ({
  hearth: 'box',
  boxId: hex(seed, 32),
  name,
  stage,
  version: '0.2.0',
  pairing: { code: true, secret, paired },
});
export const found: FoundBox[] = [
  { address: '192.168.1.44:8443', how: 'mdns', fingerprint: hex('new', 64), hello: hello('new', 'hearth', 'choosing', true), enrolment: true },
  { address: '192.168.1.52:8443', how: 'mdns', fingerprint: hex('other', 64), hello: hello('other', 'shed', 'ready', false, true) },
]; // prettier-ignore
/** What is behind any typed address. */
export const typed = (address: string): FoundBox => ({
  address: address.includes(':') ? address : `${address}:8443`,
  how: 'typed',
  fingerprint: hex(address, 64),
  hello: hello(address, 'workshop', 'setup', false),
});
