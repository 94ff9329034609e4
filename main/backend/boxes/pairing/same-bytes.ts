import { timingSafeEqual } from 'node:crypto';

/** Takes as long for any two texts of the same length. */
export const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);
