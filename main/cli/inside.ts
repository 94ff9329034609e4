import { firstStartOf } from '../contract/first-start.ts';
import type { FirstStartReason } from '../contract/first-start.ts';
import type { DiskInside, InsideNote } from '../contract/inside.ts';

const reasons: Record<FirstStartReason, string> = {
  uefi: 'It was installed with UEFI.',
  bios: 'It was installed with BIOS.',
  both: 'It starts with UEFI and with BIOS.',
  'firmware-unknown': 'Whether it starts with UEFI or BIOS cannot be told: try the other one if it does not start.',
  'windows-sata': 'It starts first with SATA and a network card of Intel, because its drivers for virtio are unknown.',
  'windows-virtio': 'It has the drivers for virtio.',
  'linux-virtio': 'Linux has the drivers for virtio.',
  'linux-sata': 'It starts first with SATA: what this Linux loads at its start was made for another computer.',
  'unknown-sata': 'It starts first with SATA and a network card of Intel, which nearly every system knows.',
  'windows-settings': 'Clock and Hyper-V features are set as Windows wants them.',
  'windows-11': 'Windows 11 gets Secure Boot and a new TPM.',
};
const notes: Record<InsideNote, string> = {
  hibernated:
    'Windows is only asleep on it: shut it down fully where it ran (shutdown /s /t 0), and take the disk anew.',
  dirty: 'A file system was not closed: it is checked at its first start.',
  bitlocker: 'It is locked by BitLocker, and asks for the recovery key on other hardware.',
  luks: 'It is encrypted by LUKS, and asks for its passphrase on the screen.',
  'virtio-driver': 'A driver for virtio disks lies in Windows already.',
  'sectors-4k':
    'Its partitions are counted in sectors of 4096 bytes: it will not start here. Clone it to a disk with 512.',
  'empty-esp': 'There is a partition for UEFI, and no loader in it.',
  'partly-read': 'Not all of it could be read:',
};

/** What was found on a disk, in lines. `described`: its disks and cards stay as their description has them. Pure. */
export function insideLines(inside: DiskInside, described = false): string[] {
  const { family, system, partitions, table, doubts } = inside;
  const name = system?.name ?? { windows: 'Windows', linux: 'Linux', other: 'another system', unknown: '' }[family];
  const parts = partitions.map(({ kind, esp, size }) => `${kind}${esp ? ' for UEFI' : ''} ${Math.ceil(size / 2 ** 20)} MiB`); // prettier-ignore
  const why = firstStartOf(inside).why.filter((each) => !described || /^(uefi|bios|both|firmware|windows-s)/.test(each)); // prettier-ignore
  return [
    name === '' ? 'It cannot be told which system the disk holds.' : `The disk holds ${name}${inside.evidence && ` (${inside.evidence})`}.`, // prettier-ignore
    ...(parts.length > 0 ? [`  ${table === 'none' ? 'no table' : table.toUpperCase()}: ${parts.join(', ')}`] : []),
    ...inside.notes.map((note) => `  ${notes[note]}${note === 'partly-read' ? ` ${doubts.join(' ')}` : ''}`),
    ...why.map((reason) => `  ${reasons[reason]}`),
  ];
}
