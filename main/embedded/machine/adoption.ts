import type { Disks } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import { keyOf } from '../kube/object.ts';
import type { Stored } from '../kube/object.ts';
import { virtualMachineInstances } from '../kube/resources.ts';
import type { ServiceController } from '../network/services.ts';
import { unwritableText } from '../store/unwritable.ts';
import { machineFiles, socketStem, writeRecord } from './files.ts';
import type { MachineRecord } from './files.ts';
import { tellHeld } from './held.ts';
import type { Held } from './held.ts';
import { adopt, endLeftover, leftRecords, restoreInstance } from './qemu/adopt.ts';
import { findProcesses, rebuildRecord, removeStale } from './qemu/found.ts';
import type { FoundProcess } from './qemu/found.ts';
import { sameProcess } from './qemu/process.ts';
import { isFinal, phaseOf, vmiSpec } from './spec.ts';
import { endStrayTpms, tpmProcess } from './tpm/tpm.ts';
import type { InstanceController } from './vmi/controller.ts';

/** What an earlier engine left. */
export interface LeftMachines {
  records: readonly MachineRecord[];
  /** Made anew from the instance and the process: the file was lost or damaged, or is of another process. */
  rebuilt: readonly MachineRecord[];
  /** Processes of which neither a record nor an instance tells. */
  unknown: readonly FoundProcess[];
  found: readonly FoundProcess[];
}

interface Tools {
  context: EngineContext;
  disks: Disks;
  instances: InstanceController;
  ports: ServiceController;
  held: Held;
}

/** Looks at records and processes, and brings back instances whose object files were lost. */
export function leftMachines(context: EngineContext): LeftMachines {
  const records = leftRecords(context);
  for (const record of records) restoreInstance(context, record);
  const found = findProcesses(context.paths.run);
  const untold = found.filter(
    ({ pid, startTime }) => !records.some((record) => record.pid === pid && record.startTime === startTime),
  );
  const rebuilt: MachineRecord[] = [];
  const unknown: FoundProcess[] = [];
  for (const process of untold) {
    const record = rebuildRecord(context, process);
    if (record) rebuilt.push(record);
    else unknown.push(process);
  }
  const replaced = new Set(rebuilt.map(({ uid }) => uid));
  return { records: records.filter(({ uid }) => !replaced.has(uid)), rebuilt, unknown, found };
}

/** Takes the machines of an earlier engine over. What is not surely ours to end is left alone, and told of. */
export async function adoptAll(tools: Tools, left: LeftMachines): Promise<void> {
  const { context, held } = tools;
  // At the same time: one that does not answer must not hold up the others.
  await Promise.all([
    ...left.records.map((record) => adoptOne(tools, record, true)),
    ...left.rebuilt.map((record) => adoptOne(tools, record, false)),
  ]);
  for (const process of left.unknown) {
    held.add(process.stem, process);
    tellHeld(context, process, 'neither its record nor its instance is there');
  }
  const stems = [...left.records, ...left.rebuilt].map(({ uid }) => socketStem(context.paths, uid));
  const used = new Set([...stems, ...left.found.map(({ stem }) => stem)]);
  removeStale(context.paths.run, used);
  await endStrayTpms(context.paths.run, used);
}

async function adoptOne(tools: Tools, record: MachineRecord, sure: boolean): Promise<void> {
  const { context, instances, ports, held } = tools;
  const vmi = context.store.get(virtualMachineInstances, record.namespace, record.name);
  if (vmi?.metadata.uid !== record.uid) return leftover(tools, record, vmi);
  const machine = await adopt(context, record, sure);
  // Without one, an instance that should run becomes Failed at its first reconciliation.
  if (!machine) return;
  if (typeof machine === 'string') {
    held.add(record.uid, record);
    await openVolumes(tools, vmi, record);
    tellHeld(context, record, machine, vmi);
    return;
  }
  if (isFinal(vmi)) {
    await machine.quit();
    return;
  }
  await openVolumes(tools, vmi, record);
  if (!sure) mend(context, record, vmi);
  if (record.argv.includes('-tpmdev') && tpmProcess(machine.files) === undefined)
    context.event(vmi, 'Warning', 'TpmLost', 'The TPM emulator of this machine was ended while the machine ran. Its guest gets no answers from its TPM until the machine is stopped and started again; a persistent TPM keeps what it holds.'); // prettier-ignore
  instances.take(machine);
  await ports.takeOver(machine);
  context.log.info({ vmi: keyOf(vmi), pid: record.pid }, 'machine adopted');
}

/** Whoever has another instance by now is ended. Without any, or with one that never ran, the object's file was lost. */
async function leftover({ context, disks, held }: Tools, record: MachineRecord, vmi?: Stored): Promise<void> {
  if (sameProcess(record) && (!vmi || ['', 'Pending', 'Scheduling'].includes(phaseOf(vmi)))) {
    held.add(record.uid, record);
    tellHeld(context, record, `its instance ${record.namespace}/${record.name} is not there any more`);
    return;
  }
  await endLeftover(context, record);
  await disks.close(record.uid);
}

/** Tells the disks what is open, so that nothing is taken away under the guest. */
async function openVolumes({ context, disks }: Tools, vmi: Stored, record: MachineRecord): Promise<void> {
  const volumes = vmiSpec(vmi).volumes ?? [];
  // What was detached in the spec may still be open in QEMU.
  const leaving = (record.attached ?? []).filter(({ name }) => !volumes.some((volume) => volume.name === name));
  const all = [...volumes, ...leaving];
  for (const { name } of all) {
    try {
      await disks.open({ ...vmi, spec: { ...vmi.spec, volumes: all } }, name);
    } catch (error) {
      context.log.warn({ err: error, vmi: keyOf(vmi), volume: name }, 'a volume of an adopted machine');
    }
  }
}

function mend(context: EngineContext, record: MachineRecord, vmi: Stored): void {
  try {
    writeRecord(machineFiles(context.paths, record.uid, record.identity), record);
  } catch (error) {
    // It will be rebuilt again.
    if (!unwritableText(error)) throw error;
    context.log.warn({ err: error, vmi: keyOf(vmi) }, 'the record of a running machine could not be written');
  }
  const text = 'The record of this running machine was lost or damaged. The machine runs on; the record was rebuilt.';
  context.event(vmi, 'Warning', 'RecordRestored', text);
}
