// Finds the system programs a command needs; installs them as root on Debian and Ubuntu, else names the exact command.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const onPath = (name) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });

const anyFile = (...paths) => paths.some((path) => existsSync(path));

/** What each command needs: how to see it, and its name as a Debian package. */
export const programs = {
  qemu: {
    there: () => onPath('qemu-system-x86_64') || existsSync('/usr/libexec/qemu-kvm'),
    packages: ['qemu-system-x86'],
  },
  qemuImg: { there: () => onPath('qemu-img'), packages: ['qemu-utils'] },
  ovmf: {
    there: () => anyFile('/usr/share/OVMF', '/usr/share/edk2', '/usr/share/qemu/ovmf-x86_64-code.bin'),
    packages: ['ovmf'],
  },
  swtpm: { there: () => onPath('swtpm') && onPath('swtpm_setup'), packages: ['swtpm', 'swtpm-tools'] },
  xz: { there: () => onPath('xz'), packages: ['xz-utils'] },
  chromium: {
    there: () => browser() !== undefined,
    // Ubuntu's chromium package is a snap; there it comes from the same name all the same.
    packages: ['chromium'],
  },
  kubectl: { there: () => onPath('kubectl'), packages: ['kubernetes-client'] },
  curl: { there: () => onPath('curl'), packages: ['curl'] },
  websockify: { there: () => onPath('websockify'), packages: ['websockify'] },
  bzip2: { there: () => onPath('bzip2'), packages: ['bzip2'] },
  xorriso: { there: () => onPath('xorriso'), packages: ['xorriso'] },
  e2fsck: { there: () => anyFile('/sbin/e2fsck', '/usr/sbin/e2fsck'), packages: ['e2fsprogs'] },
  fsckFat: { there: () => anyFile('/sbin/fsck.fat', '/usr/sbin/fsck.fat'), packages: ['dosfstools'] },
  sshd: {
    there: () => anyFile('/usr/sbin/sshd', '/usr/bin/sshd'),
    // With its SFTP server, which Debian packs apart.
    packages: ['openssh-server', 'openssh-sftp-server', 'openssh-client'],
  },
  shellcheck: { there: () => onPath('shellcheck'), packages: ['shellcheck'] },
  busybox: { there: () => onPath('busybox'), packages: ['busybox'] },
  strace: { there: () => onPath('strace'), packages: ['strace'] },
  mmdebstrap: { there: () => onPath('mmdebstrap'), packages: ['mmdebstrap', 'debian-archive-keyring'] },
  mksquashfs: { there: () => onPath('mksquashfs'), packages: ['squashfs-tools'] },
  mtools: { there: () => onPath('mcopy') && onPath('mmd'), packages: ['mtools'] },
  partitions: {
    there: () => anyFile('/sbin/sgdisk', '/usr/sbin/sgdisk') && anyFile('/sbin/sfdisk', '/usr/sbin/sfdisk'),
    packages: ['gdisk', 'fdisk'],
  },
  grubEditenv: { there: () => onPath('grub-editenv'), packages: ['grub-common'] },
  zstd: { there: () => onPath('zstd'), packages: ['zstd'] },
  ssh: { there: () => onPath('ssh') && onPath('ssh-keygen'), packages: ['openssh-client'] },
  sbsign: { there: () => onPath('sbattach'), packages: ['sbsigntool'] },
  git: { there: () => onPath('git'), packages: ['git'] },
  dpkgDeb: { there: () => onPath('dpkg-deb'), packages: ['dpkg'] },
  appstream: { there: () => onPath('appstreamcli'), packages: ['appstream'] },
  desktopFileValidate: { there: () => onPath('desktop-file-validate'), packages: ['desktop-file-utils'] },
  mimeInfo: { there: () => onPath('update-mime-database'), packages: ['shared-mime-info'] },
};

/** The first Chromium-like browser on the PATH. */
export function browser() {
  return ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'].find(onPath);
}

/** The command line that would install these Debian packages, as this user would type it. */
const installCommand = (packages) => `sudo apt-get install ${packages.join(' ')}`;

/** A program that is wanted for tests (sshd) must not start serving: Debian's invoke-rc.d asks this file before it does. */
function withoutStarting(install) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return install();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return install();
  } finally {
    rmSync(policy, { force: true });
  }
}

/**
 * Makes sure the named programs are there. Returns the Debian packages still missing (empty = all fine).
 * Everything it says goes to stderr: stdout belongs to the command that runs next.
 */
export function ensurePrograms(names) {
  const missing = () => names.filter((name) => !programs[name].there()).flatMap((name) => programs[name].packages);
  const wanted = missing();
  if (wanted.length === 0) return [];
  const canInstall = process.getuid?.() === 0 && onPath('apt-get') && process.env.HEARTH_NO_INSTALL !== '1';
  if (!canInstall) {
    const how = onPath('apt-get') ? installCommand(wanted) : `install (Debian names): ${wanted.join(' ')}`;
    console.error(`Hearth needs programs that are not installed here. Please run:\n\n    ${how}\n`);
    return wanted;
  }
  console.error(`Installing system packages: ${wanted.join(' ')}`);
  const apt = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: 15 * 60_000,
    }).status === 0;
  if (!apt('-qq', 'update')) console.error('The package lists could not be refreshed; trying with the old ones.');
  if (!withoutStarting(() => apt('-qq', '-y', '--no-install-recommends', 'install', ...wanted)))
    console.error(`The installation failed. Please run:\n\n    ${installCommand(wanted)}\n`);
  return missing();
}
