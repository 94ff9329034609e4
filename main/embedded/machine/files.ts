import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { EnginePaths } from '../kube/context.ts';
import type { KubeObject } from '../kube/object.ts';

/** Where one machine keeps what. Socket paths stay short: a Unix socket's path may have 107 bytes. */
export interface MachineFiles {
  folder: string;
  record: string;
  serialLog: string;
  qemuLog: string;
  vars: string;
  pid: string;
  qmp: string;
  spareQmp: string;
  serial: string;
  vnc: string;
  agent: string;
  screenshot: string;
  /** State of a persistent TPM: it outlives an instance, as the UEFI variables do. */
  tpmState: string;
  /** State of a TPM that is a new one at each start. */
  tpmOnce: string;
  tpmLog: string;
  /** Control socket and pidfile of the TPM emulator. */
  tpm: string;
  tpmPid: string;
}

/** The sockets' common start: enough of the uid to be its own. */
export const socketStem = (paths: EnginePaths, uid: string): string =>
  join(paths.run, uid.replaceAll('-', '').slice(0, 12));

/** `identity` is the VM's uid (see identityOf): UEFI variables outlive an instance. */
export function machineFiles(paths: EnginePaths, uid: string, identity: string): MachineFiles {
  const folder = join(paths.machines, uid);
  const stem = socketStem(paths, uid);
  return {
    folder,
    record: join(folder, 'machine.json'),
    serialLog: join(folder, 'serial.log'),
    qemuLog: join(folder, 'qemu.log'),
    vars: join(paths.machines, identity, 'vars.qcow2'),
    pid: `${stem}.pid`,
    qmp: `${stem}.qmp`,
    spareQmp: `${stem}.qm2`,
    serial: `${stem}.ser`,
    vnc: `${stem}.vnc`,
    agent: `${stem}.qga`,
    screenshot: `${stem}.png`,
    tpmState: join(paths.machines, identity, 'tpm'),
    tpmOnce: join(folder, 'tpm-once'),
    tpmLog: join(folder, 'tpm.log'),
    tpm: `${stem}.tpm`,
    tpmPid: `${stem}.tpp`,
  };
}

/** Where QEMU waits for the cables of one interface: the guest's side, and for the pod network its way out. */
export function nicSockets(files: MachineFiles, nic: string): { socket: string; uplink: string } {
  const stem = files.qmp.slice(0, -'.qmp'.length);
  const hash = createHash('sha256').update(nic).digest('hex').slice(0, 10);
  return { socket: `${stem}.n${hash}`, uplink: `${stem}.u${hash}` };
}

/** Removes pidfile and sockets, which a killed QEMU leaves behind. */
export function removeSockets(files: MachineFiles): void {
  for (const path of [files.pid, files.qmp, files.spareQmp, files.serial, files.vnc, files.agent, files.screenshot])
    rmSync(path, { force: true });
  const stem = basename(files.qmp, '.qmp');
  if (!existsSync(dirname(files.qmp))) return;
  for (const name of readdirSync(dirname(files.qmp)))
    if (name.startsWith(`${stem}.n`) || name.startsWith(`${stem}.u`))
      rmSync(join(dirname(files.qmp), name), { force: true });
}

/** What the next engine needs to find a running QEMU again and to be sure that it is ours. */
export interface MachineRecord {
  uid: string;
  identity: string;
  namespace: string;
  name: string;
  uuid: string;
  /** As QEMU sets it on itself (`-name process=`). */
  comm: string;
  pid: number;
  /** Field 22 of /proc/PID/stat: with the pid it names one process for ever. */
  startTime: string;
  startedAt: string;
  /** Bytes counted against the memory of this computer. */
  reserved: number;
  /** Volume names of the block nodes d0, d1, … */
  disks: string[];
  /** Folder whose free space decides whether a VM that ran out of space goes on. */
  diskFolder: string;
  argv: string[];
  /**
   * Volumes that come and go while it runs, as QEMU has them open or is about to: written before a volume is opened and
   * after it is let go. Absent in records of older engines.
   */
  attached?: V1Volume[];
  /** The instance as it was at its start or after its last live change, for the case that its object file is lost. Absent in records of older engines. */
  instance?: KubeObject;
}

export function writeRecord(files: MachineFiles, record: MachineRecord): void {
  mkdirSync(files.folder, { recursive: true, mode: 0o700 });
  const temporary = `${files.record}.new`;
  writeFileSync(temporary, `${JSON.stringify(record, null, 1)}\n`, { mode: 0o600 });
  renameSync(temporary, files.record);
}

/** A damaged record counts for none: its process is found by its pidfile. */
const isWhole = (record: MachineRecord): boolean =>
  [record.uid, record.identity, record.namespace, record.name, record.uuid, record.comm, record.startTime].every(
    (text) => typeof text === 'string',
  ) &&
  Number.isInteger(record.pid) &&
  record.pid > 1 &&
  [record.argv, record.disks].every((list) => Array.isArray(list));

export function readRecord(path: string): MachineRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as MachineRecord | null;
    return record && isWhole(record) ? record : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
