import { asProblem } from '../../../contract/problem.ts';
import type { Log } from '../../log.ts';
import type { TrustedKey } from '../image/keys.ts';
import { openManifest } from '../image/manifest.ts';
import type { BootFacts } from './command-line.ts';
import type { AgentPlaces } from './places.ts';
import type { RunningSystem } from './upkeep/running.ts';
import { slotManifest } from './upkeep/slots.ts';

/** The system that runs, by the signed list it came with; a list that cannot be used leaves the version unknown. */
export async function runningImage(
  places: AgentPlaces,
  boot: BootFacts,
  keys: readonly TrustedKey[],
  log: Log,
): Promise<RunningSystem> {
  const where = boot.slot === 'stick' ? { medium: 'stick' as const } : { medium: 'disk' as const, slot: boot.slot };
  try {
    const found = await slotManifest(places.medium, boot.slot);
    if (found) {
      const { version, builtAt } = openManifest(found.text, found.signature, keys).manifest.image;
      return { version, builtAt, ...where };
    }
  } catch (error) {
    log.warn({ problem: asProblem(error) }, 'the running system has no list that can be used');
  }
  return { version: 'unknown', ...where };
}
