import type { LabFile } from '../../../contract/labs/file.ts';
import { machineImageFacts } from './image-facts.ts';
import { kinds } from '../../target/kinds.ts';
import { pick } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { Values } from '../file/fill.ts';
import type { BuildFacts } from './build.ts';

/** What the objects of a lab are made with on a target now. Throws KubeError when it does not answer. */
export async function buildFacts(
  lab: LabFile,
  target: OpenTarget,
  known: { values: Values; key: string },
): Promise<BuildFacts> {
  return { ...known, reservations: await hasReservations(target), machines: await machineImageFacts(lab, target) };
}

/** Whether the target keeps reserved addresses: it says so at its node. */
async function hasReservations(target: OpenTarget): Promise<boolean> {
  const nodes = target.cache.use(kinds.nodes);
  try {
    await nodes.whenSynced();
    return [...nodes.values()].some((node) => pick(node, 'metadata', 'annotations', 'hearth.dev/machine-names') === 'true'); // prettier-ignore
  } catch {
    return false; // who may not look at nodes writes addresses into the guests, which works everywhere
  } finally {
    nodes.release();
  }
}
