import { ProblemError } from '../../../../contract/problem.ts';
import type { TrustedKey } from '../../image/keys.ts';
import { openManifest } from '../../image/manifest.ts';
import type { Slot } from './bootenv.ts';
import { slotManifest } from './slots.ts';

/** The system that runs. */
export interface RunningSystem {
  version: string;
  /** ISO 8601, when it was built; absent when it is not known. */
  builtAt?: string;
  medium: 'stick' | 'disk';
  slot?: Slot;
}

/** The slot it runs from. Throws the Problem `box-not-installed` on a stick: there is nothing to keep up then. */
export function runningSlot({ medium, slot }: RunningSystem): Slot {
  if (medium === 'disk' && slot) return slot;
  throw new ProblemError({
    code: 'box-not-installed',
    title: 'This box is not installed',
    detail: 'It runs from a stick, in memory: there is no system on a disk that could be changed.',
    fix: 'Install it first; a stick is brought up to date by writing it anew.',
  });
}

/** What runs, by the signed manifest beside it; a version that cannot be told is `unknown`. */
export async function readRunning(
  boot: { slot: 'stick' | Slot },
  esp: string,
  keys: readonly TrustedKey[],
): Promise<RunningSystem> {
  const medium = boot.slot === 'stick' ? 'stick' : 'disk';
  const place = boot.slot === 'stick' ? {} : { slot: boot.slot };
  const found = await slotManifest(esp, boot.slot);
  try {
    if (!found) return { version: 'unknown', medium, ...place };
    const { image } = openManifest(found.text, found.signature, keys).manifest;
    return { version: image.version, builtAt: image.builtAt, medium, ...place };
  } catch (error) {
    if (error instanceof ProblemError) return { version: 'unknown', medium, ...place };
    throw error;
  }
}
