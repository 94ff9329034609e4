import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Collection } from '../target/collection.ts';
import { isNotFound } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';

export const machineGone = ({ namespace, name }: ObjectRef): ProblemError =>
  new ProblemError({
    code: 'machine-not-found',
    title: 'This machine is not there',
    detail: `There is no machine ${name} in ${namespace} (any more).`,
  });

/**
 * Reads one machine off a watch, time and again; throws `machine-not-found` when it is gone. A watch may tell of a machine
 * that was just made in a moment only: until it did so once, the target itself is asked whether there is none.
 */
export function presentMachine(
  { client }: Pick<OpenTarget, 'client'>,
  vms: Pick<Collection, 'get'>,
  { namespace, name }: ObjectRef,
  signal: AbortSignal,
): () => Promise<KubeObject> {
  let seen = false;
  return async () => {
    const known = vms.get(namespace, name);
    seen ||= known !== undefined;
    if (known) return known;
    if (seen) throw machineGone({ namespace, name });
    try {
      return await client.get(kinds.virtualMachines, namespace, name, signal);
    } catch (error) {
      throw isNotFound(error) ? machineGone({ namespace, name }) : error;
    }
  };
}

/** Which keys of a watch over all namespaces are this machine's own, and which lie beside it. */
export const ownKey = ({ namespace, name }: ObjectRef) => {
  const own = `${namespace}/${name}`;
  return (key: string): boolean => key === own;
};
export const nearKey = ({ namespace }: ObjectRef) => {
  const near = `${namespace}/`;
  return (key: string): boolean => key.startsWith(near);
};
