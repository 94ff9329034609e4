import type { TrustedKey } from '../image/keys.ts';
import type { BootFacts } from './command-line.ts';
import type { Run } from './configure/commands.ts';
import { decide } from './disks/decide.ts';
import { listDisks } from './disks/list.ts';
import { install, settledSettings } from './install/install.ts';
import type { Medium } from './medium.ts';
import type { DiskWork } from './parts.ts';
import type { AgentPlaces } from './places.ts';
import { replaceSlot } from './stick-settings.ts';

/** The disks of this computer, and the installation onto one of them from the medium it was started from. */
export function installWork(parts: {
  places: AgentPlaces;
  boot: BootFacts;
  medium: Medium;
  keys: () => Promise<TrustedKey[]>;
  run: Run;
}): DiskWork {
  const { places, boot, medium, run } = parts;
  const list: DiskWork['list'] = () =>
    listDisks(run, { medium: places.medium, ...(boot.minimum !== undefined && { minimum: boot.minimum }) });
  return {
    list,
    decide,
    async install({ disk, reinstall, boxId, settings }, onProgress, signal) {
      const { serial, size, wwn } = disk;
      const { stickProblem } = await install(
        {
          disk: { serial, size, ...(wwn !== undefined && { wwn }) },
          reinstall,
          medium: medium.folder,
          trusted: await parts.keys(),
          checked: true,
          settings,
          box: { boxId, folder: places.box },
        },
        { run, list, writeSettings: (next) => replaceSlot(medium, next) },
        onProgress,
        signal,
      );
      return stickProblem;
    },
    settle: ({ disk, boxId, settings }) =>
      replaceSlot(medium, settledSettings(settings, disk, disk.hearth?.boxId ?? boxId, new Date())),
  };
}
