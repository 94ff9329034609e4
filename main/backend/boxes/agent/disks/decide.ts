import { ProblemError } from '../../../../contract/problem.ts';
import type { BoxDisk } from '../../../../contract/box/state.ts';
import type { DiskRule } from '../../../../contract/box/settings.ts';
import type { DiskIdentity } from '../../../../contract/box/words.ts';
import { blank } from './content.ts';
import { diskName, diskNameFirst } from './name.ts';

/** What a box does about its disks. Everything but `confirm` names exactly one; `why` is for a person. */
export type Decision =
  /** The stick's rule names it: erased after a countdown that anyone may stop. */
  | { do: 'install'; disk: BoxDisk; why: string }
  /** This stick had begun on this disk, with somebody's say: begun again from the start. */
  | { do: 'resume'; disk: BoxDisk; why: string }
  /** This stick has done its work. */
  | { do: 'already-installed'; disk: BoxDisk; why: string }
  /** Waits for a person. */
  | { do: 'confirm'; why: string };

export const matches = (disk: DiskIdentity, wanted: { serial: string; size?: number | undefined; wwn?: string | undefined }): boolean =>
  disk.serial === wanted.serial.trim() &&
  (wanted.size === undefined || disk.size === wanted.size) &&
  (wanted.wwn === undefined || disk.wwn === wanted.wwn); // prettier-ignore

const nameOf = (disk: BoxDisk): string => `${diskName(disk)} (serial number ${disk.serial})`;
const firstNameOf = (disk: BoxDisk): string => `${diskNameFirst(disk)} (serial number ${disk.serial})`;
/** Refused for what they are or where they hang: no disks that a box could be meant for. */
const outside = new Set(['stick', 'removable', 'network', 'too-small', 'read-only']);

/** Which disk, if any, is erased without asking. Never the largest, never the first. Pure. */
export function decide(disks: readonly BoxDisk[], rule: DiskRule, installId: string): Decision {
  const done = disks.find(({ hearth }) => hearth?.installId === installId);
  if (done) return { do: 'already-installed', disk: done, why: `This stick has installed ${nameOf(done)} already.` };
  const begun = disks.filter(({ unfinished }) => unfinished?.installId === installId);
  const [resumed] = begun;
  if (resumed && begun.length === 1 && resumed.unfinished?.same && !resumed.refused)
    return { do: 'resume', disk: resumed, why: `The installation on ${nameOf(resumed)} was interrupted and begins again.` }; // prettier-ignore
  if (begun.length > 0)
    return { do: 'confirm', why: 'An installation was interrupted, but its disk is not the same any more, or cannot be used.' }; // prettier-ignore
  switch (rule.rule) {
    case 'confirm':
      return { do: 'confirm', why: 'The disk is chosen in the app or at the console of the box.' };
    case 'serial':
      return bySerial(disks, rule);
    case 'single-blank':
      return onlyBlank(disks);
  }
}

function bySerial(disks: readonly BoxDisk[], rule: Extract<DiskRule, { rule: 'serial' }>): Decision {
  const same = disks.filter(({ serial }) => serial === rule.serial.trim());
  const found = same.filter((disk) => matches(disk, rule));
  const [disk, ...others] = found;
  if (!disk)
    return {
      do: 'confirm',
      why:
        same.length > 0
          ? `The disk with the serial number ${rule.serial} has another size or WWN than the stick names. Nothing was erased.`
          : `No disk has the serial number ${rule.serial} that the stick names. Nothing was erased.`,
    };
  if (others.length > 0)
    return { do: 'confirm', why: `${found.length} disks have the serial number ${rule.serial}, so none of them is taken. Nothing was erased.` }; // prettier-ignore
  if (disk.refused) return { do: 'confirm', why: `${firstNameOf(disk)} is not taken. ${disk.refused.why}` };
  return { do: 'install', disk, why: `The stick names ${nameOf(disk)}, and exactly one disk matches.` };
}

function onlyBlank(disks: readonly BoxDisk[]): Decision {
  const internal = disks.filter(({ refused }) => !refused || !outside.has(refused.code));
  const [disk, ...others] = internal;
  if (!disk) return { do: 'confirm', why: 'There is no disk inside this computer that a box could live on.' };
  if (others.length > 0)
    return { do: 'confirm', why: `This computer has ${internal.length} disks inside; the stick takes one by itself only when it is the only one.` }; // prettier-ignore
  if (disk.refused) return { do: 'confirm', why: `${firstNameOf(disk)} is not taken. ${disk.refused.why}` };
  if (disk.content !== blank)
    return { do: 'confirm', why: `${firstNameOf(disk)} is not blank: ${disk.content}. Nothing was erased.` };
  return { do: 'install', disk, why: `${firstNameOf(disk)} is the only disk, and it is blank.` };
}

/** What is typed to confirm a disk: the last four letters of its serial number. */
export const confirmWord = (serial: string): string => serial.trim().slice(-4);

/**
 * The one disk that a person chose. Problems: `disk-gone` (no such disk now), `disk-ambiguous` (more than one), `disk-refused`,
 * `disk-has-box` (needs `reinstall`), `disk-not-confirmed` (something else was typed).
 */
export function chosenDisk(
  disks: readonly BoxDisk[],
  choice: { disk: DiskIdentity; confirm: string; reinstall: boolean },
): BoxDisk {
  const disk = sameDisk(disks, choice.disk, choice.reinstall);
  if (choice.confirm.trim().toLowerCase() !== confirmWord(disk.serial).toLowerCase())
    throw new ProblemError({
      code: 'disk-not-confirmed',
      title: 'The disk was not confirmed',
      detail: `What was typed is not the end of the serial number of ${nameOf(disk)}.`,
      fix: 'Type the last four letters of the serial number as the list of disks shows it.',
      fields: { confirm: 'Not the last four letters of its serial number.' },
    });
  return disk;
}

/** The disk with exactly this identity, if it may be erased. Throws as `chosenDisk` does. */
export function sameDisk(disks: readonly BoxDisk[], wanted: DiskIdentity, reinstall: boolean): BoxDisk {
  const found = disks.filter((disk) => matches(disk, wanted) && disk.wwn === wanted.wwn);
  const [disk] = found;
  if (!disk)
    throw new ProblemError({
      code: 'disk-gone',
      title: 'The disk is not there any more',
      detail: `No disk has the serial number ${wanted.serial} with the size and WWN it had when it was chosen. Nothing was erased.`,
      cause: 'It was removed, or another disk sits in its place.',
      fix: 'Look at the list of disks again and choose.',
    });
  if (found.length > 1)
    throw new ProblemError({
      code: 'disk-ambiguous',
      title: 'Two disks cannot be told apart',
      detail: `${found.length} disks have the serial number ${wanted.serial} and the same size. Nothing was erased.`,
      fix: 'Take all of them but one out of the computer and start again.',
    });
  if (disk.refused?.code === 'hearth-box' && reinstall) return disk;
  if (disk.refused)
    throw new ProblemError({
      code: disk.refused.code === 'hearth-box' ? 'disk-has-box' : 'disk-refused',
      title: 'This disk is not erased',
      detail: disk.refused.why,
      fix: disk.refused.code === 'hearth-box' ? 'Choose "reinstall" if that box may go.' : 'Choose another disk.',
    });
  return disk;
}
