import { ProblemError } from '../../../../contract/problem.ts';
import { mediumPaths } from '../../../../contract/box/manifest.ts';
import type { BoxManifest, ManifestFile } from '../../../../contract/box/manifest.ts';
import { diskMenu } from '../upkeep/slots.ts';
import type { DiskLayout } from './layout.ts';
import type { StepPlan } from './steps.ts';

/** One file of the stick and where it goes. */
export interface CopyItem {
  file: ManifestFile;
  /** On the boot partition: `/hearth/a/vmlinuz`; in the bundle: its name below that folder. */
  to: string;
}
/** `boot` comes last: with it the disk starts. */
export interface CopyPlan {
  system: CopyItem[];
  bundle: CopyItem[];
  boot: CopyItem[];
}

/** The menu of the stick. */
const notCopied = new Set(['boot/grub/grub.cfg', 'EFI/BOOT/grub.cfg']);

/** What of a stick goes where on the disk. Throws the Problem `image-unreadable` for a stick without the menu of a disk. Pure. */
export function copyPlan({ files }: BoxManifest): CopyPlan {
  const plan: CopyPlan = { system: [], bundle: [], boot: [] };
  let menu: CopyItem | undefined;
  for (const file of files) {
    const { path } = file;
    if (path === diskMenu) menu = { file, to: '/boot/grub/grub.cfg' };
    if (notCopied.has(path) || path.startsWith(`${mediumPaths.bios}/`)) continue;
    if (path.startsWith(`${mediumPaths.bundle}/`))
      plan.bundle.push({ file, to: path.slice(mediumPaths.bundle.length + 1) });
    else if (path.startsWith(`${mediumPaths.live}/`))
      plan.system.push({ file, to: `/${mediumPaths.slotA}/${path.slice(mediumPaths.live.length + 1)}` });
    else (path.startsWith('EFI/') ? plan.boot : plan.system).push({ file, to: `/${path}` });
  }
  if (!menu)
    throw new ProblemError({
      code: 'image-unreadable',
      title: 'This stick cannot install',
      detail: `There is no ${diskMenu} on it. Nothing was erased.`,
      fix: 'Write the stick again.',
    });
  plan.boot.unshift(menu);
  return plan;
}

export const bytesOf = (items: readonly CopyItem[]): number => items.reduce((sum, { file }) => sum + file.size, 0);
const mib = 1024 ** 2;

/** Throws the Problem `disk-too-small` when two systems, or the bundle and some room to live, do not fit. Pure. */
export function checkRoom(plan: CopyPlan, layout: DiskLayout, room = 512 * mib): void {
  const boot = 2 * bytesOf(plan.system) + bytesOf(plan.boot) + 16 * mib;
  const data = bytesOf(plan.bundle) + room;
  if (boot <= layout.esp.size && data <= layout.data.size) return;
  throw new ProblemError({
    code: 'disk-too-small',
    title: 'The disk is too small',
    detail: `The system needs ${Math.ceil((boot + data) / mib)} MiB with room for an update; the disk has ${Math.floor((layout.esp.size + layout.data.size) / mib)} MiB for it. Nothing was erased.`,
    fix: 'Take a larger disk.',
  });
}

/** The steps with their weights, about seconds on a plain computer with a stick of 60 MB/s. Pure. */
export function stepPlan(plan: CopyPlan, checked: boolean): StepPlan[] {
  const stick = (bytes: number): number => 0.5 + bytes / 60e6;
  const disk = (bytes: number): number => 0.5 + bytes / 200e6;
  const system = bytesOf(plan.system);
  const bundle = bytesOf(plan.bundle);
  return [
    { id: 'check', title: 'Check the stick', weight: checked ? 0.2 : stick(system + bundle + bytesOf(plan.boot)) },
    { id: 'disk', title: 'Look at the disk once more', weight: 2 },
    { id: 'erase', title: 'Erase the disk', weight: 3 },
    { id: 'format', title: 'Make the partitions', weight: 6 },
    { id: 'system', title: 'Copy the system', weight: stick(system) },
    { id: 'compare', title: 'Read the system back', weight: disk(system) },
    {
      id: 'data',
      title: bundle > 0 ? 'Copy the packages and settings' : 'Copy the settings',
      weight: stick(bundle) + disk(bundle) + 2,
    },
    { id: 'boot', title: 'Make the disk start', weight: 2 },
    { id: 'finish', title: 'Finish', weight: 1 },
    { id: 'stick', title: 'Erase the secrets of the stick', weight: 0.5 },
  ];
}
