import { z } from 'zod';
import type { StickDrive, StickLook, StickPlace } from '../../../contract/box/sticks.ts';
import type { StickSettings } from '../../../contract/box/settings.ts';
import type { Place } from '../../provision/place.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import type { TrustedKey } from '../image/keys.ts';
import { drivesOf } from './drives/describe.ts';
import type { DrivePlatform } from './drives/platform.ts';
import type { PolicyOptions } from './drives/policy.ts';
import { driveChanged, driveGone, driveNotTyped, driveRefused } from './drives/problems.ts';
import { runStickHelper } from './helper/client.ts';
import { readingReader } from './helper/contract.ts';
import type { HelperEvent } from './helper/contract.ts';
import type { HelperProgram } from './helper/program.ts';
import type { KnownImage } from './images.ts';
import { writePlainFile } from './plain-file.ts';
import { progressToTask, writeSteps } from './tell.ts';
import { judgeReading } from './verdict.ts';
import { openImage } from './write/image.ts';
import { readStick } from './write/look.ts';
import type { StickReading } from './write/look.ts';

export interface WorkParts {
  platform: DrivePlatform;
  place: Pick<Place, 'elevate'>;
  /** A terminal is at hand: sudo may ask there. */
  terminal?: boolean;
  /** Only tests give these. */
  policy?: PolicyOptions;
  program?: HelperProgram;
}
type DrivePlace = Extract<StickPlace, { type: 'drive' }>;

/** The drive of a place, as it is now. Throws `stick-gone`, `stick-changed`, `stick-refused`, `stick-not-typed`. */
export async function driveOf(
  { platform, policy }: WorkParts,
  { path, key, typed }: DrivePlace,
  need?: number,
): Promise<StickDrive> {
  const drives = drivesOf(await platform.devices(), { ...policy, ...(need !== undefined && { need }) });
  const drive = drives.find((each) => each.path === path);
  if (!drive) throw driveGone(path);
  if (drive.key !== key) throw driveChanged(path);
  // Reading needs no permission to erase.
  if (need === undefined) return drive;
  if (drive.refused) throw driveRefused(drive.name, drive.refused.why);
  if (drive.typed !== undefined && drive.typed !== typed?.trim()) throw driveNotTyped(drive.typed);
  return drive;
}

const wanted = (drive: StickDrive) => ({
  device: drive.path,
  serial: drive.serial,
  size: drive.size,
  diskseq: drive.key.split('|').at(-1) ?? '',
});

export interface WriteOrder {
  image: KnownImage;
  settings: StickSettings;
  fullCheck: boolean;
  password?: string | undefined;
}

export async function writeToDrive(
  parts: WorkParts,
  drive: StickDrive,
  { image, settings, fullCheck, password }: WriteOrder,
  task: TaskHandle,
): Promise<void> {
  const tell = progressToTask(task);
  task.step(writeSteps.root);
  await runStickHelper({
    ...parts,
    call: {
      mode: 'write',
      ...wanted(drive),
      image: image.path,
      imageSize: image.note.size,
      imageSha256: image.note.sha256,
      typed: drive.typed ?? '',
      fullCheck: fullCheck ? 'yes' : 'no',
    },
    settings,
    password,
    signal: task.signal,
    onEvent: (event) => {
      if (event.event === 'step') task.step(writeSteps[event.step]);
      if (event.event === 'progress') tell(event);
      if (event.event === 'step' && event.step === 'finish') task.update({ cancellable: false, detail: undefined });
    },
  });
}

export async function writeToFile(
  place: Extract<StickPlace, { type: 'file' }>,
  { image, settings }: WriteOrder,
  task: TaskHandle,
): Promise<void> {
  await writePlainFile({
    image: { path: image.path, size: image.note.size, sha256: image.note.sha256 },
    path: place.path,
    overwrite: place.overwrite,
    settings,
    onProgress: progressToTask(task),
    signal: task.signal,
  });
}

/** Only its shape is checked: it comes from our own program. */
const readingSchema = z.looseObject({ manifest: z.string(), signature: z.string(), table: z.array(z.string()) });

/** Reads a stick whole and judges it. `originals`: images it may have been written from. */
export async function lookAtPlace(
  parts: WorkParts,
  place: StickPlace,
  how: { originals: string[]; keys: readonly TrustedKey[]; password?: string | undefined },
  task: TaskHandle,
): Promise<StickLook> {
  const tell = progressToTask(task, true);
  if (place.type === 'drive') {
    const drive = await driveOf(parts, place);
    let reading: StickReading | undefined;
    const read = readingReader();
    task.step(writeSteps.root);
    await runStickHelper({
      ...parts,
      call: { mode: 'verify', ...wanted(drive), originals: how.originals.slice(0, 10) },
      password: how.password,
      signal: task.signal,
      onEvent: (event: HelperEvent) => {
        if (event.event === 'progress') tell(event);
        const whole = event.event === 'read' ? read(event) : undefined;
        if (whole !== undefined) reading = readingSchema.parse(whole) as unknown as StickReading;
      },
    });
    if (!reading) throw new Error('the helper read nothing');
    return judgeReading(reading, how.keys);
  }
  const source = await openImage(place.path);
  const originals = await Promise.all(how.originals.map((path) => openImage(path).catch(() => undefined)));
  try {
    const reading = await readStick(source, {
      originals: originals.filter((original) => original !== undefined),
      onProgress: tell,
      signal: task.signal,
    });
    return judgeReading(reading, how.keys);
  } finally {
    await source.close();
    for (const original of originals) await original?.close();
  }
}
