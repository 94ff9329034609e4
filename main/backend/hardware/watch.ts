import type { Hardware } from '../../contract/hardware.ts';
import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { nearKey, ownKey, presentMachine } from '../machines/present.ts';
import { kinds } from '../target/kinds.ts';
import { pickText } from '../target/pick.ts';
import { redraw } from '../target/redraw.ts';
import type { OpenTarget } from '../target/target.ts';
import { hardwareOf } from './view.ts';

/** The hardware of one machine, anew whenever any of it changes; ends with `machine-not-found` when the machine goes. */
export const watchHardware = (target: OpenTarget, ref: ObjectRef, signal: AbortSignal): AsyncGenerator<Hardware> =>
  redraw(target.cache, signal, ({ use }) => {
    const vms = use(kinds.virtualMachines, undefined, ownKey(ref));
    const vmis = use(kinds.virtualMachineInstances, undefined, ownKey(ref));
    const claims = use(kinds.persistentVolumeClaims, ref.namespace);
    const dataVolumes = use(kinds.dataVolumes, undefined, nearKey(ref));
    const types = use(kinds.instancetypes);
    const present = presentMachine(target, vms, ref, signal);
    const here = (list: Iterable<KubeObject>): KubeObject[] =>
      [...list].filter(({ metadata }) => metadata.namespace === ref.namespace);
    return {
      first: vms.whenSynced(signal),
      draw: async () => {
        const vm = await present();
        return hardwareOf({
          vm,
          vmi: vmis.get(ref.namespace, ref.name),
          claims: [...claims.values()],
          dataVolumes: here(dataVolumes.values()),
          instancetype: types.get(undefined, pickText(vm, 'spec', 'instancetype', 'name') ?? ''),
        });
      },
    };
  });
