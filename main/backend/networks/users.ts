import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { kinds } from '../target/kinds.ts';
import { pickList } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import { networkId } from './nics.ts';

/** Machines with an interface on a network, running or not. Throws KubeError. */
export async function usersOf(
  { client }: Pick<OpenTarget, 'client'>,
  { namespace, name }: ObjectRef,
): Promise<KubeObject[]> {
  const machines = await client.list(kinds.virtualMachines);
  return machines.filter(({ spec, metadata }) =>
    pickList(spec, 'template', 'spec', 'networks').some(
      (one) => networkId(one, metadata.namespace ?? '') === `${namespace}/${name}`,
    ),
  );
}
