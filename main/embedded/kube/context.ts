import type { Accelerator } from '../../contract/host.ts';
import type { TpmPrograms } from '../machine/tpm/program.ts';
import type { Store } from '../store/store.ts';
import type { KubeObject } from './object.ts';

/** What every controller is handed. */
export interface EngineContext {
  readonly store: Store;
  readonly config: EngineConfig;
  readonly paths: EnginePaths;
  readonly log: Log;
  /** Writes (or counts up) an Event about an object. */
  event(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Aborted when the engine shuts down. VMs outlive it. */
  readonly signal: AbortSignal;
}

export interface EngineConfig {
  /** What the host's trial (or the user) chose. */
  accelerator: Accelerator;
  /** This process's own unless told: tests ask for other systems. */
  platform?: NodeJS.Platform;
  arch?: NodeJS.Architecture;
  qemuBinary: string;
  qemuImg: string;
  /** QEMU's -L folders etc. are its own; these are firmware files found on the host. */
  firmware: { ovmfCode?: string; ovmfVars?: string; ovmfCodeSecure?: string; ovmfVarsSecure?: string };
  /** Programs of the TPM emulator, looked for at each start; those on the PATH unless told. */
  tpm?: () => TpmPrograms | undefined;
  nodeName: string;
  cpus: number;
  /** Bytes for VMs: total less what is kept for the computer itself. */
  memory: number;
  /** Virtual processors of all machines together; as many as they like unless told. */
  processors?: number;
  /** Bytes of the disk that are kept for the computer: no machine is started below. None unless told. */
  keptDisk?: number;
}

export interface EnginePaths {
  /** DATA/engine */
  readonly root: string;
  /** DATA/engine/objects */
  readonly objects: string;
  /** DATA/engine/disks: `base/` content-addressed and read-only, `volumes/` one file a claim. */
  readonly disks: string;
  /** DATA/engine/scratch: half-done imports. */
  readonly scratch: string;
  /** DATA/engine/machines/<vmi uid>: argv, logs, UEFI variables, seed disks. */
  readonly machines: string;
  /** Short 0700 folder for Unix sockets (their paths may have 107 bytes at most). */
  readonly run: string;
  /** Folder of the project's assets. */
  readonly assets: string;
}

/** Structured log lines to stderr; pino fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(bindings: object): Log;
}
