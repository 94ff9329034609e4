import { runProcess } from '../../../process.ts';
import { openDrive } from '../write/raw.ts';
import { stillInUse } from './busy.ts';
import { withDescendants } from './device.ts';
import { readDevices } from './lsblk.ts';
import type { DrivePlatform } from './platform.ts';

/** A day; whoever watches stops it before. */
const longestMs = 24 * 3_600_000;

/** Drives of Linux by lsblk, umount and the kernel's own lock on an exclusively opened block device. */
export const linuxDrives: DrivePlatform = {
  proven: true,
  devices: readDevices,
  async changes(signal, changed) {
    await runProcess(['udevadm', 'monitor', '--udev', '--subsystem-match=block'], {
      signal,
      timeoutMs: longestMs,
      onLine: (line) => void (line.startsWith('UDEV ') && changed()),
    });
  },
  async release(drive) {
    // The deepest first: one may be mounted inside of another.
    const mounts = [...new Set(withDescendants(drive).flatMap((device) => device.mounts))].toSorted(
      (a, b) => b.length - a.length,
    );
    for (const mount of mounts) {
      const { code, stderr } = await runProcess(['umount', '--', mount], { timeoutMs: 60_000 });
      if (code !== 0) throw stillInUse(mount, stderr);
    }
  },
  open: (drive, how) => openDrive(drive.path, drive.size, how),
  async rescan({ path }) {
    const reread = await runProcess(['blockdev', '--rereadpt', path], { timeoutMs: 10_000 }).catch(() => undefined);
    if (reread?.code === 0)
      await runProcess(['udevadm', 'settle', '--timeout=5'], { timeoutMs: 8000 }).catch(() => undefined);
  },
};
