import type { Stored } from '../../kube/object.ts';
import type { Base } from '../base/bases.ts';
import { requestOf, sectors } from '../claims/controller.ts';
import { tooLarge } from '../source/ingest.ts';

export const isImage = (object: Stored): boolean => object.metadata.labels?.['hearth.dev/image'] === 'true';

/** Room for an import: an image of the library sets its own size (undefined), others must fit their claim. */
export const roomOf = (claim: Stored): number | undefined =>
  isImage(claim) ? undefined : sectors(requestOf(claim) ?? 0);

/** Size of the claim's disk on this base. Throws in CDI's words when the claim is too small. */
export function sizeOn(base: Base, claim: Stored): number {
  const room = roomOf(claim);
  // Images of the library and discs keep the size they came with.
  if (room === undefined || base.sourceFormat === 'iso') return base.virtualSize;
  if (room < base.virtualSize) throw tooLarge(base.virtualSize, room);
  return room;
}
