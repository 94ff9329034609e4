import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { EngineContext } from '../../kube/context.ts';
import { virtualMachineInstances } from '../../kube/resources.ts';
import { disksOf } from '../argv/devices.ts';
import { commOf } from '../argv/plan.ts';
import { reservedMemory } from '../argv/size.ts';
import { hotVolumes } from '../live/volume-plan.ts';
import { machineFiles, socketStem } from '../files.ts';
import type { MachineRecord } from '../files.ts';
import { firmwareUuid, identityOf, kubeTime, remembered, vmiSpec, vmiStatus } from '../spec.ts';
import { processFacts } from './process.ts';

/** A QEMU of this data folder, whether a record tells of it or not. */
export interface FoundProcess {
  pid: number;
  comm: string;
  startTime: string;
  /** Without the program itself. */
  argv: string[];
  /** Start of the paths of its sockets (see socketStem). */
  stem: string;
}

/** The living QEMU processes whose pidfile is in this run folder, by what the kernel says. Linux; elsewhere none. */
export function findProcesses(run: string): FoundProcess[] {
  return entriesOf('/proc').flatMap((name) => {
    const facts = /^\d+$/.test(name) ? processFacts(Number(name)) : undefined;
    if (!facts?.comm.startsWith('hearth-')) return [];
    const { comm, startTime } = facts;
    const argv = commandOf(Number(name)).slice(1, -1);
    const pidfile = argv[argv.indexOf('-pidfile') + 1] ?? '';
    if (!pidfile.startsWith(run + sep) || !pidfile.endsWith('.pid')) return [];
    return [{ pid: Number(name), comm, startTime, argv, stem: pidfile.slice(0, -'.pid'.length) }];
  });
}

/**
 * The record of a machine whose own is lost or damaged, from its instance and its process. Undefined where no instance
 * fits. Whether it is true is for `adopt` to find out.
 */
export function rebuildRecord(context: EngineContext, found: FoundProcess): MachineRecord | undefined {
  const { store, paths, config } = context;
  const vmi = store
    .list(virtualMachineInstances)
    .find(({ metadata }) => socketStem(paths, metadata.uid) === found.stem && commOf(metadata.uid) === found.comm);
  if (!vmi) return undefined;
  const { uid, namespace = '', name } = vmi.metadata;
  const { pid, comm, startTime, argv } = found;
  const spec = vmiSpec(vmi);
  const started = vmiStatus(vmi).phaseTransitionTimestamps?.find(({ phase }) => phase === 'Scheduled');
  return {
    uid, namespace, name, pid, comm, startTime, argv,
    identity: identityOf(vmi),
    uuid: firmwareUuid(vmi),
    startedAt: started?.phaseTransitionTimestamp ?? kubeTime(),
    reserved: reservedMemory(spec, config.accelerator),
    disks: disksOf(spec).map(({ volume }) => volume),
    attached: hotVolumes(spec),
    diskFolder: writableFolder(argv) ?? machineFiles(paths, uid, identityOf(vmi)).folder,
    instance: remembered(vmi),
  }; // prettier-ignore
}

/** Removes pidfiles and sockets that nobody has any more. */
export function removeStale(run: string, used: ReadonlySet<string>): void {
  for (const name of entriesOf(run).filter((entry) => entry.endsWith('.pid'))) {
    const stem = join(run, name.slice(0, -'.pid'.length));
    if (used.has(stem)) continue;
    for (const end of ['pid', 'qmp', 'qm2', 'ser', 'vnc', 'qga', 'png']) rmSync(`${stem}.${end}`, { force: true });
    for (const other of entriesOf(run).filter((entry) => /\.[nu][0-9a-f]{10}$/.test(entry)))
      if (join(run, other).startsWith(`${stem}.`)) rmSync(join(run, other), { force: true });
  }
}

/** Where the first disk lies that the guest may write to. */
function writableFolder(argv: readonly string[]): string | undefined {
  for (const [index, word] of argv.entries()) {
    if (word !== '-blockdev') continue;
    const node = JSON.parse(argv[index + 1] ?? '{}') as Record<string, unknown>;
    const { filename, 'node-name': name, 'read-only': readOnly } = node;
    if (/^d\d+-f$/.test(String(name)) && typeof filename === 'string' && readOnly !== true) return dirname(filename);
  }
  return undefined;
}

/** The words of a process's command line; none when it is gone. */
function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return [];
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  }
}
