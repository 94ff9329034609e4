import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Problem } from '../contract/problem.ts';
import type { Backend, BackendOptions, EngineListener } from './backend.ts';
import { removeWhenEmpty } from './empty-folder.ts';
import { startEngine } from './engine.ts';
import { budgetOf } from './host/budget.ts';
import { createHost } from './host/host.ts';
import { sweepTemporaries } from './json-file.ts';
import { takeLock } from './lock.ts';
import { createLog } from './log.ts';
import { assetsFolder, dataPaths, privateFolder } from './paths.ts';
import { openSettings } from './settings.ts';

/**
 * Starts a backend. Throws a Problem when the data directory is in use or the port is taken.
 * First the engine, for which all else waits, then the rest: what is imported here comes before the engine's start, and delays it.
 */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  // Whatever makes files and sockets for us (the upload store, QEMU of the trial) makes them for this user alone.
  process.umask(0o077);
  const startedAt = new Date().toISOString();
  const paths = dataPaths(options.dataDir);
  const ending: (() => Promise<unknown> | void)[] = [];
  let stopVms = false;
  const end = async (how: { stopVms?: boolean } = {}): Promise<void> => {
    stopVms = how.stopVms ?? false;
    for (const step of ending.splice(0).toReversed()) await step();
  };
  try {
    for (const folder of [paths.root, paths.logs, paths.run, paths.uploads]) await privateFolder(folder);
    const lock = await takeLock(paths.lock, paths.root);
    ending.push(() => removeWhenEmpty(paths.run));
    ending.push(() => lock.release());
    const log = createLog({ path: paths.log, quiet: options.quiet ?? false });
    ending.push(() => log.close());
    log.info({ dataDir: paths.root, pid: process.pid, node: process.version }, 'Hearth starts');
    // The engine clears up its own folder.
    const swept = await sweepTemporaries(paths.root, ['engine']);
    if (swept.length > 0) log.info({ swept }, 'removed what a killed Hearth left half-written');
    const settings = await openSettings(paths.settings, log);
    const host = createHost({ dataDir: paths.root, assets: assetsFolder, override: () => settings.value.accelerator });

    // A box opens its doors first, and starts its Quick lab then: it may be slow, and whoever waits has nothing else to look at.
    const doors = Promise.withResolvers<void>();
    let listener: EngineListener | undefined;
    let lastTrouble: Problem | undefined;
    const asked = Promise.withResolvers<void>();
    const engine = startEngine({
      dataDir: paths.root,
      logFile: join(paths.logs, 'engine.log'),
      log: log.child({ part: 'engine' }),
      async onReady() {
        lastTrouble = undefined;
        await listener?.ready();
      },
      onTrouble(problem) {
        lastTrouble = problem;
        asked.resolve();
        listener?.trouble(problem);
      },
      async config() {
        if (options.box) await doors.promise;
        const accelerator = await host.accelerator();
        setImmediate(asked.resolve);
        return { accelerator, ...budgetOf(settings.value, { memory: totalmem(), processors: availableParallelism() }) };
      },
    });
    ending.push(() => engine.stop(stopVms || settings.value.stopMachinesOnExit));
    ending.push(() => doors.resolve());
    // The engine is a process of its own: it loads what it needs while we load what we need.
    if (!options.box) await asked.promise;
    const { assemble } = await import('./backend.ts');
    return await assemble({
      options, startedAt, paths, log, settings, host, engine, ending, end,
      openDoors: () => doors.resolve(),
      listen(to) {
        listener = to;
        if (lastTrouble) to.trouble(lastTrouble);
      },
    }); // prettier-ignore
  } catch (error) {
    await end();
    throw error;
  }
}
