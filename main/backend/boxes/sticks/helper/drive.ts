import { setTimeout as pause } from 'node:timers/promises';
import { ProblemError } from '../../../../contract/problem.ts';
import type { Device } from '../drives/device.ts';
import type { DrivePlatform } from '../drives/platform.ts';
import { judge } from '../drives/policy.ts';
import type { PolicyOptions } from '../drives/policy.ts';
import { driveChanged, driveGone, driveNotTyped, driveRefused } from '../drives/problems.ts';
import type { RawTarget } from '../write/raw.ts';

/** The drive that was agreed on. */
export interface WantedDrive {
  device: string;
  serial: string;
  size: number;
  diskseq: string;
}

/** How often a drive that a desktop mounts again at once is unmounted. */
const tries = 3;

/** Refusals that keep a stick from being written, but not from being read. */
const readable = ['mounted', 'live-system', 'read-only', 'too-small'];

/**
 * The drive as it is now, if it still is the one that was agreed on and may be written. Whoever calls is not believed.
 * Throws `stick-gone`, `stick-changed`, `stick-refused`.
 */
export async function findDrive(
  platform: DrivePlatform,
  wanted: WantedDrive,
  policy: PolicyOptions & { typed?: string; reading?: boolean },
): Promise<Device> {
  const all = await platform.devices();
  const drive = all.find(({ path }) => path === wanted.device);
  if (!drive) throw driveGone(wanted.device);
  if (drive.serial !== wanted.serial || drive.size !== wanted.size || (drive.diskseq ?? '') !== wanted.diskseq)
    throw driveChanged(wanted.device);
  const { refused, typed } = judge(drive, all, policy);
  if (policy.reading && (!refused || readable.includes(refused.code))) return drive;
  if (refused) throw driveRefused(wanted.device, refused.why);
  if (typed !== undefined && typed !== policy.typed) throw driveNotTyped(typed);
  return drive;
}

/**
 * Unmounts what a desktop mounted of it, opens it for us alone, and looks once more whether it is the one: from then on
 * its name cannot be given to another. Throws `stick-busy` and what `findDrive` throws.
 */
export async function claimDrive(
  platform: DrivePlatform,
  wanted: WantedDrive,
  policy: PolicyOptions & { typed?: string },
): Promise<{ drive: Device; target: RawTarget }> {
  for (let attempt = 1; ; attempt += 1) {
    const drive = await findDrive(platform, wanted, policy);
    await platform.release(drive);
    let target: RawTarget;
    try {
      target = await platform.open(drive, { readOnly: false });
    } catch (error) {
      const busy = error instanceof ProblemError && error.problem.code === 'stick-busy';
      if (!busy || attempt === tries) throw error;
      await pause(500);
      continue;
    }
    try {
      await findDrive(platform, wanted, policy);
      return { drive, target };
    } catch (error) {
      await target.close();
      throw error;
    }
  }
}
