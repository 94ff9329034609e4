import type { NetworkMap } from '../../contract/map.ts';
import { kinds } from '../target/kinds.ts';
import { redraw } from '../target/redraw.ts';
import type { OpenTarget } from '../target/target.ts';
import { networkMap } from './graph.ts';

/** Milliseconds between two drawings: one machine touches several networks. */
const paceMs = 250;

/** Who hangs on what, as it changes. Kinds that the target does not have, or this user may not see, are left out. */
export const watchMap = (target: Pick<OpenTarget, 'cache'>, signal: AbortSignal): AsyncGenerator<NetworkMap> =>
  redraw(
    target.cache,
    signal,
    ({ use }) => {
      const machines = use(kinds.virtualMachines);
      const instances = use(kinds.virtualMachineInstances);
      const others = [use(kinds.networkAttachmentDefinitions), use(kinds.services), use(kinds.pods)] as const;
      const [definitions, services, pods] = others;
      return {
        draw: () => {
          const known = [machines, instances, ...others].every(({ synced, lost }) => synced || lost !== undefined);
          if (!known) return undefined;
          // Nothing at all answers: that is told, once there is nothing to go on showing.
          if (machines.lost && !machines.synced && pods.lost && !pods.synced) throw machines.lost;
          return networkMap({
            machines: [...machines.values()],
            instanceOf: (vm) => instances.get(vm.metadata.namespace, vm.metadata.name ?? ''),
            definitions: [...definitions.values()],
            services: [...services.values()],
            pods: [...pods.values()],
          });
        },
      };
    },
    { paceMs },
  );
