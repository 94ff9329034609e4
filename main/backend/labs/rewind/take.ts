import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../../../contract/kube.ts';
import { ProblemError } from '../../../contract/problem.ts';
import {
  askedAtAnnotation,
  diskSizeAnnotation,
  memoryAnnotation,
  memoryMissingAnnotation,
  memorySizeAnnotation,
} from '../../snapshots/names.ts';
import { until } from '../../snapshots/wait.ts';
import { cannot } from '../../target/cannot.ts';
import { apiVersionOf, kinds } from '../../target/kinds.ts';
import { pick, pickList, pickText, pickTexts } from '../../target/pick.ts';
import { listObjects } from './apply-objects.ts';
import { machineRecord } from './machines.ts';
import { checkpointLabels } from './names.ts';
import { kindKey, keptObjects } from './objects.ts';
import { ability, discard, machinesAtOnce } from './place.ts';
import type { Place } from './place.ts';
import type { CheckpointRecord } from './record.ts';
import { keptKinds } from './served.ts';
import { sideBySide } from './side-by-side.ts';
import { monotonic } from '../../../contract/monotonic.ts';

/** How long a machine may take: one that just starts or stops is waited for. */
const deadline = '1m30s';

/** The VirtualMachineSnapshot of one machine. Pure. */
export function snapshotOf(lab: string, id: string, machine: string, memory: boolean, at: Date): KubeObject & { metadata: { name: string } } {
  return {
    apiVersion: apiVersionOf(kinds.virtualMachineSnapshots),
    kind: kinds.virtualMachineSnapshots.kind,
    metadata: {
      name: `${id}-${machine}`,
      namespace: `lab-${lab}`,
      labels: checkpointLabels(lab, id),
      annotations: { [askedAtAnnotation]: at.toISOString(), ...(memory && { [memoryAnnotation]: 'true' }) },
    },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: machine }, failureDeadline: deadline },
  };
} // prettier-ignore

/**
 * Keeps a lab as it is now. Its file is written last: what was begun and not finished is no checkpoint, and is swept away.
 * Throws in words why it could not be taken; nothing is left then.
 */
export async function takeCheckpoint(place: Place, step: string, signal: AbortSignal): Promise<CheckpointRecord> {
  const { target, lab, namespace, records } = place;
  const { client } = target;
  const started = Date.now();
  const since = monotonic();
  const id = `checkpoint-${randomBytes(4).toString('hex')}`;
  const vms = (await client.list(kinds.virtualMachines, namespace)).filter((vm) => !vm.metadata.deletionTimestamp);
  const snapshots = ability(place, 'snapshots');
  if (vms.length > 0 && !snapshots?.supported) throw cannot(snapshots ?? {});
  const memory = ability(place, 'memorySnapshots')?.supported === true;
  const made: KubeObject[] = [];
  try {
    // The others are looked at while the machines are kept: all of it is of about the same moment.
    const [vmis, around, ready] = await Promise.all([
      client.list(kinds.virtualMachineInstances, namespace),
      keptKinds(client).then((all) => listObjects(client, namespace, all)),
      sideBySide(vms, machinesAtOnce, async (vm) => {
        const wish = snapshotOf(lab, id, vm.metadata.name ?? '', memory, new Date());
        made.push(await client.create(kinds.virtualMachineSnapshots, wish, { signal }));
        return waitReady(place, wish.metadata.name, signal);
      }),
    ]);
    const machines = vms.map((vm, index) => {
      const vmi = vmis.find(({ metadata }) => metadata.name === vm.metadata.name);
      return machineRecord(vm, vmi, ready[index] as KubeObject);
    });
    const earlier = await records.list();
    const record: CheckpointRecord = {
      version: 1,
      id,
      step,
      order: Math.max(0, ...earlier.map(({ order }) => order)) + 1,
      at: new Date(started).toISOString(),
      seconds: (monotonic() - since) / 1000,
      bytes: ready.reduce((sum, each) => sum + sizeOf(each), 0),
      notes: vms.flatMap((vm, index) => lacks(vm, ready[index] as KubeObject, memory)),
      machines,
      kinds: around.listed.map(kindKey),
      ...keptObjects(around.objects),
    };
    await records.put(record);
    return record;
  } catch (error) {
    // What cannot be removed now is swept by the next one.
    await sideBySide(made, machinesAtOnce, (snapshot) => giveUp(place, snapshot)).catch(() => undefined);
    throw error;
  }
}

/** Machines are locked for a snapshot that is being taken: they are free when it is gone. */
async function giveUp(place: Place, { metadata: { name = '', uid } }: KubeObject): Promise<void> {
  const { target, namespace } = place;
  await discard(place, kinds.virtualMachineSnapshots, name, uid);
  await until(target, kinds.virtualMachineSnapshots, { namespace, name }, AbortSignal.timeout(20_000), (now) => (now ? undefined : true)); // prettier-ignore
}

async function waitReady({ target, namespace }: Place, name: string, signal: AbortSignal): Promise<KubeObject> {
  let last: string | undefined;
  return until(target, kinds.virtualMachineSnapshots, { namespace, name }, signal, (snapshot) => {
    // The watch may not have heard of it yet.
    if (!snapshot) return undefined;
    last = pickText(snapshot, 'status', 'error', 'message') ?? last;
    if (pickText(snapshot, 'status', 'phase') === 'Failed') throw notTaken(snapshot, last);
    return pick(snapshot, 'status', 'readyToUse') === true ? snapshot : undefined;
  });
}

function notTaken(snapshot: KubeObject, said: string | undefined): ProblemError {
  const failure = pickList(snapshot, 'status', 'conditions').find((each) => each['type'] === 'Failure');
  return new ProblemError({
    code: 'checkpoint-failed',
    title: 'The lab could not be kept as it is',
    detail: `${pickText(snapshot, 'spec', 'source', 'name')}: ${said ?? pickText(failure, 'reason') ?? 'the target gave no reason.'}`,
    fix: 'The lab goes on. Going back to this step is not possible; to an earlier one it is.',
  });
}

/** Bytes that a snapshot takes, as far as the target says. */
const sizeOf = ({ metadata: { annotations } }: KubeObject): number =>
  (Number(annotations?.[memorySizeAnnotation]) || 0) + (Number(annotations?.[diskSizeAnnotation]) || 0);

/** Volumes that hold what a snapshot could not keep: all others are made anew of the machine's settings at each start. */
const data = ['dataVolume', 'persistentVolumeClaim', 'hostDisk'];
function lacks(vm: KubeObject, snapshot: KubeObject, memory: boolean): string[] {
  const { name } = vm.metadata;
  const excluded = pickTexts(snapshot, 'status', 'snapshotVolumes', 'excludedVolumes');
  const volumes = pickList(vm, 'spec', 'template', 'spec', 'volumes');
  const disks = volumes.filter((volume) => excluded.includes(String(volume['name'])) && data.some((kind) => kind in volume)); // prettier-ignore
  const missing = snapshot.metadata.annotations?.[memoryMissingAnnotation];
  const online = pickTexts(snapshot, 'status', 'indications').includes('Online');
  return [
    ...disks.map((volume) => `The disk ${String(volume['name'])} of ${name} is not in it: its storage takes no snapshots.`),
    ...(memory && online && missing !== undefined ? [`${name} would start anew: ${missing}`] : []),
  ]; // prettier-ignore
}
