import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the test guest is made of. Whatever changes here makes another image. */
export const recipe = {
  suite: 'bookworm',
  mirror: 'http://deb.debian.org/debian',
  packages: [
    'systemd', 'systemd-sysv', 'dbus', 'udev', 'kmod', 'procps', 'sudo', 'polkitd', 'pkexec', 'openssh-server',
    'iproute2', 'iptables', 'lvm2', 'thin-provisioning-tools', 'e2fsprogs', 'ca-certificates', 'busybox-static',
    'linux-image-cloud-amd64',
  ],
  // Documentation and translations would be a third of the image.
  left: ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*', '/usr/share/perl/*/unicore/*'],
  /** Modules that the initial ramdisk loads, with what they need. */
  bootModules: ['virtio_pci', 'virtio_blk', 'ext4'],
  /** Bytes; sparse. Enough for what the preflight asks of a computer. */
  diskSize: 40 * 2 ** 30,
  spareSize: 12 * 2 ** 30,
  /** MiB; taken from the host only as far as the guest uses it. */
  memory: 8192,
  cpus: 2,
  user: { name: 'ada', password: 'correct horse' },
} as const; // prettier-ignore

export const guestFiles = join(import.meta.dirname, 'guest');

/** Where images are kept from run to run: HEARTH_TEST_CACHE, or ~/.cache/hearth-test. */
export const cacheFolder = (): string =>
  process.env['HEARTH_TEST_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hearth-test');

/** Digest of everything an image is made of: 16 hex digits. */
export const digestOf = (parts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
};
export const textOf = (name: string): string => readFileSync(join(guestFiles, name), 'utf8');
