import { darwinDrives } from './darwin.ts';
import { linuxDrives } from './linux.ts';
import type { DrivePlatform } from './platform.ts';
import { windowsDrives } from './windows.ts';

/** The drives of the computer that we run on. */
export const thisPlatform = (platform: NodeJS.Platform = process.platform): DrivePlatform =>
  platform === 'darwin' ? darwinDrives : platform === 'win32' ? windowsDrives : linuxDrives;
