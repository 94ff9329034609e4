import { z } from 'zod';

// A strict Content-Security-Policy forbids the code generation that zod would try; pages check with these schemas.
z.config({ jitless: true });

/** RFC 1123 label: a box's name in the network and of its node. */
export const hostNameSchema = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'Lowercase letters, digits and dashes; no dash first or last.');
/** SHA-256 of a certificate, 64 lower-case hexadecimal digits. */
export const fingerprintSchema = z.string().regex(/^[0-9a-f]{64}$/, 'A SHA-256 in 64 hexadecimal digits.');
/** 128 random bits in hexadecimal: names a box, or one written stick. */
export const randomIdSchema = z.string().regex(/^[0-9a-f]{32}$/, '32 hexadecimal digits.');
/** Exactly one disk, as the kernel tells it; `size` in bytes. All that are given must be equal again before anything is erased. */
export const diskIdentitySchema = z.strictObject({
  serial: z.string().min(1).max(200),
  size: z.number().int().positive(),
  wwn: z.string().max(200).optional(),
});
export type DiskIdentity = z.infer<typeof diskIdentitySchema>;
