import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../../../../contract/problem.ts';
import { mediumPaths } from '../../../../contract/box/manifest.ts';
import type { StickSettings } from '../../../../contract/box/settings.ts';
import type { BoxDisk } from '../../../../contract/box/state.ts';
import { folderFiles, readMediumManifest, verifyTree } from '../../image/verify-tree.ts';
import type { BoxFile } from '../disks/box-file.ts';
import { sameDisk } from '../disks/decide.ts';
import { targetMount } from '../disks/list.ts';
import { unmount } from './data.ts';
import { installOnto } from './onto.ts';
import { kernelPartitions } from './partitions.ts';
import { checkRoom, copyPlan, stepPlan } from './plan.ts';
import { layoutFor } from './layout.ts';
import { openAlone, sectorOf } from './prepare.ts';
import { installProblem } from './problems.ts';
import type { Reached } from './problems.ts';
import { createSteps } from './steps.ts';
import type { InstallProgress, Steps } from './steps.ts';
import { spentSettings } from './stick-done.ts';
import type { Held, InstallOrder, InstallParts, Work } from './work.ts';

export interface Installed {
  box: BoxFile;
  disk: BoxDisk;
  /** The box is installed, but its stick could not be told so: it still has its secrets. */
  stickProblem?: Problem;
}

/**
 * Installs the running stick's system onto one disk. Until "Erase the disk" nothing is changed; from then on, until
 * everything is there, the disk is marked as unfinished by this stick, starts nothing, and the next start of the stick
 * begins it again. Throws a Problem that says which of these states the disk is in; nothing stays mounted. Codes: those of
 * `verifyTree` and `sameDisk`, `disk-too-small`, `disk-lies`, `partitions-missing`, `install-eio|enospc|ebusy|erofs|enodev`,
 * `install-program-failed`, `install-failed`, `cancelled`.
 */
export async function install(
  order: InstallOrder,
  given: InstallParts,
  onProgress: (progress: InstallProgress) => void,
  signal: AbortSignal,
): Promise<Installed> {
  const parts: Required<InstallParts> = {
    partitions: kernelPartitions(given.run),
    devices: '/dev',
    target: targetMount,
    now: () => new Date(),
    ...given,
  };
  const state: { reached: Reached; steps?: Steps } = { reached: 'untouched' };
  try {
    const work = await prepare(order, parts, onProgress, signal, (steps) => (state.steps = steps));
    const held = await hold(work);
    const box = await onto(work, held, (reached) => (state.reached = reached));
    const stickProblem = await tellStick(work, held.disk);
    work.steps.done();
    return { box, disk: held.disk, ...(stickProblem && { stickProblem }) };
  } catch (error) {
    const problem = installProblem(error, state.reached, state.steps?.title ?? 'Check the stick');
    state.steps?.fail(problem.problem.detail);
    throw problem;
  }
}

async function onto(work: Work, held: Held, reached: (state: Reached) => void): Promise<BoxFile> {
  try {
    return await installOnto(work, held, reached);
  } finally {
    // It is closed already where the disk was erased.
    await held.file.close().catch(() => undefined);
  }
}

async function prepare(
  order: InstallOrder,
  parts: Required<InstallParts>,
  onProgress: (progress: InstallProgress) => void,
  signal: AbortSignal,
  started: (steps: Steps) => void,
): Promise<Work> {
  signal.throwIfAborted();
  await unmount(parts.run, parts.target);
  const files = folderFiles(order.medium);
  const { manifest, text, signature } = await readMediumManifest(files, order.trusted);
  const plan = copyPlan(manifest);
  const steps = createSteps(stepPlan(plan, order.checked), onProgress);
  started(steps);
  steps.begin('check');
  if (!order.checked)
    await verifyTree(files, order.trusted, { signal, onProgress: (done, total) => steps.at(done, total) });
  const listed = (path: string): boolean => manifest.files.some((file) => file.path === path);
  const [boot, core] = [`${mediumPaths.bios}/boot.img`, `${mediumPaths.bios}/core-disk.img`];
  const bios =
    listed(boot) && listed(core)
      ? { boot: await readFile(join(order.medium, boot)), core: await readFile(join(order.medium, core)) }
      : undefined;
  return { parts, order, plan, version: manifest.image.version, manifest: { text, signature }, bios, steps, signal };
}

/** Opens the disk so that nothing else can use it, and only then makes sure that it is the one that was chosen. */
async function hold({ parts, order, plan, steps, signal }: Work): Promise<Held> {
  steps.begin('disk');
  const before = sameDisk(await parts.list(), order.disk, order.reinstall);
  const device = `${parts.devices}/${before.name}`;
  const file = await openAlone(device);
  try {
    const disk = sameDisk(await parts.list(), order.disk, order.reinstall);
    if (disk.name !== before.name) throw Object.assign(new Error(`${before.name} is ${disk.name} now`), { code: 'ENODEV' }); // prettier-ignore
    const layout = layoutFor(disk.size, await sectorOf(parts.run, device), order.bootSize);
    checkRoom(plan, layout, order.dataRoom);
    signal.throwIfAborted();
    return { disk, device, layout, file };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The stick is told that it has done its work, and loses its secrets. The box is installed, whatever comes of this. */
async function tellStick({ parts, order, steps }: Work, disk: BoxDisk): Promise<Problem | undefined> {
  steps.begin('stick');
  try {
    await parts.writeSettings(settledSettings(order.settings, disk, order.box.boxId, parts.now()));
    return undefined;
  } catch (error) {
    return installProblem(error, 'installed', steps.title).problem;
  }
}

/**
 * What a stick that has installed this disk should hold. Also for a stick that finds its work done (`already-installed`)
 * without knowing it: the power went between the last two steps.
 */
export const settledSettings = (settings: StickSettings, disk: BoxDisk, boxId: string, at: Date): StickSettings =>
  spentSettings(settings, {
    at: at.toISOString(),
    disk: `${disk.model || disk.name} ${disk.serial}`.slice(0, 200),
    boxId,
  });
