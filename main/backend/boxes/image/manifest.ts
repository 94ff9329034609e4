import { z } from 'zod';
import { ProblemError } from '../../../contract/problem.ts';
import { boxManifestSchema, manifestLimit } from '../../../contract/box/manifest.ts';
import type { BoxImage, BoxImageNote, BoxManifest, ManifestFile } from '../../../contract/box/manifest.ts';
import { isSignedBy, signBytes } from './keys.ts';
import type { SigningKey, TrustedKey } from './keys.ts';

/** A manifest in the exact bytes that are signed. */
export interface SignedManifest {
  manifest: BoxManifest;
  text: Buffer;
  signature: Buffer;
}

/** The manifest of these files, sorted by path, signed. */
export function signManifest(image: BoxImage, files: readonly ManifestFile[], key: SigningKey): SignedManifest {
  const manifest = boxManifestSchema.parse({
    version: 1,
    image,
    files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    key: key.id,
  } satisfies BoxManifest);
  const text = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
  return { manifest, text, signature: signBytes(text, key) };
}

/**
 * A manifest whose signature holds, and who signed it. Throws the Problems `image-foreign` (signed by nobody we trust),
 * `image-damaged` (signed by the key it names, but not these bytes) and `image-unreadable`.
 */
export function openManifest(
  text: Uint8Array,
  signature: Uint8Array,
  keys: readonly TrustedKey[],
): { manifest: BoxManifest; signedBy: string } {
  if (text.length > manifestLimit) throw unreadable(`The manifest has ${text.length} bytes.`);
  const signer = keys.find((key) => isSignedBy(text, signature, key));
  const manifest = parse(text, signer !== undefined);
  if (signer) return { manifest, signedBy: signer.name };
  if (keys.some(({ id }) => id === manifest.key))
    throw new ProblemError({
      code: 'image-damaged',
      title: 'This image is damaged',
      detail: 'Its list of files is not the one that was signed.',
      cause: 'It was changed after it was built: a bad copy, a failing drive, or somebody on purpose.',
      fix: 'Get it again and compare its SHA-256 with the one that was published; write the stick anew.',
    });
  throw new ProblemError({
    code: 'image-foreign',
    title: 'This image was signed by nobody known',
    detail: `Its key ${manifest.key} is none that is trusted here (${keys.map(({ id, name }) => `${name} ${id}`).join(', ') || 'there is none'}).`,
    cause: 'It was built by somebody else, or its key was not put among the trusted ones.',
    fix: 'Use an image of this Hearth, or one you built; put the .pub of the builder among the trusted keys if you trust them.',
  });
}

function parse(text: Uint8Array, signed: boolean): BoxManifest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text).toString('utf8'));
  } catch (error) {
    throw unreadable(`The manifest is no JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const checked = boxManifestSchema.safeParse(value);
  if (checked.success) return checked.data;
  throw unreadable(
    signed ? `It was made by another version of Hearth: ${z.prettifyError(checked.error)}` : z.prettifyError(checked.error),
  );
} // prettier-ignore

const imageText = (size: number, sha256: string): Buffer => Buffer.from(`hearth-box-image\n${size}\n${sha256}\n`);

/** What lies beside an image: its manifest, and its own size and digest, signed. */
export const signNote = (
  { text, signature }: SignedManifest,
  image: { file: string; size: number; sha256: string },
  key: SigningKey,
): BoxImageNote => ({
  version: 1,
  manifest: text.toString('utf8'),
  signature: signature.toString('base64'),
  image: { ...image, signature: signBytes(imageText(image.size, image.sha256), key).toString('base64') },
});

/** Checks both signatures of a note; throws as `openManifest` does. */
export function openNote(
  { manifest: text, signature, image }: BoxImageNote,
  keys: readonly TrustedKey[],
): { manifest: BoxManifest; signedBy: string } {
  const opened = openManifest(Buffer.from(text), Buffer.from(signature, 'base64'), keys);
  const whole = Buffer.from(image.signature, 'base64');
  const bytes = imageText(image.size, image.sha256);
  if (keys.some((key) => key.id === opened.manifest.key && isSignedBy(bytes, whole, key))) return opened;
  throw new ProblemError({
    code: 'image-damaged',
    title: 'This image is damaged',
    detail: 'The size and digest beside it are not the ones that were signed.',
    fix: 'Get the image and its .json again, both from the same place.',
  });
}

const unreadable = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'image-unreadable',
      title: 'This is no image of a box',
      detail,
      cause: 'It is something else, it was cut short, or another version of Hearth made it.',
      fix: 'Choose a hearth-box-VERSION.img that was built for this version.',
    },
    { cause },
  );
