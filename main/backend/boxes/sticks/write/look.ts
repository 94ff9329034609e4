import { createHash } from 'node:crypto';
import { boxManifestSchema, mediumPaths } from '../../../../contract/box/manifest.ts';
import type { ManifestFile } from '../../../../contract/box/manifest.ts';
import { stickSettingsSchema } from '../../../../contract/box/settings.ts';
import type { StickLook } from '../../../../contract/box/sticks.ts';
import type { Fat32, FatFile } from '../format/fat.ts';
import { readGpt } from '../format/gpt.ts';
import { findSlot, openStick, readSlot } from '../format/slot.ts';
import type { ByteSource } from '../format/source.ts';
import { firstDifference } from './copy.ts';
import { progressTeller } from './progress.ts';
import type { Progress } from './progress.ts';

/** What stands on a stick, before anybody judges who signed it. Bytes are base64; no secret is in it. */
export interface StickReading {
  manifest: string;
  signature: string;
  /** The first file that is not as the manifest says; `byte` counts from the start of the stick. */
  bad?: { path: string; what: 'missing' | 'unlisted' | 'size' | 'content'; byte?: number; exact: boolean };
  files: number;
  table: string[];
  settings?: StickLook['settings'];
}

/**
 * Reads a stick whole: every file of its manifest is hashed. `originals` are images that may be the one it was written
 * from: with the right one at hand the very byte that differs is told, else the one where the damaged piece begins.
 * Throws what `openStick` throws, and `stick-file-system-damaged`.
 */
export async function readStick(
  source: ByteSource,
  {
    originals,
    onProgress,
    signal,
  }: { originals: readonly ByteSource[]; onProgress: (progress: Progress) => void; signal: AbortSignal },
): Promise<StickReading> {
  const { problems: table } = await readGpt(source);
  const { fat } = await openStick(source);
  const text = async (path: string): Promise<Buffer> => {
    const file = await fat.find(path);
    return file && file.size <= 1024 * 1024 ? fat.read(file) : Buffer.alloc(0);
  };
  const manifest = await text(mediumPaths.manifest);
  const reading: StickReading = {
    manifest: manifest.toString('base64'),
    signature: (await text(mediumPaths.signature)).toString('base64'),
    files: 0,
    table,
  };
  const settings = withoutSecrets(await readSlot(source, await findSlot(source, fat)).catch(() => undefined));
  if (settings) reading.settings = settings;
  const listed = parseManifest(manifest);
  if (!listed) return reading;
  const original = await sameManifest(originals, manifest);
  const teller = progressTeller('verify', listed.reduce((sum, { size }) => sum + size, 0), onProgress); // prettier-ignore
  let done = 0;
  const stranger = await unlistedFile(fat, listed);
  if (stranger) return { ...reading, bad: { path: stranger, what: 'unlisted', exact: false } };
  for (const file of listed) {
    const bad = await checkFile(fat, file, original, signal, (bytes) => teller.at((done += bytes)));
    if (bad) return { ...reading, bad };
    reading.files += 1;
  }
  return reading;
}

/** Folders from which a computer starts, or which the box reads: nothing may lie there that was not signed. */
const guarded = ['EFI', 'boot', 'hearth', '.disk'];
const ours = new Set<string>([mediumPaths.manifest, mediumPaths.signature, mediumPaths.settings, mediumPaths.bootenv]);

async function unlistedFile(fat: Fat32, listed: readonly ManifestFile[]): Promise<string | undefined> {
  const known = new Set([...listed.map(({ path }) => path), ...ours].map((path) => path.toLowerCase()));
  const walk = async (folder: string, depth: number): Promise<string | undefined> => {
    for (const entry of (await fat.list(folder)) ?? []) {
      const path = `${folder}/${entry.name}`;
      if (!entry.folder && !known.has(path.toLowerCase())) return path;
      const inside = entry.folder && depth < 10 ? await walk(path, depth + 1) : undefined;
      if (inside) return inside;
    }
    return undefined;
  };
  for (const folder of guarded) {
    const found = await walk(folder, 0);
    if (found) return found;
  }
  return undefined;
}

async function checkFile(
  fat: Fat32,
  listed: ManifestFile,
  original: Fat32 | undefined,
  signal: AbortSignal,
  read: (bytes: number) => void,
): Promise<StickReading['bad']> {
  const file = await fat.find(listed.path);
  if (!file) return { path: listed.path, what: 'missing', exact: false };
  const [begin] = await fat.extents(file);
  if (file.size !== listed.size)
    return { path: listed.path, what: 'size', exact: false, ...(begin && { byte: begin.offset }) };
  const hash = createHash('sha256');
  for await (const { bytes } of fat.pieces(file)) {
    signal.throwIfAborted();
    hash.update(bytes);
    read(bytes.length);
  }
  if (hash.digest('hex') === listed.sha256) return undefined;
  const exact = original && (await firstBadByte(fat, file, original));
  if (exact !== undefined) return { path: listed.path, what: 'content', byte: exact, exact: true };
  return { path: listed.path, what: 'content', exact: false, ...(begin && { byte: begin.offset }) };
}

/** The place on the stick of the first byte that is not that of the same file in the image. */
async function firstBadByte(fat: Fat32, file: FatFile, original: Fat32): Promise<number | undefined> {
  const there = await original.find(file.path);
  if (!there || there.size !== file.size) return undefined;
  const ours = fat.pieces(file, fat.clusterSize);
  for await (const { bytes } of original.pieces(there, fat.clusterSize)) {
    const { value } = await ours.next();
    if (!value) return undefined;
    if (!bytes.equals(value.bytes)) return value.offset + firstDifference(bytes, value.bytes);
  }
  return undefined;
}

async function sameManifest(originals: readonly ByteSource[], manifest: Buffer): Promise<Fat32 | undefined> {
  for (const source of originals) {
    try {
      const { fat } = await openStick(source);
      const file = await fat.find(mediumPaths.manifest);
      if (file && (await fat.read(file)).equals(manifest)) return fat;
    } catch {
      continue; // not an image, or a damaged one: it is no help then
    }
  }
  return undefined;
}

function parseManifest(bytes: Buffer): ManifestFile[] | undefined {
  try {
    return boxManifestSchema.parse(JSON.parse(bytes.toString('utf8'))).files;
  } catch {
    return undefined; // whoever judges the signature says so in words
  }
}

/** Settings for people to see: neither the enrolment's secret nor the password of a Wi-Fi nor of a proxy. */
export function withoutSecrets(value: unknown): StickLook['settings'] {
  const checked = stickSettingsSchema.safeParse(value);
  if (!checked.success) return undefined;
  const { enrolment, network, proxy, ...rest } = checked.data;
  const { wifi, ...wired } = network;
  const { password: _, ...open } = wifi ?? {};
  return {
    ...rest,
    network: { ...wired, ...(wifi && { wifi: open as typeof wifi }) },
    ...(proxy && { proxy: { ...proxy, ...hidden(proxy.http, 'http'), ...hidden(proxy.https, 'https') } }),
    ...(enrolment && { enrolment: { expires: enrolment.expires, app: enrolment.app.name } }),
  };
}

function hidden(address: string | undefined, name: 'http' | 'https'): { http?: string; https?: string } {
  if (address === undefined) return {};
  const url = new URL(address);
  if (url.password) url.password = '***';
  return { [name]: url.href };
}
