import type { Checker, Outcome } from '../checker.ts';
import { GiB, always, gib, ok } from '../checker.ts';
import type { FileSystem } from '../machine.ts';
import { claimed, fileSystemOf } from '../plan-facts.ts';

const percent = (part: number): string => `${Math.round(part * 100)} %`;
const words = (entry: FileSystem): string =>
  `${gib(entry.free)} of ${gib(entry.total)} free on ${entry.mountedOn} (${entry.type || entry.device}, ${percent(entry.used)} in use)`;
const line = (entry: FileSystem): string =>
  `${entry.folder}: ${entry.device} ${Math.round(entry.total / 1024)} KiB, ${Math.round(entry.free / 1024)} free, on ${entry.mountedOn}`;

/** Programs, images and their unpacked layers come to about 8 GiB; below 20 there is no room for an upgrade or for logs. */
const needed = 8 * GiB;
const comfortable = 20 * GiB;

const dataDisk: Checker = {
  id: 'disk',
  title: 'Disk space for the appliance',
  group: 'storage',
  applies: always,
  run({ facts }): Outcome {
    const data = fileSystemOf(facts, '/var/lib/rancher', '/var/lib', '/');
    if (!data)
      return {
        status: 'warning',
        detail: 'The free space in /var/lib could not be seen.',
        evidence: facts.raw.evidence('disk'),
        fix: 'Make sure that 20 GiB are free.',
      };
    const evidence = [line(data)];
    const text = `${words(data)}.`;
    if (data.readOnly)
      return {
        status: 'problem',
        blocks: true,
        detail: `${data.mountedOn} is mounted read-only.`,
        evidence,
        fix: 'Check the disk and the system log: a damaged file system is mounted so.',
      };
    if (data.free < needed)
      return {
        status: 'problem',
        blocks: true,
        detail: `${text} The appliance alone takes about ${gib(needed)}.`,
        evidence,
        fix: 'Free some space, or move /var/lib to a larger disk.',
        commands: ['sudo du -xh --max-depth=2 /var | sort -h | tail'],
      };
    if (data.free < comfortable || data.used > 0.9)
      return {
        status: 'warning',
        detail: `${text} When it runs full, Kubernetes throws images away and ends machines.`,
        evidence,
        fix: 'Better have 20 GiB free.',
      };
    const inodes = facts.storage.inodesFree;
    if (inodes !== undefined && inodes < 200_000)
      return {
        status: 'warning',
        detail: `${text} Only ${inodes} more files fit.`,
        evidence: [...evidence, ...facts.raw.evidence('inodes')],
        fix: 'Remove small files, or use a larger file system.',
      };
    return ok(text, evidence);
  },
};

const volumes: Checker = {
  id: 'volumes',
  title: 'Disk space for virtual machines',
  group: 'storage',
  applies: ({ settings }) => settings.storage !== 'pool-disk',
  run({ facts, settings }): Outcome {
    const place = facts.storage.volumes ?? fileSystemOf(facts, '/var/lib');
    if (!place)
      return {
        status: 'warning',
        detail: `The free space in ${settings.volumes} could not be seen.`,
        fix: 'Make sure that there is room for the disks of machines.',
      };
    const evidence = [line(place)];
    const text = `${words(place)}, for ${settings.volumes}.`;
    const strange = facts.storage.volumesThere;
    if (strange.entries.length > 0 && !strange.kept && !claimed(facts, settings.volumes))
      return {
        status: 'problem',
        blocks: true,
        detail: `${settings.volumes} is in use already (${strange.entries.slice(0, 3).join(', ')}), and not by Hearth.`,
        evidence: facts.raw.evidence('volumes_there'),
        fix: 'Choose another folder, or empty it: an uninstall takes it away whole.',
      };
    const pool = settings.storage === 'pool-file' ? (settings.poolSize ?? 0) : 0;
    if (pool > 0 && pool > place.free - 4 * GiB)
      return {
        status: 'problem',
        blocks: true,
        detail: `${text} A pool of ${gib(pool)} does not fit.`,
        evidence,
        fix: `Choose at most ${gib(Math.max(0, place.free - 8 * GiB))}.`,
      };
    if (['nfs', 'nfs4', 'cifs', 'smb3', 'fuse.sshfs', '9p'].includes(place.type))
      return {
        status: 'warning',
        detail: `${text} It is on the network: slow, and machines stop with it.`,
        evidence,
        fix: 'Choose a folder on a disk of this computer.',
      };
    if (place.free < 4 * GiB)
      return {
        status: 'problem',
        blocks: true,
        detail: `${text} Not one machine would fit.`,
        evidence,
        fix: 'Free some space, or choose another folder.',
      };
    if (place.free < 25 * GiB)
      return {
        status: 'warning',
        detail: `${text} A desktop system takes about 25 GiB.`,
        evidence,
        fix: 'Choose a folder on a larger disk.',
      };
    return ok(text, evidence);
  },
};

const works = ['ext4', 'xfs', 'btrfs', 'f2fs', 'bcachefs'];
const fileSystem: Checker = {
  id: 'file-system',
  title: 'File system',
  group: 'storage',
  applies: ({ facts }) => (fileSystemOf(facts, '/var/lib')?.type ?? '') !== '',
  run({ facts }): Outcome {
    const data = fileSystemOf(facts, '/var/lib/rancher', '/var/lib') as FileSystem;
    const evidence = facts.raw.evidence('mounts', new RegExp(`^\\S+ ${data.mountedOn.replaceAll(/[^\w/]/g, '.')} `), 3);
    if (works.includes(data.type)) return ok(`${data.type} on ${data.mountedOn}.`, evidence);
    if (data.type === 'zfs')
      return {
        status: 'note',
        detail:
          'ZFS: containers can be stacked on it from ZFS 2.2 on; with an older one k3s says that overlayfs cannot be enabled.',
        evidence,
        commands: ['zfs version'],
      };
    if (['overlay', 'overlayfs', 'aufs', 'squashfs', 'tmpfs', 'ramfs'].includes(data.type))
      return {
        status: 'problem',
        blocks: true,
        detail: `/var/lib is on ${data.type}, as on a live system: containers cannot be stacked on it, and nothing would outlive a restart.`,
        evidence,
        fix: 'Install the system on a disk, or mount a disk with ext4 or XFS on /var/lib/rancher.',
      };
    return {
      status: 'problem',
      blocks: true,
      detail: `/var/lib is on ${data.type}, on which overlayfs, and with it containerd, does not work.`,
      evidence,
      fix: 'Mount a disk with ext4 or XFS on /var/lib/rancher.',
    };
  },
};

const speed: Checker = {
  id: 'disk-speed',
  title: 'Disk speed',
  group: 'storage',
  applies: always,
  run({ facts }): Outcome {
    const { storage, raw } = facts;
    const where = fileSystemOf(facts, '/var/tmp');
    const data = fileSystemOf(facts, '/var/lib');
    const evidence = [...raw.evidence('fsync', /copied/, 3), ...raw.evidence('block', /^(?!dm-)/, 3)];
    const kind = data?.sdCard ? 'an SD card' : data?.rotational ? 'a spinning disk' : undefined;
    const slowKind = kind === undefined ? '' : ` /var/lib is on ${kind}.`;
    if (storage.syncs.length === 0 || where?.type === 'tmpfs' || where?.device !== data?.device)
      return {
        status: kind ? 'warning' : 'note',
        detail: `The disk could not be timed.${slowKind}`,
        evidence,
        ...(kind ? { fix: 'An SSD is far better.' } : {}),
      };
    const sorted = storage.syncs.toSorted((a, b) => a - b);
    const middle = (sorted[Math.floor(sorted.length / 2)] ?? 0) * 1000;
    const worst = (sorted.at(-1) ?? 0) * 1000;
    const text = `4 KiB are safe on the disk after ${ms(middle)} (median of ${sorted.length}, ${ms(worst)} at worst).${slowKind}`;
    // k3s' resource profiling asks for less than 10 ms with SQLite, 5 ms with etcd.
    if (middle > 50)
      return {
        status: 'problem',
        detail: `${text} Kubernetes loses its own lease on such a disk and restarts again and again ("leaderelection lost").`,
        evidence,
        fix: 'Put /var/lib/rancher on an SSD.',
      };
    if (middle > 10 || kind)
      return { status: 'warning', detail: text, evidence, fix: 'An SSD makes the appliance far quicker and steadier.' };
    return ok(text, evidence);
  },
};
const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

const swap: Checker = {
  id: 'swap',
  title: 'Swap',
  group: 'storage',
  applies: always,
  run({ facts: { system, raw } }) {
    const evidence = raw.evidence('swap');
    const disk = system.swap.filter((entry) => !/zram/.test(entry.name));
    if (disk.length === 0) return ok(system.swap.length > 0 ? 'Compressed memory (zram) only.' : 'None.', evidence);
    const used = disk.reduce((sum, entry) => sum + entry.used, 0);
    return {
      status: 'note',
      detail: `${gib(disk.reduce((sum, entry) => sum + entry.size, 0))}, ${gib(used)} in use. It may stay on: k3s starts with it, but machines that are swapped out are slow.`,
      evidence,
    };
  },
};

export const storageChecks: readonly Checker[] = [dataDisk, volumes, fileSystem, speed, swap];
