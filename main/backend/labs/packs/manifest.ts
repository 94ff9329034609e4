import { z } from 'zod';
import { labFileLimit } from '../../../contract/labs/file.ts';
import type { LabFile } from '../../../contract/labs/file.ts';
import { labNameSchema } from '../../../contract/labs/words.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { labFileName } from '../library/library.ts';

/** What a pack is called: `NAME.hearthlab`, a gzipped tar. */
export const packExtension = 'hearthlab';
export const manifestName = 'manifest.json';
const version = 1;

/** Bytes, and how many files. */
export const limits = {
  manifest: 256 * 1024,
  /** A README, a licence, a picture. */
  file: 8 * 2 ** 20,
  files: 64 * 2 ** 20,
  image: 64 * 2 ** 30,
  count: 200,
  /** What it may unpack to, beside its own size: more is a bomb. Disks are mostly empty, but not that empty. */
  ratio: 100,
  /** So much may be unpacked of the smallest file. */
  free: 64 * 2 ** 20,
} as const;

/** Names that a file of a pack can have; ASCII, for every file system. */
export const packNames = /^[A-Za-z0-9][A-Za-z0-9._-]{0,70}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,70}){0,3}$/;
/** Names that Windows keeps for devices, with any ending. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Whether a file may be in a pack: the lab, what is told of it, files beside it, images. Pure. */
export const fits = (name: string): boolean =>
  name.length <= 100 &&
  packNames.test(name) &&
  !name.split('/').some((part) => devices.test(part) || part.endsWith('.') || part.includes('..')) &&
  (name === labFileName ||
    /^(README|LICENSE)(\.(md|txt))?$/.test(name) ||
    /^files\/./.test(name) ||
    /^images\/[^/]+$/.test(name));

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const fileSchema = z.strictObject({
  name: z.string().max(100),
  size: z.number().int().min(0).max(limits.image),
  sha256: digest,
});
const imageSchema = z.strictObject({
  name: z.string().max(63),
  sha256: digest.optional(),
  /** Where it is from, in words or as an address. */
  from: z.string().max(2000),
  /** Its file in the pack. */
  file: z.string().max(100).optional(),
});
const manifestSchema = z.strictObject({
  format: z.literal('hearth-lab'),
  version: z.literal(version),
  /** ISO 8601. */
  made: z.iso.datetime(),
  by: z.string().max(100),
  lab: z.strictObject({ name: labNameSchema, title: z.string().max(200), version: z.string().max(40) }),
  /** Everything that follows, in this order; lab.yaml is the first. */
  files: z.array(fileSchema).min(1).max(limits.count),
  images: z.array(imageSchema).max(20),
});
export type PackManifest = z.output<typeof manifestSchema>;
export type PackFile = PackManifest['files'][number];

export const damaged = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'lab-pack-damaged',
      title: 'This is no whole lab pack',
      detail,
      cause: 'The file was cut off, changed, or made by something else.',
      fix: 'Get the file again, or export the lab anew.',
    },
    { cause },
  );
export const tooLarge = (detail: string): ProblemError =>
  new ProblemError({ code: 'lab-pack-too-large', title: 'This lab pack is too large', detail, kind: 'denied' });

/** The manifest of a pack, with nothing in it that is not possible. Throws `lab-pack-damaged`, `lab-pack-version`, `lab-pack-too-large`. Pure. */
export function readManifest(text: string): PackManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged('Its manifest is no JSON.', error);
  }
  const told = z.looseObject({ format: z.literal('hearth-lab'), version: z.number() }).safeParse(value);
  if (told.success && told.data.version !== version)
    throw new ProblemError({ code: 'lab-pack-version', title: 'This lab pack is of another version', detail: `It is of version ${told.data.version}; this Hearth reads version ${version}.`, fix: 'A newer Hearth may know it.', kind: 'denied' });
  const checked = manifestSchema.safeParse(value);
  if (!checked.success) throw damaged(`Its manifest is not as it should be: ${z.prettifyError(checked.error)}`);
  const manifest = checked.data;
  const seen = new Set<string>();
  let small = 0;
  for (const { name, size } of manifest.files) {
    if (!fits(name)) throw damaged(`It names a file that no pack may have: ${JSON.stringify(name)}.`);
    // On some computers upper and lower case are the same file.
    if (seen.has(name.toLowerCase())) throw damaged(`It names ${name} twice.`);
    seen.add(name.toLowerCase());
    if (name === labFileName && size > labFileLimit) throw tooLarge(`Its ${labFileName} has ${size} bytes; it may have ${labFileLimit}.`);
    if (name.startsWith('images/')) continue;
    if (size > limits.file) throw tooLarge(`${name} has ${size} bytes; a file beside a lab may have ${limits.file}.`);
    small += size;
  }
  if (small > limits.files) throw tooLarge(`Its files have ${small} bytes; beside its images it may have ${limits.files}.`);
  if (manifest.files[0]?.name !== labFileName) throw damaged(`It does not begin with ${labFileName}.`);
  return manifest;
} // prettier-ignore

/** Where the image of a lab lies in a pack, and in the lab's folder then: one of an address has its digest as its name. Pure. */
export const imageFile = ({ file, sha256 }: LabFile['images'][number]): string | undefined =>
  file ?? (sha256 === undefined ? undefined : `images/${sha256}`);

/** The lab of a pack is the one that its manifest tells, and its images are those of the lab. Throws `lab-pack-damaged`. Pure. */
export function compareLab(lab: LabFile, manifest: PackManifest): void {
  const { name } = lab.metadata;
  if (name !== manifest.lab.name)
    throw damaged(`Its manifest tells of the lab "${manifest.lab.name}", and ${labFileName} is the lab "${name}".`);
  const known = new Map(lab.images.map((image) => [imageFile(image), image]));
  for (const { name: file, sha256 } of manifest.files) {
    if (!file.startsWith('images/')) continue;
    const image = known.get(file);
    if (!image) throw damaged(`The lab knows nothing of ${file}.`);
    if (image.sha256 !== sha256) throw damaged(`The lab asks for another ${file}: their SHA-256 differ.`);
  }
  for (const { file } of lab.images)
    if (file !== undefined && !manifest.files.some((each) => each.name === file))
      throw damaged(`${file} of the lab is not in it.`);
}
