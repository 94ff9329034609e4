import type { Problem } from '../../../contract/problem.ts';
import type { DiskRule, StickSettings } from '../../../contract/box/settings.ts';
import type { BoxAddress, BoxDisk } from '../../../contract/box/state.ts';
import type { TaskStep } from '../../../contract/task.ts';
import type { Log } from '../../log.ts';
import type { BootFacts } from './command-line.ts';
import type { Run } from './configure/commands.ts';
import type { Decision } from './disks/decide.ts';
import type { AgentPlaces } from './places.ts';
import type { Upkeep } from './upkeep/upkeep.ts';

export interface Progress {
  /** 0..1 */
  fraction: number;
  steps: TaskStep[];
  words: string;
}

/** Disks of this computer, and the installation onto one. */
export interface DiskWork {
  list(): Promise<BoxDisk[]>;
  decide(disks: readonly BoxDisk[], rule: DiskRule, installId: string): Decision;
  /** Resolves when the disk starts by itself, with what went wrong after that; throws a Problem, or AbortError by `signal`. */
  install(
    order: InstallOrder,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<Problem | undefined>;
  /** The stick has installed this disk before: takes its secrets from it, where it was not told so. */
  settle(order: InstallOrder): Promise<void>;
}
export interface InstallOrder {
  disk: BoxDisk;
  reinstall: boolean;
  boxId: string;
  /** As they are now, and what the stick itself said; with the enrolment secret while that is unused. */
  settings: StickSettings;
}

/** Living with the box: update, health, logs, reset, restart. */
export type UpkeepWork = Pick<
  Upkeep,
  'start' | 'close' | 'state' | 'busy' | 'update' | 'checkUpdate' | 'rollBack' | 'keepVersion' | 'health' | 'logs' | 'logFiles' | 'factoryReset' | 'reboot' | 'powerOff'
>; // prettier-ignore

/** A text screen with a keyboard; tty1 on a box. */
export interface Screen {
  size(): { columns: number; rows: number };
  write(text: string): void;
  onKey(listener: (key: string) => void): void;
  close(): void;
}

/** What the agent stands on; a box's own in `box.ts`, others in tests. */
export interface AgentParts {
  places: AgentPlaces;
  boot: BootFacts;
  /** Of the running system. */
  version: string;
  log: Log;
  run: Run;
  /** Every file of the medium against its signed manifest; throws what is wrong as a Problem. */
  verify(options: { signal: AbortSignal; onProgress: (done: number, total: number) => void }): Promise<void>;
  addresses(): Promise<BoxAddress[]>;
  disks: DiskWork;
  upkeep: (how: { onChange: () => void; agentState: () => unknown }) => UpkeepWork;
  screen?: Screen;
  /** Lines for whoever watches the serial console. */
  serial?: { line(text: string): void };
  /** Whether the stick is still plugged in. */
  stickThere(): Promise<boolean>;
  /** Switches off although the stick, and with it the whole system, is gone. */
  cutPower(): Promise<void>;
  /** Milliseconds of a second; shorter in tests. */
  second?: number;
}
