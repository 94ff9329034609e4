import type { Checker, Outcome } from '../checker.ts';
import { gib, ok } from '../checker.ts';
import { packageCommands } from './system.ts';

/** Only where a thin pool was chosen. */
export const pool: Checker = {
  id: 'pool',
  title: 'Storage with snapshots',
  group: 'storage',
  applies: ({ settings }) => settings.storage !== 'local-path',
  run({ facts: { storage, system, raw }, settings }): Outcome {
    const missing = ['lvm', 'thin_check'].filter((name) => !system.programs.has(name));
    if (missing.length > 0)
      return {
        status: 'problem',
        blocks: true,
        detail: `LVM's programs are missing: ${missing.join(', ')}.`,
        evidence: raw.evidence('tools', /^(lvm|thin_check)=/),
        fix: 'Install them, then check again.',
        commands: packageCommands(system.distribution, [
          'lvm2',
          system.distribution.id === 'fedora' ? 'device-mapper-persistent-data' : 'thin-provisioning-tools',
        ]),
      };
    if (settings.storage === 'pool-file')
      return ok('LVM and its thin provisioning are there.', raw.evidence('tools', /^(lvm|thin_check)=/));
    const disk = storage.disks.find((entry) => entry.byId === settings.poolDisk);
    const evidence = raw.evidence('lsblk', disk ? new RegExp(`(KNAME|PKNAME)="${disk.name}"`) : /TYPE="disk"/);
    if (!disk)
      return {
        status: 'problem',
        blocks: true,
        detail: settings.poolDisk ? `${settings.poolDisk} is not there.` : 'No disk was chosen.',
        evidence,
        fix: `Choose one: ${
          storage.disks
            .filter((entry) => !entry.inUse)
            .map((entry) => entry.byId)
            .join(', ') || 'none here is empty'
        }.`,
      };
    if (disk.inUse)
      return {
        status: 'problem',
        blocks: true,
        detail: `${disk.byId} cannot be given away: ${disk.inUse}.`,
        evidence,
        fix: 'Choose an empty disk, or clear this one yourself.',
      };
    return ok(`${disk.byId}, ${gib(disk.size)}, looks empty; everything on it is lost.`, evidence);
  },
};
