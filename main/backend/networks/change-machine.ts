import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { KubeError } from '../target/kube-error.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';

const attempts = 5;

/** Reads a machine, changes it and writes it back; anew where somebody else was faster. `change` may throw, and false writes nothing. */
export async function changeMachine(
  { client }: Pick<OpenTarget, 'client'>,
  ref: ObjectRef,
  change: (vm: KubeObject) => boolean | void,
): Promise<KubeObject> {
  for (let attempt = 1; ; attempt += 1) {
    const was = await client.get(kinds.virtualMachines, ref.namespace, ref.name);
    const vm = structuredClone(was);
    if (change(vm) === false) return vm;
    try {
      return await client.replace(kinds.virtualMachines, was, vm);
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 409 || attempt >= attempts) throw error;
    }
  }
}
