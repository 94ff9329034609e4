import { z } from 'zod';

/** Where things lie on a stick, and on the start partition of an installed box; relative to the file system's top. */
export const mediumPaths = {
  manifest: 'hearth/manifest.json',
  signature: 'hearth/manifest.sig',
  /** 64 KiB that are patched in place: never part of the manifest. */
  settings: 'hearth/settings',
  /** GRUB's environment block of an installed box: never part of the manifest. */
  bootenv: 'hearth/bootenv',
  /** Another such block of an installed box, written once: `data`, the UUID of its data partition. */
  diskenv: 'hearth/disk.env',
  /** Who is installed on this disk. */
  box: 'hearth/box.json',
  live: 'hearth/live',
  slotA: 'hearth/a',
  slotB: 'hearth/b',
  bundle: 'hearth/bundle',
  /** GRUB for computers without UEFI: `core-stick.img`, `core-disk.img`, `boot.img`; and `grub-disk.cfg`, the menu of a disk. */
  bios: 'hearth/boot',
} as const;
/** In each of the folders `live`, `a` and `b`. */
export const systemFiles = ['vmlinuz', 'initrd.img', 'root.squashfs'] as const;
/** Bytes of the settings slot. */
export const settingsSlotSize = 64 * 1024;
/** Largest manifest that is read, in bytes. */
export const manifestLimit = 256 * 1024;
/** Largest `.json` of an image: its manifest as a text in JSON, and signatures. */
export const noteLimit = 2 * manifestLimit + 4096;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'A SHA-256 in 64 hexadecimal digits.');
/** Relative, with slashes, nothing that could lead out of the medium. */
const mediumPath = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/, 'A path on the medium.')
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'A path on the medium.');

/** What an image says about itself. */
export const boxImageSchema = z.strictObject({
  version: z
    .string()
    .max(60)
    .regex(/^[0-9][0-9A-Za-z.+~-]*$/, 'A version, e.g. 0.2.0.'),
  builtAt: z.iso.datetime(),
  /** Debian release and kernel, in words. */
  base: z.string().min(1).max(200),
  /** bundle: k3s, KubeVirt and CDI are on the medium; internet: they are fetched at the first start. */
  payload: z.enum(['bundle', 'internet']),
});
export type BoxImage = z.infer<typeof boxImageSchema>;

/** Every file of the medium but the settings, the boot environment, itself and its signature. */
export const boxManifestSchema = z.strictObject({
  version: z.literal(1),
  image: boxImageSchema,
  files: z
    .array(z.strictObject({ path: mediumPath, size: z.number().int().min(0), sha256 }))
    .min(1)
    .max(1000),
  /** Which key signed it: the first 16 hexadecimal digits of the SHA-256 of the public key. */
  key: z.string().regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits.'),
});
export type BoxManifest = z.infer<typeof boxManifestSchema>;
export type ManifestFile = BoxManifest['files'][number];

/**
 * The `hearth-box-VERSION.json` beside an image: its manifest in the exact bytes that were signed, and the image as a whole.
 * Signatures are ed25519 in base64; `image.signature` is over `hearth-box-image\nSIZE\nSHA256\n`.
 */
export const boxImageNoteSchema = z.strictObject({
  version: z.literal(1),
  manifest: z.string().max(manifestLimit),
  signature: z.string().max(200),
  image: z.strictObject({
    /** Name of the image file beside this one. */
    file: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9._+~-]+$/, 'A file name.'),
    size: z.number().int().positive(),
    sha256,
    signature: z.string().max(200),
  }),
});
export type BoxImageNote = z.infer<typeof boxImageNoteSchema>;
