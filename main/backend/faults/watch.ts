import type { MachineFaults } from '../../contract/faults.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { ownKey, presentMachine } from '../machines/present.ts';
import { kinds } from '../target/kinds.ts';
import { pick } from '../target/pick.ts';
import { redraw } from '../target/redraw.ts';
import { wayIn } from './guest.ts';
import type { FaultTools } from './change.ts';
import { networkKinds, readMeasured } from './measured.ts';
import { faultOffers, faultStates, presentFaults } from './states.ts';

/** Milliseconds between two readings of what faults of the network did. */
const everyMs = 2000;

/** The faults of one machine as they come, are measured and go; ends with `machine-not-found` when the machine goes. */
export const watchFaults = (
  { target, keys }: FaultTools,
  ref: ObjectRef,
  signal: AbortSignal,
): AsyncGenerator<MachineFaults> =>
  // prettier-ignore
  redraw(
    target.cache,
    signal,
    ({ use }) => {
      const vms = use(kinds.virtualMachines, undefined, ownKey(ref));
      const vmis = use(kinds.virtualMachineInstances, undefined, ownKey(ref));
      const present = presentMachine(target, vms, ref, signal);
      const guestWhy = rememberedWay((vm) => wayIn(target, vm, keys));
      const draw = async (): Promise<MachineFaults> => {
        const vm = await present();
        const vmi = vmis.get(ref.namespace, ref.name);
        const records = presentFaults(vm, vmi);
        const counted = vmi !== undefined && networkKinds.some((kind) => records[kind]);
        const [measured, why] = await Promise.all([counted ? readMeasured(target, ref, signal) : {}, guestWhy(vm)]);
        return {
          faults: faultStates(vm, vmi, measured),
          offers: faultOffers({ vm, vmi, capabilities: target.state.value.capabilities, guestWhy: why }),
        };
      };
      return { first: vms.whenSynced(signal), draw };
    },
    { againMs: everyMs },
  );

/** Asks for the way into a guest once for each definition of its logins: a Secret is not read every 2 s. */
function rememberedWay(
  ask: (vm: KubeObject) => ReturnType<typeof wayIn>,
): (vm: KubeObject) => Promise<string | undefined> {
  // prettier-ignore
  let known: { key: string; why: string | undefined } | undefined;
  return async (vm) => {
    const key = JSON.stringify(pick(vm, 'spec', 'template', 'spec', 'volumes'));
    if (known?.key !== key) {
      const found = await ask(vm);
      known = { key, why: 'why' in found ? found.why : undefined };
    }
    return known.why;
  };
}
