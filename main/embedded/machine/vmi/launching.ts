import type { EngineContext } from '../../kube/context.ts';
import type { Stored } from '../../kube/object.ts';
import type { MachinePlan } from '../argv/plan.ts';
import { launch } from '../qemu/launch.ts';
import type { Machine } from '../qemu/machine.ts';
import type { SavedStates } from '../qemu/saved.ts';

export interface Launched {
  machine: Machine;
  /** It goes on from its memory: there is no boot to wait for. */
  resumed: boolean;
}
type Identity = Parameters<typeof launch>[2];

/**
 * Starts QEMU for a plan: from the memory of a snapshot where a restore asked for that and it fits, else as usual. Memory
 * that does not fit after all costs one try. Throws LaunchFailed.
 */
export async function launchInstance(
  context: EngineContext,
  saved: SavedStates | undefined,
  vmi: Stored,
  plan: MachinePlan,
  identity: Identity,
): Promise<Launched> {
  const state = plan.paused ? undefined : await saved?.find(vmi, plan);
  const coldly = async (): Promise<Launched> => ({ machine: await launch(context, plan, identity), resumed: false });
  if (!saved || state === undefined) return coldly();
  let machine: Machine | undefined;
  try {
    machine = await launch(context, plan, identity, state);
    await saved.load(vmi, machine);
    return { machine, resumed: true };
  } catch (error) {
    context.log.warn({ err: error, vmi: vmi.metadata.name }, 'saved memory could not be used');
    await machine?.quit();
    saved.failed(vmi, (error as Error).message);
    return coldly();
  }
}
