import { constants } from 'node:fs';
import { open, readlink, realpath, rm, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ProblemError } from '../../../../contract/problem.ts';
import { manifestLimit } from '../../../../contract/box/manifest.ts';
import type { BoxManifest, ManifestFile } from '../../../../contract/box/manifest.ts';
import type { TrustedKey } from '../../image/keys.ts';
import { readMediumManifest } from '../../image/verify-tree.ts';
import type { MediumFiles, VerifiedTree } from '../../image/verify-tree.ts';
import { writeFileAtomic } from '../../../json-file.ts';
import { otherSlot, writeBootenv } from './bootenv.ts';
import type { Slot } from './bootenv.ts';
import { forgetCaches, syncFolder } from './esp.ts';
import type { Esp } from './esp.ts';
import { withImage } from './medium-in-image.ts';
import type { RecordFile } from './record.ts';
import { withoutFailed } from './record.ts';
import { runningSlot } from './running.ts';
import type { RunningSystem } from './running.ts';
import {
  copyIn,
  damagedImage,
  digestOf,
  filesIn,
  isSame,
  noSpace,
  partSuffix,
  sizeOf,
  takePlace,
} from './slot-files.ts';
import { placeOf, slotPaths } from './slots.ts';
import { stepTeller } from './steps.ts';
import type { OnProgress } from './steps.ts';
import { compareVersions } from './versions.ts';

export interface UpdateParts {
  esp: Esp;
  running: RunningSystem;
  record: RecordFile;
  /** Keys that the running system trusts. */
  keys: () => Promise<TrustedKey[]>;
  /** The folder in which images arrive; none from elsewhere is taken. */
  incoming: string;
  root: string;
  bootId: () => Promise<string>;
}
export interface UpdateRequest {
  path: string;
  /** Also a version that is not newer than the running one. */
  older?: boolean;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}
export const bootenvPath = (esp: string): string => join(esp, 'hearth/bootenv');

/** A file of the new system with its place on the start partition. */
interface Placed extends ManifestFile {
  to: string;
  shared: boolean;
}

/**
 * Writes the system of a signed image file into the slot that does not run and makes it the next start, on trial. Until the
 * very last write the box starts what it runs now; a power cut leaves a slot that is not used. Throws Problems:
 * `update-unreadable`, `update-not-newer`, `update-no-space`, `update-damaged`, `update-outside`, `image-*` and
 * `box-not-installed`.
 */
export async function updateSlot(parts: UpdateParts, request: UpdateRequest): Promise<BoxManifest['image']> {
  const running = runningSlot(parts.running);
  const teller = stepTeller(plan, request.onProgress ?? (() => undefined));
  teller.begin(0);
  return withImage(await openWithin(parts.incoming, request.path), async (image) => {
    const tree = await readMediumManifest(image, await parts.keys());
    if (!request.older) refuseOlder(parts.running, tree.manifest.image);
    const target = otherSlot(running);
    const placed = tree.manifest.files.flatMap((file): Placed[] => {
      const place = placeOf(file.path, target);
      return place ? [{ ...file, ...place }] : [];
    });
    await checkImage(image, placed);
    return parts.esp.writable(async () => {
      await fill(parts, { image, tree, placed, running, target, teller, ...(request.signal && { signal: request.signal }) });
      teller.end();
      return tree.manifest.image;
    });
  });
} // prettier-ignore

const plan = [
  { title: 'Check the image', share: 2 },
  { title: 'Make room', share: 1 },
  { title: 'Copy the system', share: 60 },
  { title: 'Read it back', share: 30 },
  { title: 'Make it the next start', share: 1 },
];

interface Filling {
  image: MediumFiles;
  tree: VerifiedTree;
  placed: Placed[];
  running: Slot;
  target: Slot;
  teller: ReturnType<typeof stepTeller>;
  signal?: AbortSignal;
}

async function fill(parts: UpdateParts, filling: Filling): Promise<void> {
  const { image, tree, placed, running, target, teller, signal } = filling;
  const esp = parts.esp.path;
  teller.begin(1);
  const system = placed.filter(({ shared }) => !shared);
  const shared: Placed[] = [];
  for (const file of placed) if (file.shared && !(await isSame(join(esp, file.to), file))) shared.push(file);
  const work = [...system, ...shared];
  await checkSpace(esp, target, work);
  signal?.throwIfAborted();
  // From here on the other slot is nothing that could be started.
  await writeBootenv(bootenvPath(esp), { keep: running, tried: false });
  await clearSlot(esp, target);
  for (const { to, shared: both } of placed) if (both) await rm(join(esp, to) + partSuffix, { force: true });
  const total = work.reduce((sum, { size }) => sum + size, 0);
  try {
    teller.begin(2);
    let done = 0;
    const onBytes = (count: number): void => teller.within((done += count), total);
    for (const file of work)
      await copyIn(image, file, join(esp, file.to) + partSuffix, { onBytes, ...(signal && { signal }) });
    teller.begin(3);
    done = 0;
    await forgetCaches(parts.root);
    for (const file of work) {
      const path = join(esp, file.to) + partSuffix;
      if ((await digestOf(path, onBytes, signal)) !== file.sha256) throw badDisk(file.to);
    }
  } catch (error) {
    for (const { to } of work) await rm(join(esp, to) + partSuffix, { force: true });
    throw error;
  }
  teller.begin(4);
  for (const { to } of system) await takePlace(join(esp, to) + partSuffix, join(esp, to));
  const paths = slotPaths(target);
  await writeFileAtomic(join(esp, paths.signature), tree.signature);
  await writeFileAtomic(join(esp, paths.manifest), tree.text);
  await syncFolder(join(esp, paths.folder));
  for (const { to } of inOrder(shared)) await takePlace(join(esp, to) + partSuffix, join(esp, to));
  await startOnTrial(parts, running, tree.manifest.image.version);
}

/** Makes the slot that does not run the next start, on trial. The start partition has to be writable. */
export async function startOnTrial(
  parts: Pick<UpdateParts, 'esp' | 'record' | 'bootId'>,
  running: Slot,
  version: string,
): Promise<void> {
  const slot = otherSlot(running);
  const from = await parts.bootId();
  await parts.record.change((record) => ({ ...withoutFailed(record), trial: { version, slot, from } }));
  await writeBootenv(bootenvPath(parts.esp.path), { keep: running, trial: slot, tried: false });
}

/** GRUB before shim: a new shim may refuse an old GRUB, never the other way round; the menu at the end. */
function inOrder(files: readonly Placed[]): Placed[] {
  const rank = ({ to }: Placed): number => (/grub[^/]*\.efi$/i.test(to) ? 0 : /boot[^/]*\.efi$/i.test(to) ? 2 : to.endsWith('grub.cfg') ? 3 : 1); // prettier-ignore
  return files.toSorted((a, b) => rank(a) - rank(b));
}

/** The manifest goes first: a slot without one is not offered as what to go back to. */
async function clearSlot(esp: string, slot: Slot): Promise<void> {
  const { folder, manifest } = slotPaths(slot);
  await rm(join(esp, manifest), { force: true });
  await rm(join(esp, folder), { recursive: true, force: true });
}

async function checkSpace(esp: string, slot: Slot, work: readonly Placed[]): Promise<void> {
  const { bavail, bsize } = await statfs(esp);
  const rounded = (size: number): number => Math.ceil(size / bsize) * bsize;
  const freed = (await filesIn(join(esp, slotPaths(slot).folder))).reduce((sum, { size }) => sum + rounded(size), 0);
  let leftOver = 0;
  for (const { to, shared } of work) if (shared) leftOver += rounded((await sizeOf(join(esp, to) + partSuffix)) ?? 0);
  // Manifest, signature, folders and names.
  const needed = work.reduce((sum, { size }) => sum + rounded(size), 0) + rounded(manifestLimit) + 16 * bsize;
  const free = bavail * bsize + freed + leftOver;
  if (free < needed) throw noSpace(needed, needed - free);
}

/** What the manifest promises has to be there in size at least, before anything is removed for it. */
async function checkImage(image: MediumFiles, placed: readonly Placed[]): Promise<void> {
  if (!placed.some(({ shared }) => !shared)) throw damagedImage('hearth/live');
  for (const { path, size } of placed) if ((await image.size(path)) !== size) throw damagedImage(path);
}

export function refuseOlder(running: RunningSystem, image: BoxManifest['image']): void {
  // A damaged list of the running system must not be in the way of a good one.
  if (!/^\d/.test(running.version)) return;
  const order = compareVersions(image.version, running.version);
  if (order > 0) return;
  // The same version built later brings newer packages of the system below.
  if (order === 0 && running.builtAt !== undefined && Date.parse(image.builtAt) > Date.parse(running.builtAt)) return;
  throw new ProblemError({
    code: 'update-not-newer',
    title: order === 0 ? 'The box has this version already' : 'This version is older',
    detail: `The image holds ${image.version} of ${image.builtAt.slice(0, 10)}, the box runs ${running.version}${running.builtAt ? ` of ${running.builtAt.slice(0, 10)}` : ''}.`,
    cause: 'An older version may not understand what the newer one has written.',
    fix: 'Choose a newer image. To return to the version before the last update, use "Go back".',
  });
}

/**
 * Opens a plain file in the folder where images arrive. The folder is not ours: what was opened is looked at, not what the
 * path leads to a moment before or after, no link is followed, and a pipe does not make us wait.
 */
export async function openWithin(folder: string, path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  try {
    const real = handle && (await readlink(`/proc/self/fd/${handle.fd}`));
    if (handle && real?.startsWith(`${await realpath(folder)}${sep}`) && (await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle?.close();
    throw error;
  }
  await handle?.close();
  throw new ProblemError({
    code: 'update-outside',
    title: 'This image did not arrive here',
    detail: `${path} is no file in ${folder}.`,
    cause: 'It was removed meanwhile, or never sent.',
    fix: 'Send the image again.',
  });
}

const badDisk = (path: string): ProblemError =>
  new ProblemError({
    code: 'update-disk-bad',
    title: 'The disk does not keep what is written to it',
    detail: `${path} came back different from the start partition. The box goes on with the version it has.`,
    cause: 'The disk is failing.',
    fix: 'Look at the health of the disk, have copies of what matters, and replace it.',
  });
