import type { FileHandle } from 'node:fs/promises';
import type { StickSettings } from '../../../../contract/box/settings.ts';
import type { BoxDisk } from '../../../../contract/box/state.ts';
import type { DiskIdentity } from '../../../../contract/box/words.ts';
import type { TrustedKey } from '../../image/keys.ts';
import type { Run } from '../disks/lsblk.ts';
import type { DiskLayout } from './layout.ts';
import type { PartitionsOf } from './partitions.ts';
import type { CopyPlan } from './plan.ts';
import type { Steps } from './steps.ts';

export interface InstallParts {
  run: Run;
  /** The disks as they are now: asked again right before erasing. */
  list(): Promise<BoxDisk[]>;
  /** Overwrites the settings of the stick in place. */
  writeSettings(next: StickSettings): Promise<void>;
  partitions?: PartitionsOf;
  /** Where device nodes are. */
  devices?: string;
  /** Where the data partition is mounted meanwhile. */
  target?: string;
  now?: () => Date;
}
export interface InstallOrder {
  /** As it was chosen, by a person or by the stick's rule. */
  disk: DiskIdentity;
  /** A person said that the box on it may go. */
  reinstall: boolean;
  /** Where the stick is mounted. */
  medium: string;
  /** Keys whose manifests are believed. */
  trusted: readonly TrustedKey[];
  /** The stick's files were read against the manifest already; they are checked again while they are copied. */
  checked: boolean;
  /** What stands on the stick now; with the enrolment secret while that is not spent. */
  settings: StickSettings;
  /** `folder`: of the running box, e.g. /var/lib/hearth/box; it goes along. */
  box: { boxId: string; folder: string };
  /** Bytes of the boot partition, and of free room that the data partition needs; by the disk's size unless told. */
  bootSize?: number;
  dataRoom?: number;
}
/** What the steps share. */
export interface Work {
  parts: Required<InstallParts>;
  order: InstallOrder;
  plan: CopyPlan;
  version: string;
  manifest: { text: Uint8Array; signature: Uint8Array };
  /** GRUB's images for computers without UEFI, where the stick has them. */
  bios: { boot: Uint8Array; core: Uint8Array } | undefined;
  steps: Steps;
  signal: AbortSignal;
}
/** The one disk, held alone until it is erased. */
export interface Held {
  disk: BoxDisk;
  device: string;
  layout: DiskLayout;
  file: FileHandle;
}
