import { VolumeNotReady } from '../../kube/block.ts';
import type { BlockNode, Disks } from '../../kube/block.ts';
import type { EngineContext } from '../../kube/context.ts';
import type { KubeObject, Stored } from '../../kube/object.ts';
import { nodes, virtualMachineInstances } from '../../kube/resources.ts';
import { planOf, FirmwareMissing } from '../argv/plan.ts';
import { guestMemory, reservedMemory, topologyOf, translationCache, vcpus } from '../argv/size.ts';
import { NetworkNotReady } from '../../network/networks.ts';
import type { NetworkController } from '../../network/networks.ts';
import type { BootQueue } from '../boot-queue.ts';
import { Unschedulable } from '../capacity.ts';
import type { Capacity } from '../capacity.ts';
import type { Held } from '../held.ts';
import { setCondition } from '../conditions.ts';
import { hotVolumes } from '../live/volume-plan.ts';
import { machineFiles } from '../files.ts';
import { LaunchFailed } from '../qemu/launch.ts';
import type { Machine } from '../qemu/machine.ts';
import type { SavedStates } from '../qemu/saved.ts';
import { TpmMissing } from '../tpm/program.ts';
import { leftOut } from '../argv/processor.ts';
import { draftStatus, identityOf, phaseOf, remembered, vmiSpec } from '../spec.ts';
import type { VmiStatus } from '../spec.ts';
import { launchInstance } from './launching.ts';
import { setOver, setPhase } from './phase.ts';
import type { KeptDisk } from './kept-disk.ts';
import { describeRunning } from './running.ts';

export interface StartTools {
  capacity: Capacity;
  keptDisk: KeptDisk;
  bootQueue: BootQueue;
  held: Held;
  networks: NetworkController;
  saved: SavedStates | undefined;
}

/** A booting guest keeps its place in the boot queue until it says something, at most so long (ms). */
const bootPlace = 10_000;

/**
 * Brings an instance from nothing to a running QEMU. Undefined when it has to wait (its conditions say for what) or
 * failed. `signal` aborts the waiting when the instance is deleted.
 */
export async function startInstance(
  context: EngineContext,
  disks: Disks,
  tools: StartTools,
  vmi: Stored,
  signal: AbortSignal,
): Promise<Machine | undefined> {
  const { uid, namespace = '', name } = vmi.metadata;
  const change = (edit: (draft: KubeObject) => void) =>
    context.store.mutate(virtualMachineInstances, namespace, name, (draft) => {
      if (draft.metadata.uid === uid) edit(draft);
    });
  let leave: (() => void) | undefined;
  try {
    // Never back from Scheduling: an instance that waits must come to rest, or its own writes would wake it for ever.
    if (phaseOf(vmi) === '') change((draft) => setPhase(draft, 'Pending'));
    const blocks = await openAll(disks, vmi);
    refuseHeld(tools.held, blocks);
    const { switched, pod } = await tools.networks.prepare(vmi);
    refuseCordoned(context);
    change((draft) => setPhase(draft, 'Scheduling'));
    const spec = vmiSpec(vmi);
    const { accelerator } = context.config;
    tools.keptDisk.check();
    const reserved = reservedMemory(spec, accelerator);
    tools.capacity.take(uid, reserved, { guest: guestMemory(spec), cache: translationCache(spec, accelerator) });
    tools.capacity.takeProcessors(uid, vcpus(topologyOf(spec)));
    const identity = identityOf(vmi);
    const plan = planOf(
      vmi,
      blocks,
      context.config,
      machineFiles(context.paths, uid, identity),
      process.platform,
      switched,
    );
    leave = await tools.bootQueue.enter(signal);
    change((draft) => setPhase(draft, 'Scheduled'));
    const { machine, resumed } = await launchInstance(context, tools.saved, vmi, plan, {
      uid,
      identity,
      namespace,
      name,
      instance: remembered(vmi),
      attached: hotVolumes(spec),
    });
    if (pod) machine.nics.set(pod.nic, { addresses: [pod.address] });
    if (resumed) leave();
    else keepPlaceWhileBooting(machine, leave);
    change((draft) => {
      setPhase(draft, 'Running');
      describeRunning(draft, context, machine);
    });
    context.event(vmi, 'Normal', 'Created', 'VirtualMachineInstance defined.');
    context.event(vmi, 'Normal', 'Started', 'VirtualMachineInstance started.');
    const without = leftOut(spec, accelerator);
    if (without) context.event(vmi, 'Normal', 'FeaturesLeftOut', without);
    return machine;
  } catch (error) {
    leave?.();
    tools.capacity.release(uid);
    if (signal.aborted) return undefined;
    if (error instanceof VolumeNotReady || error instanceof Unschedulable || error instanceof NetworkNotReady) {
      const before = vmi.metadata.resourceVersion;
      const after = change((draft) => notYet(draft, error));
      const news = after && after.metadata.resourceVersion !== before;
      if (news && error instanceof NetworkNotReady) context.event(vmi, 'Warning', 'FailedCreate', error.message);
      // The kubelet's words: on a cluster the launcher waits for the mount.
      if (news && error instanceof VolumeNotReady && error.reason === 'SecretMissing')
        context.event(vmi, 'Warning', 'FailedMount', `MountVolume.SetUp failed for volume: ${error.message}`);
      if (news && error instanceof Unschedulable) context.event(vmi, 'Warning', 'FailedScheduling', error.message);
      return undefined;
    }
    await disks.close(uid);
    const message = (error as Error).message;
    const expected = error instanceof LaunchFailed || error instanceof FirmwareMissing || error instanceof TpmMissing;
    context.log.error(expected ? { vmi: name, message } : { vmi: name, err: error }, 'a machine could not be started');
    change((draft) => setOver(draft, 'Failed', expected ? error.name : 'SyncFailed', message));
    context.event(vmi, 'Warning', 'SyncFailed', message);
    return undefined;
  }
}

/** The scheduler's words for a node on which `kubectl cordon` was used. Throws Unschedulable. */
function refuseCordoned({ store, config }: EngineContext): void {
  const node = store.get(nodes, undefined, config.nodeName);
  if ((node?.spec as { unschedulable?: boolean } | undefined)?.unschedulable)
    throw new Unschedulable('0/1 nodes are available: 1 node(s) were unschedulable. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'); // prettier-ignore
}

/** A second QEMU on the same disk would ruin it. Throws VolumeNotReady. */
function refuseHeld(held: Held, blocks: ReadonlyMap<string, BlockNode>): void {
  const user = held.userOf([...blocks.values()].flatMap(({ path, readOnly }) => (readOnly ? [] : [path])));
  if (!user) return;
  const text = `A disk of this machine is in use by a QEMU (process ${user.pid}) that could not be taken over. The machine starts when that one has ended: shut its guest down, or end it with: kill ${user.pid}`;
  throw new VolumeNotReady('ErrorUnschedulable', 'VolumeInUse', text);
}

async function openAll(disks: Disks, vmi: Stored): Promise<Map<string, BlockNode>> {
  const blocks = new Map<string, BlockNode>();
  for (const { name } of vmiSpec(vmi).volumes ?? []) blocks.set(name, await disks.open(vmi, name));
  return blocks;
}

function keepPlaceWhileBooting(machine: Machine, leave: () => void): void {
  const timer = setTimeout(leave, bootPlace);
  timer.unref();
  const done = () => {
    clearTimeout(timer);
    leave();
  };
  const unlisten = machine.serial.onData(() => {
    unlisten();
    done();
  });
  machine.once('ended', done);
}

/** Says in KubeVirt's conditions what the instance waits for. */
function notYet(draft: KubeObject, error: VolumeNotReady | Unschedulable | NetworkNotReady): void {
  const status = draftStatus<VmiStatus>(draft);
  const { message } = error;
  if (error instanceof NetworkNotReady)
    setCondition(status, { type: 'Synchronized', status: 'False', reason: 'FailedCreate', message });
  else if (error instanceof Unschedulable || error.status === 'ErrorUnschedulable')
    setCondition(status, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message });
  else if (error.status === 'ErrorPvcNotFound')
    setCondition(status, { type: 'Synchronized', status: 'False', reason: 'FailedPvcNotFound', message });
  else setCondition(status, { type: 'DataVolumesReady', status: 'False', reason: error.status, message });
}
