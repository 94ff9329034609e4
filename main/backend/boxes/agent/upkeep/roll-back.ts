import { ProblemError } from '../../../../contract/problem.ts';
import { join } from 'node:path';
import { openManifest } from '../../image/manifest.ts';
import { otherSlot, writeBootenv } from './bootenv.ts';
import type { Slot } from './bootenv.ts';
import { runningSlot } from './running.ts';
import { isSame } from './slot-files.ts';
import { placeOf, slotManifest } from './slots.ts';
import { bootenvPath, startOnTrial } from './update.ts';
import type { UpdateParts } from './update.ts';

/** What the slot that does not run holds, by its own signed manifest; undefined when nothing there could be started. */
export async function otherSystem(
  parts: Pick<UpdateParts, 'esp' | 'keys'>,
  running: Slot,
): Promise<{ version: string; slot: Slot } | undefined> {
  const slot = otherSlot(running);
  const found = await slotManifest(parts.esp.path, slot);
  if (!found) return undefined;
  try {
    const { manifest } = openManifest(found.text, found.signature, await parts.keys());
    return { version: manifest.image.version, slot };
  } catch (error) {
    // Foreign or damaged: it is not offered.
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/**
 * Makes the other system the next start, on trial as after an update, once every file of it was checked against its signed
 * manifest. Throws the Problems `roll-back-nothing` and `roll-back-damaged`.
 */
export async function rollBackSlot(parts: UpdateParts): Promise<{ version: string }> {
  const running = runningSlot(parts.running);
  const slot = otherSlot(running);
  const found = await slotManifest(parts.esp.path, slot);
  if (!found)
    throw new ProblemError({
      code: 'roll-back-nothing',
      title: 'There is nothing to go back to',
      detail: 'The other place for a system is empty.',
      cause: 'The box was not updated yet, or an update was stopped half-way.',
      fix: 'Send an image of the version you want as an update.',
    });
  const { manifest } = openManifest(found.text, found.signature, await parts.keys());
  for (const file of manifest.files) {
    const place = placeOf(file.path, slot);
    // What both systems share came with the newer one.
    if (!place || place.shared || (await isSame(join(parts.esp.path, place.to), file))) continue;
    throw new ProblemError({
      code: 'roll-back-damaged',
      title: 'The other system is damaged',
      detail: `${place.to} is not what was signed. The box goes on with the version it has.`,
      cause: 'The disk lost it, or an update was cut off.',
      fix: 'Send an image of the version you want as an update; look at the health of the disk.',
    });
  }
  await parts.esp.writable(() => startOnTrial(parts, running, manifest.image.version));
  return { version: manifest.image.version };
}

/** Stays with the running system: whatever was prepared is not started. */
export const stayWith = (parts: Pick<UpdateParts, 'esp'>, running: Slot): Promise<void> =>
  parts.esp.writable(() => writeBootenv(bootenvPath(parts.esp.path), { keep: running, tried: false }));
