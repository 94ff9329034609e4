import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineContext } from '../../kube/context.ts';
import type { Stored } from '../../kube/object.ts';
import { virtualMachineInstances } from '../../kube/resources.ts';
import { unwritableText } from '../../store/unwritable.ts';
import { machineFiles, readRecord, removeSockets } from '../files.ts';
import type { MachineRecord } from '../files.ts';
import { Machine } from './machine.ts';
import { sameProcess, signal } from './process.ts';
import { Qmp } from './qmp.ts';

/** Records of the machines that an earlier engine left. */
export function leftRecords(context: EngineContext): MachineRecord[] {
  if (!existsSync(context.paths.machines)) return [];
  return readdirSync(context.paths.machines).flatMap((name) => {
    const record = readRecord(join(context.paths.machines, name, 'machine.json'));
    return record ? [record] : [];
  });
}

/**
 * Takes a running QEMU over: the process must be the recorded one, and must say the recorded UUID itself. Undefined when
 * it is gone. One that says another UUID is left alone; so is one that says nothing, where its record was rebuilt
 * (`sure` false): then the result says why.
 */
export async function adopt(
  context: EngineContext,
  record: MachineRecord,
  sure: boolean,
): Promise<Machine | string | undefined> {
  for (let attempt = 1; sameProcess(record); attempt += 1) {
    const machine = new Machine(record, context.paths, context.log);
    try {
      const qmp = await Qmp.connect(machine.files.qmp, 5000);
      const { UUID } = await qmp.execute<{ UUID: string }>('query-uuid');
      if (UUID !== record.uuid) {
        qmp.close();
        context.log.error({ pid: record.pid, vmi: record.name, UUID }, 'a QEMU answers with another UUID: left alone');
        return `its monitor says that it is another machine (${UUID})`;
      }
      await machine.attach(qmp);
      return machine;
    } catch (error) {
      context.log.warn({ err: error, pid: record.pid, vmi: record.name, attempt }, 'a QEMU could not be adopted');
      machine.detach();
    }
    // Nobody could ever control it again, and nobody else may have its disks while it lives.
    if (attempt < attempts) await delay(1000);
    else if (sure) await endProcess(record);
    else return 'its record was damaged and its monitor does not answer';
  }
  return undefined;
}

/**
 * A machine runs and its instance is not there: the object's file was lost or set aside, for an instance that is deleted
 * takes its record along. The guest must not pay for that, nor may a second QEMU get its disks: the instance comes back.
 */
export function restoreInstance(context: EngineContext, record: MachineRecord): void {
  const { store } = context;
  const { instance, namespace, name } = record;
  if (!instance || store.get(virtualMachineInstances, namespace, name) || !sameProcess(record)) return;
  let restored: Stored;
  try {
    restored = store.restore(virtualMachineInstances, instance);
  } catch (error) {
    if (!unwritableText(error)) throw error;
    context.log.error({ err: error, vmi: name }, 'the instance of a running machine could not be brought back');
    return;
  }
  context.event(
    restored,
    'Warning',
    'InstanceRestored',
    'The object file of this running machine was lost or damaged. The machine runs on; its instance was rebuilt as it was when the machine started.',
  );
}

/** A computer that is very busy gets half a minute. */
const attempts = 5;

/** Ends a process and waits for its end: SIGTERM lets QEMU write what it holds, SIGKILL after 5 s. */
export async function endProcess(record: Pick<MachineRecord, 'pid' | 'comm' | 'startTime'>): Promise<void> {
  signal(record.pid, 'SIGTERM');
  for (let tenths = 0; sameProcess(record) && tenths < 100; tenths += 1) {
    if (tenths === 50) signal(record.pid, 'SIGKILL');
    await delay(100);
  }
}

/** Ends a QEMU that no instance needs, when it surely is ours, and removes what it left. */
export async function endLeftover(context: EngineContext, record: MachineRecord): Promise<void> {
  if (sameProcess(record)) {
    context.log.warn({ pid: record.pid, vmi: record.name }, 'a QEMU process without its instance is ended');
    await endProcess(record);
  }
  removeSockets(machineFiles(context.paths, record.uid, record.identity));
  rmSync(join(context.paths.machines, record.uid), { recursive: true, force: true });
}
