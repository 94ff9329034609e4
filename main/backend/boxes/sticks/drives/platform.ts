import type { RawTarget } from '../write/raw.ts';
import type { Device } from './device.ts';

/** What differs between operating systems about drives. */
export interface DrivePlatform {
  /** Seen to work on real drives, or at least on what stands in for them. */
  readonly proven: boolean;
  /** All block devices of this computer, whole drives at the top. Throws `drives-unreadable`. */
  devices(signal?: AbortSignal): Promise<Device[]>;
  /** Says that something may have come or gone; ends with the signal. It may be quiet: whoever watches asks now and then. */
  changes?(signal: AbortSignal, changed: () => void): Promise<void>;
  /** Takes all file systems of a drive out of use. Throws `stick-busy`. */
  release(drive: Device): Promise<void>;
  /** Opens it for us alone. Throws `stick-busy`, `stick-gone`, `stick-not-allowed`. */
  open(drive: Device, how: { readOnly: boolean }): Promise<RawTarget>;
  /** Lets the system see the new partitions; best effort. */
  rescan(drive: Device): Promise<void>;
}
