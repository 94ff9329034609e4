import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineContext } from '../../kube/context.ts';
import { machineFiles, readRecord, removeSockets } from '../files.ts';
import type { MachineRecord } from '../files.ts';
import { Machine } from './machine.ts';
import { processFacts, sameProcess, signal } from './process.ts';
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
 * Takes a running QEMU over: the process must be the recorded one, and must say the recorded UUID itself.
 * Undefined when it is gone or is not ours.
 */
export async function adopt(context: EngineContext, record: MachineRecord): Promise<Machine | undefined> {
  if (!sameProcess(record)) return undefined;
  const machine = new Machine(record, context.paths, context.log);
  try {
    const qmp = await Qmp.connect(machine.files.qmp, 5000);
    const { UUID } = await qmp.execute<{ UUID: string }>('query-uuid');
    if (UUID !== record.uuid) {
      qmp.close();
      throw new Error(`the process answers with another UUID: ${UUID}`);
    }
    await machine.attach(qmp);
    return machine;
  } catch (error) {
    context.log.warn({ err: error, pid: record.pid, vmi: record.name }, 'a QEMU process could not be adopted');
    machine.detach();
    return undefined;
  }
}

/** Ends a QEMU that no instance needs, when it surely is ours, and removes what it left. */
export function endLeftover(context: EngineContext, record: MachineRecord): void {
  if (sameProcess(record)) {
    context.log.warn({ pid: record.pid, vmi: record.name }, 'a QEMU process without its instance is ended');
    signal(record.pid, 'SIGTERM');
  }
  removeSockets(machineFiles(context.paths, record.uid, record.identity));
  rmSync(join(context.paths.machines, record.uid), { recursive: true, force: true });
}

/**
 * Pidfiles without a record: an engine that was killed between spawn and record. Ours only where the process carries our
 * name and our folder in its command line.
 */
export function endUnrecorded(context: EngineContext, known: ReadonlySet<number>): void {
  if (!existsSync(context.paths.run)) return;
  for (const name of readdirSync(context.paths.run).filter((entry) => entry.endsWith('.pid'))) {
    const path = join(context.paths.run, name);
    const pid = Number(readFileSync(path, 'utf8').trim());
    if (known.has(pid)) continue;
    const facts = Number.isInteger(pid) && pid > 1 ? processFacts(pid) : undefined;
    if (facts?.comm.startsWith('hearth-') && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(path))
      signal(pid, 'SIGTERM');
    const stem = path.slice(0, -'.pid'.length);
    for (const end of ['pid', 'qmp', 'qm2', 'ser', 'vnc', 'qga', 'png']) rmSync(`${stem}.${end}`, { force: true });
  }
}
