import { join } from 'node:path';
import type { HostReport } from '../../contract/host.ts';
import { rowKeys } from '../../contract/row-keys.ts';
import { openFirstBoots } from '../cloud-init/first-boots.ts';
import type { FirstBoots } from '../cloud-init/first-boots.ts';
import { startSweeping } from '../bin/sweep.ts';
import { createConsoles } from '../consoles/consoles.ts';
import type { Consoles } from '../consoles/consoles.ts';
import { ownKeys } from '../faults/faults.ts';
import { startFaults } from '../faults/keep.ts';
import { openImages } from '../images/images.ts';
import type { ImagesDoor } from '../images/images.ts';
import type { Log } from '../log.ts';
import { startEjecting } from '../hardware/installer/keep.ts';
import { createMachines } from '../machines/machines.ts';
import type { Machines } from '../machines/machines.ts';
import { startRollBacks } from '../networks/roll-back.ts';
import { privateFolder } from '../paths.ts';
import type { DataPaths } from '../paths.ts';
import type { SettingsStore } from '../settings.ts';
import { startSchedules } from '../snapshots/schedule/keep.ts';
import { openTarget } from '../target/target.ts';
import type { OpenTarget } from '../target/target.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { folderOf } from './folders.ts';
import { quickLabId } from './registry.ts';
import type { Registered } from './registry.ts';

/** One open target with everything that pages do on it. */
export interface Workspace {
  readonly id: string;
  /** Path of its kubeconfig, for kubectl and virtctl. */
  readonly kubeconfig: string;
  readonly target: OpenTarget;
  readonly machines: Machines;
  readonly consoles: Consoles;
  /** What guests say of their first set-up by cloud-init. */
  readonly firstBoots: FirstBoots;
  readonly images: ImagesDoor;
  /** What comes by itself begins no more. */
  halt(): void;
  close(): Promise<void>;
}

export interface WorkspaceServices {
  paths: DataPaths;
  tasks: Tasks;
  settings: SettingsStore;
  log: Log;
  /** What this computer can do, for targets that are on it. */
  host?: () => Promise<HostReport>;
}

/** Opens a target. It need not answer: its state says how it stands. `scheduled` is told whether its machines have schedules. */
export async function openWorkspace(
  entry: Registered,
  services: WorkspaceServices,
  scheduled: (some: boolean) => Promise<void>,
): Promise<Workspace> {
  const { paths, tasks, settings } = services;
  const { id, kubeconfig } = entry;
  const log = id === quickLabId ? services.log : services.log.child({ target: id });
  const folder = folderOf(paths, id);
  await privateFolder(folder);
  const target = await openTarget({ id, name: entry.name, kubeconfig, log: log.child({ part: 'target' }) });
  const consoles = createConsoles(target, {
    folder: join(folder, 'consoles'),
    log: log.child({ part: 'consoles' }),
  });
  const firstBoots = await openFirstBoots({
    target,
    consoles,
    file: join(folder, 'first-boots.json'),
    log: log.child({ part: 'cloud-init' }),
  });
  const machines = createMachines(target, log.child({ part: 'machines' }), {
    boot: (ref) => firstBoots.get(ref),
    lookedAt: (ref) => firstBoots.soon(ref),
    onBoot: (changed) => {
      const stop = new AbortController();
      void (async () => {
        for await (const update of firstBoots.watch(stop.signal))
          if (update.type === 'delta') changed([...update.upserted.map(rowKeys.firstBoot), ...update.removed]);
      })();
      return () => stop.abort();
    },
    ...(services.host && { host: services.host }),
  });
  const stopSweeping = startSweeping(target, log.child({ part: 'bin' }));
  const stopRollBacks = startRollBacks(target, log.child({ part: 'networks' }));
  const stopFaults = startFaults({ target, keys: ownKeys(paths) }, log.child({ part: 'faults' }));
  const stopEjecting = startEjecting(target, tasks, log.child({ part: 'installers' }));
  const schedules = startSchedules({ target, tasks, marked: scheduled }, log.child({ part: 'schedules' }));
  const leave = async (): Promise<void> => {
    await Promise.all([stopSweeping(), stopRollBacks(), stopFaults(), stopEjecting(), schedules.stop()]);
    await firstBoots.close();
    await consoles.close();
    target.close();
  };
  try {
    const images = await openImages({
      target,
      tasks,
      settings,
      // The built starter image is the same for all of them and stays in one place; uploads are a target's own.
      paths: { ...paths, uploads: join(folder, 'uploads') },
      log: log.child({ part: 'images' }),
    });
    return {
      id,
      kubeconfig,
      target,
      machines,
      consoles,
      firstBoots,
      images,
      halt: () => schedules.halt(),
      async close() {
        await images.close();
        await images.halt();
        await leave();
      },
    };
  } catch (error) {
    await leave();
    throw error;
  }
}
