import type { KubeObject } from '../../contract/kube.ts';
import type { ListUpdate, MachineRow } from '../../contract/machine.ts';
import type { Collection } from '../target/collection.ts';
import { keyOf, kinds } from '../target/kinds.ts';
import { createLiveList } from '../target/live-list.ts';
import { pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { WhyHelp } from '../why/near.ts';
import { nothingNear } from '../why/sources.ts';
import { machineRow } from './row.ts';
import type { Samples } from './samples.ts';

/** Names of the DataVolumes a machine's volumes use. Pure. */
export const dataVolumeNames = (vm: KubeObject): string[] =>
  pickList(vm, 'spec', 'template', 'spec', 'volumes').flatMap((volume) => {
    const name = pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName');
    return name ? [name] : [];
  });

/** The machines list: rows from VMs, instances, disks and samples. It watches while anybody looks. */
export function createMachineList(target: OpenTarget, samples: Samples, help: WhyHelp) {
  let list = createLiveList<MachineRow>();
  /** DataVolume -> machines whose rows tell of it. */
  const usedBy = new Map<string, string | Set<string>>();
  let users = 0;
  let stop: (() => void) | undefined;

  function start(): () => void {
    let vms: Collection | undefined;
    let vmis: Collection | undefined;
    let dataVolumes: Collection | undefined;
    let types: Collection | undefined;
    const put = (key: string): void => {
      const vm = vms?.get(undefined, key);
      if (!vm) return list.delete(key);
      const { namespace = '', name = '' } = vm.metadata;
      const boot = help.boot?.({ namespace, name });
      const disks = dataVolumeNames(vm).flatMap((disk) => dataVolumes?.get(namespace, disk) ?? []);
      list.set(
        key,
        machineRow({
          vm,
          vmi: vmis?.get(undefined, key),
          dataVolumes: disks,
          near: boot && { ...nothingNear, boot },
          instancetype: types?.get(undefined, pickText(vm, 'spec', 'instancetype', 'name') ?? ''),
          sample: samples.latest(key),
          accelerator: target.state.value.capacity?.accelerator,
        }),
      );
    };
    // A big list is shown from its first page on, a small one when it is whole.
    let soon: NodeJS.Timeout | undefined;
    const vmListener = {
      changed(key: string, vm: KubeObject | undefined) {
        for (const name of vm ? dataVolumeNames(vm) : []) {
          const id = `${vm?.metadata.namespace}/${name}`;
          const known = usedBy.get(id);
          // Nearly every disk is one machine's: a set for each would be many.
          if (known === undefined || known === key) usedBy.set(id, key);
          else usedBy.set(id, (typeof known === 'string' ? new Set([known]) : known).add(key));
        }
        if (vms) put(key);
        soon ??= setTimeout(() => list.ready(), 150);
      },
      state() {
        if (vms?.synced) list.ready();
        if (vms?.lost) list.stale(vms.lost.problem);
        else list.live();
      },
    };
    const putAll = (): void => {
      for (const vm of vms?.values() ?? []) put(keyOf(vm));
    };
    const opened = [
      (vmis = target.cache.use(kinds.virtualMachineInstances, undefined, { changed: (key) => vms && put(key) })),
      (dataVolumes = target.cache.use(kinds.dataVolumes, undefined, {
        changed: (key) => {
          const used = usedBy.get(key);
          for (const vm of typeof used === 'string' ? [used] : (used ?? [])) put(vm);
        },
      })),
      (types = target.cache.use(kinds.instancetypes, undefined, { state: putAll })),
    ];
    const machines = target.cache.use(kinds.virtualMachines, undefined, vmListener);
    vms = machines;
    opened.push(machines);
    putAll();
    vmListener.state();
    const samplesOver = samples.use((keys) => {
      for (const key of keys) put(key);
    });
    // What a guest says of its first set-up is in no object: the list would not hear of it otherwise.
    const bootsOver = help.onBoot?.((keys) => keys.forEach(put));
    return () => {
      clearTimeout(soon);
      bootsOver?.();
      samplesOver();
      for (const each of opened) each.release();
      usedBy.clear();
    };
  }
  return {
    async *watch(signal: AbortSignal): AsyncGenerator<ListUpdate<MachineRow>> {
      users += 1;
      stop ??= start();
      try {
        yield* list.watch(signal);
      } finally {
        users -= 1;
        if (users === 0) {
          stop?.();
          stop = undefined;
          // What is deleted while nobody looks would be found in no watch.
          list = createLiveList();
        }
      }
    },
  };
}
