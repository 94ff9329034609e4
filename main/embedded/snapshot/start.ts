import type { Admission } from '../admission/admission.ts';
import type { DiskSnapshots } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import { virtualMachineInstances } from '../kube/resources.ts';
import type { Fleet } from '../machine/fleet.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { vmiSpec } from '../machine/spec.ts';
import { layersOf } from './graph.ts';
import { absorb, deviceOf, endMerges, switchOver } from './live.ts';
import { removeStrayStates } from './memory.ts';
import { removeStrayNvram } from './nvram.ts';
import { letGo } from './pause.ts';
import { reseat } from './reseat.ts';
import { RestoreController } from './restores.ts';
import { SnapshotController } from './snapshots.ts';

export interface Snapshots {
  /** What a killed engine left half done is mended; the controllers run from here on. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** Makes snapshots and restores of machines true. `after`: machines of an earlier engine are adopted. */
export function startSnapshots(
  context: EngineContext,
  parts: { disks: DiskSnapshots; fleet: Fleet; admission: Admission; after: Promise<unknown> },
): Snapshots {
  const { disks, fleet, admission } = parts;
  const snapshots = new SnapshotController(context, disks, fleet);
  const restores = new RestoreController(context, admission);
  const running = (uid: string): { machine: Machine; spec: ReturnType<typeof vmiSpec> } => {
    const machine = fleet.get(uid);
    const vmi = machine && context.store.get(virtualMachineInstances, machine.record.namespace, machine.record.name);
    if (!machine || !vmi) throw new Error('The machine is not running any more');
    return { machine, spec: vmiSpec(vmi) };
  };
  disks.use({
    async switchOver(uid, layers) {
      const { machine, spec } = running(uid);
      await switchOver(machine, spec, layers);
    },
    during: (uid, work) => running(uid).machine.changing(work),
    async absorb(uid, claim, depth, reference) {
      const { machine, spec } = running(uid);
      return absorb(machine, spec, claim, depth, reference);
    },
    async depth(uid, claim) {
      const { machine, spec } = running(uid);
      const device = await deviceOf(machine, spec, claim);
      return device === undefined ? undefined : (await layersOf(machine.qmp, device)).length;
    },
    async reseat(uid, claim, below) {
      const { machine, spec } = running(uid);
      const device = await deviceOf(machine, spec, claim);
      if (device === undefined) throw new Error(`The running machine has no disk ${claim}`);
      await reseat(machine, device, below);
    },
  });
  let stopped = false;
  const begin = async (): Promise<void> => {
    await parts.after;
    removeStrayStates(context);
    removeStrayNvram(context);
    await Promise.all(fleet.all().map((machine) => mend(context, disks, machine)));
    if (stopped) return;
    snapshots.start();
    restores.start();
    // Merges inside of running machines had to wait until those were taken over.
    disks.tidy();
  };
  const ready = begin();
  return {
    ready,
    async stop() {
      stopped = true;
      await ready;
      await Promise.all([snapshots.stop(), restores.stop()]);
    },
  };
}

/** A snapshot that an engine did not finish: the guest goes on, in the overlays that are its disks now. */
async function mend(context: EngineContext, disks: DiskSnapshots, machine: Machine): Promise<void> {
  const { namespace, name } = machine.record;
  try {
    await endMerges(machine);
    const vmi = context.store.get(virtualMachineInstances, namespace, name);
    const layers = vmi ? await disks.unfinished(vmi) : [];
    if (vmi && layers.length > 0) {
      await machine.changing(() => switchOver(machine, vmiSpec(vmi), layers));
      await disks.finished(vmi);
    }
    await letGo(machine, context.log);
    if (vmi) await disks.realign(vmi);
  } catch (error) {
    // It runs as it is; the next snapshot tries again before it does anything.
    context.log.error({ err: error, vmi: name }, 'an unfinished snapshot could not be mended');
  }
}
