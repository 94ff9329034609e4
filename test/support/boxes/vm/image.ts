import { copyFile, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { boxWishesSchema } from '../../../../main/contract/box/settings.ts';
import type { BoxWishesInput, Enrolment } from '../../../../main/contract/box/settings.ts';
import { buildImage } from '../../../../main/backend/boxes/image/build.ts';
import type { BuiltImage } from '../../../../main/backend/boxes/image/build-types.ts';
import { writePlainFile } from '../../../../main/backend/boxes/sticks/plain-file.ts';
import { newSettings } from '../../../../main/backend/boxes/sticks/settings.ts';
import { labArguments } from './arguments.ts';

/** Where images and what they are made of stay between runs; contents decide what is made anew. */
export const boxCache = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hearth-test', 'box');

const building = new Map<string, Promise<BuiltImage>>();
/**
 * The image of what is built here, for computers of the lab; the same content under any version. The Debian packages are
 * fetched on a computer's first call (minutes).
 */
export function boxImage(version = '0.9.1'): Promise<BuiltImage> {
  const built = building.get(version) ?? build(version);
  building.set(version, built);
  return built;
}

async function build(version: string): Promise<BuiltImage> {
  const folder = boxCache();
  await mkdir(folder, { recursive: true });
  let step = '';
  return buildImage(
    { out: folder, cache: join(folder, 'cache'), version, kernelArguments: labArguments },
    (progress) => {
      if (progress.step !== step) console.error(`box image: ${progress.step}`);
      ({ step } = progress);
    },
    new AbortController().signal,
  );
}
/** Makes an app believe the key of `boxImage`. */
export async function trustImages(dataDir: string): Promise<void> {
  const keys = join(dataDir, 'boxes', 'keys');
  await mkdir(keys, { recursive: true });
  await copyFile(join(boxCache(), 'hearth-box.pub'), join(keys, 'lab.pub'));
}

/** A stick as the app writes it, as a file. `settings` undefined: as the image comes, without any. */
export async function makeStick(
  folder: string,
  name: string,
  settings?: { wishes: BoxWishesInput; enrolment?: Enrolment; installId?: string },
): Promise<{ path: string; installId?: string }> {
  const { image, size, sha256 } = await boxImage();
  const path = join(folder, name);
  if (!settings) {
    await copyFile(image, path);
    return { path };
  }
  const written = newSettings(boxWishesSchema.parse(settings.wishes), settings.enrolment, settings.installId);
  await writePlainFile({
    image: { path: image, size, sha256 },
    path,
    overwrite: false,
    settings: written,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  return { path, installId: written.installId };
}

/** An empty disk that takes room only where it is written. */
export async function emptyDisk(path: string, size: string): Promise<string> {
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', path, size], { timeout: 60_000 });
  return path;
}
/** A disk full of somebody's data, raw: `bytes` of noise. */
export async function preciousDisk(path: string, bytes: number): Promise<string> {
  await execa('dd', ['if=/dev/urandom', `of=${path}`, 'bs=1M', `count=${Math.ceil(bytes / 2 ** 20)}`, 'status=none'], {
    timeout: 120_000,
  });
  return path;
}
/** Turns over bits of one byte. */
export async function flipByte(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, offset);
    byte.writeUInt8(byte.readUInt8(0) ^ 0xff);
    await file.write(byte, 0, 1, offset);
  } finally {
    await file.close();
  }
}

/** A folder for one test file. */
export async function labFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(process.env['HEARTH_BOX_LAB'] ?? tmpdir(), 'hbl-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
