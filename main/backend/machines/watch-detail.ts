import type { KubeObject } from '../../contract/kube.ts';
import type { MachineDetail } from '../../contract/machine.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { Log } from '../log.ts';
import type { Collection } from '../target/collection.ts';
import { kinds } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import { redraw } from '../target/redraw.ts';
import type { OpenTarget } from '../target/target.ts';
import { machineDetail } from './detail.ts';
import { readGuest } from './guest.ts';
import { sourceName } from '../why/causes/imports.ts';
import { openNear } from '../why/near.ts';
import type { WhyHelp } from '../why/near.ts';
import { selects } from './forward.ts';
import { dataVolumeNames } from './list.ts';
import { nearKey, ownKey, presentMachine } from './present.ts';
import type { Samples } from './samples.ts';

const guestEveryMs = 15_000;
/** One machine with all that belongs to it, anew whenever any of it changes; ends with `machine-not-found` when it goes. */
export const watchDetail = (
  target: OpenTarget,
  samples: Pick<Samples, 'use' | 'latest'>,
  ref: ObjectRef,
  help: WhyHelp,
  log: Log,
  signal: AbortSignal,
): AsyncGenerator<MachineDetail> =>
  redraw(target.cache, signal, ({ use, touch }) => {
    const isNear = nearKey(ref);
    const vms = use(kinds.virtualMachines, undefined, ownKey(ref));
    const vmis = use(kinds.virtualMachineInstances, undefined, ownKey(ref));
    // An image that a disk is copied from lies in another namespace.
    const copied = new Set<string>();
    const dataVolumes = use(kinds.dataVolumes, undefined, (key) => isNear(key) || copied.has(key));
    const claims = use(kinds.persistentVolumeClaims, ref.namespace);
    const services = use(kinds.services, ref.namespace);
    const types = use(kinds.instancetypes);
    const around = openNear(target, ref, help, touch);
    const samplesOver = samples.use(touch);
    const present = presentMachine(target, vms, ref, signal);
    const stop = new AbortController();
    const guest = followGuest(target, vmis, ref, log, touch, AbortSignal.any([signal, stop.signal]));
    const named = (names: readonly string[], from: Collection): KubeObject[] =>
      names.flatMap((name) => from.get(ref.namespace, name) ?? []);

    const draw = async (): Promise<MachineDetail> => {
      const vm = await present();
      const names = dataVolumeNames(vm);
      const disks = named(names, dataVolumes);
      const origins = disks.flatMap((disk) => {
        const from = sourceName(disk);
        if (from) copied.add(`${from.namespace}/${from.name}`);
        return (from && dataVolumes.get(from.namespace, from.name)) ?? [];
      });
      const labels = (pick(vm, 'spec', 'template', 'metadata', 'labels') ?? {}) as Record<string, unknown>;
      const own = {
        vm,
        vmi: vmis.get(ref.namespace, ref.name),
        dataVolumes: disks,
        origins,
        claims: named(names, claims),
        services: [...services.values()].filter((service) => selects(service, labels)),
      };
      return machineDetail({
        ...own,
        near: around.read(own),
        instancetype: types.get(undefined, pickText(vm, 'spec', 'instancetype', 'name') ?? ''),
        sample: samples.latest(`${ref.namespace}/${ref.name}`),
        accelerator: target.state.value.capacity?.accelerator,
        guest: guest(),
      });
    };
    const end = (): void => {
      stop.abort();
      samplesOver();
      around.close();
    };
    return { first: vms.whenSynced(signal), draw, end };
  });

/** Asks the guest's agent now and then, as long as there is one. Answers what it said last. */
function followGuest(
  target: OpenTarget,
  vmis: Collection,
  ref: ObjectRef,
  log: Log,
  touch: () => void,
  signal: AbortSignal,
): () => MachineDetail['guest'] {
  let guest: MachineDetail['guest'];
  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      const agent = pickList(vmis.get(ref.namespace, ref.name), 'status', 'conditions').some(
        (each) => each['type'] === 'AgentConnected' && each['status'] === 'True',
      );
      guest = agent ? await readGuest(target.client, ref, signal) : undefined;
      touch();
      await pause(agent ? guestEveryMs : 3000, signal);
    }
  };
  follow().catch((error: unknown) => {
    if (!signal.aborted) log.warn({ err: error, machine: `${ref.namespace}/${ref.name}` }, 'the guest agent could not be asked'); // prettier-ignore
  });
  return () => guest;
}
