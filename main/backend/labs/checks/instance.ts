import type { KubeObject } from '../../../contract/kube.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import type { Kind } from '../../target/kinds.ts';
import { pickText } from '../../target/pick.ts';
import type { LookContext } from './look-types.ts';

/** A machine of the lab that runs, or in words why there is none. Rejects with KubeError when the target does not tell. */
export async function runningInstance(
  { target: { client }, namespace }: Pick<LookContext, 'target' | 'namespace'>,
  machine: string,
  signal: AbortSignal,
): Promise<{ instance: KubeObject; off?: never } | { instance?: never; off: string }> {
  const get = async (kind: Kind) => {
    try {
      return await client.get(kind, namespace, machine, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  const instance = await get(kinds.virtualMachineInstances);
  const phase = pickText(instance, 'status', 'phase');
  if (instance && phase === 'Running') return { instance };
  if (instance && phase !== 'Succeeded' && phase !== 'Failed')
    return { off: `${machine} is still starting (${phase ?? 'Pending'}).` };
  return {
    off: (await get(kinds.virtualMachines)) ? `${machine} is off: start it.` : `There is no machine ${machine}.`,
  };
}
