import type { KubeObject } from '../../contract/kube.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';

/** On an export: the Secret with the machine's TPM and UEFI variables. On a machine: the one that it gets its own from. */
export const stateAnnotation = 'hearth.dev/firmware-state';

/** TPM and UEFI variables that a target hands out with an export; undefined where it has none. Throws KubeError. */
export async function exportedState(
  { client }: OpenTarget,
  object: KubeObject | undefined,
): Promise<Record<string, string> | undefined> {
  const name = object?.metadata.annotations?.[stateAnnotation];
  if (object === undefined || name === undefined) return undefined;
  const secret = await client.get(kinds.secrets, object.metadata.namespace, name);
  return (secret as { data?: Record<string, string> }).data;
}
