import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { createAdmission } from './admission/admission.ts';
import { schemasFrom } from './admission/schema.ts';
import { startServer } from './api/server.ts';
import { writeKubeconfig } from './api/tls/credentials.ts';
import { CloneController } from './clone/clones.ts';
import { startDisks } from './disks/disks.ts';
import { followFreeSpace } from './disks/free-space.ts';
import { ExportController } from './export/exports.ts';
import type { EngineContext, Log } from './kube/context.ts';
import { nodes } from './kube/resources.ts';
import { startMachines } from './machine/machines.ts';
import { readArguments } from './process/arguments.ts';
import { engineConfig } from './process/config.ts';
import { EventRecorder } from './process/events.ts';
import { lockEngine } from './process/lock.ts';
import { leaveRunFolder, preparePaths } from './process/paths.ts';
import { giveWay } from './process/space.ts';
import { removeStrayFolders } from './process/stray.ts';
import { seedObjects } from './seed/seed.ts';
import { savedStates } from './snapshot/resume.ts';
import { startSnapshots } from './snapshot/start.ts';
import { ObjectStore } from './store/object-store.ts';
import { unwritableText } from './store/unwritable.ts';

interface Engine {
  server: string;
  kubeconfig: string;
  /** Lets go of everything; VMs keep running. */
  stop(): Promise<void>;
  stopVms(): Promise<void>;
}

/** Removes what a kill left without an owner, but no disk: a lost file of its owner must not cost its data. */
const tidy = (store: ObjectStore, recorder: EventRecorder, log: Log): void => {
  try {
    for (const disk of store.collect())
      recorder.record(disk, 'Warning', 'OwnerLost', `What this ${disk.kind} belongs to is not there any more: its object file was lost. The disk is kept; delete it if it is not needed.`); // prettier-ignore
  } catch (error) {
    if (!unwritableText(error)) throw error;
    log.warn({ err: error }, 'what was left over stays until there is space');
  }
};

/** Puts the engine together: store, admission, seeds, controllers, server. */
const start = async (argv: string[], log: Log): Promise<Engine> => {
  const options = readArguments(argv);
  const paths = preparePaths(options.dataDir, options.assets);
  const unlock = await lockEngine(paths.run);
  if (process.platform !== 'win32') {
    const removed = await removeStrayFolders(paths.run);
    if (removed.length > 0) log.info({ removed }, 'run folders of engines that were killed are removed');
  }
  const config = engineConfig(options);
  const full = giveWay(paths.root, log);
  const store = new ObjectStore({ root: paths.root, log });
  const ending = new AbortController();
  const recorder = new EventRecorder(store, log);
  const context: EngineContext = { store, config, paths, log, event: recorder.record, signal: ending.signal };
  seedObjects(context);
  const [node] = store.list(nodes);
  if (node && full) recorder.record(node, 'Warning', 'DiskFull', full);
  for (const { file, reason } of store.quarantined) {
    const text = `${file} could not be read and was set aside in ${join(paths.root, 'quarantine')}: ${reason}`;
    if (node) recorder.record(node, 'Warning', 'ObjectSetAside', text);
  }
  const admission = createAdmission({ store, assets: paths.assets, config });
  const schemas = schemasFrom(paths.assets);
  const disks = startDisks(context);
  followFreeSpace(context);
  const machines = startMachines(context, disks, savedStates(context, disks.snapshots));
  const { fleet } = machines;
  const snapshots = startSnapshots(context, { disks: disks.snapshots, fleet, admission, after: machines.ready });
  const clones = new CloneController(context);
  const exports = new ExportController(context, disks.copies);
  // Once the instances whose files were lost are back: what belongs to them is not ownerless.
  tidy(store, recorder, log);
  const kubeconfig = join(options.dataDir, 'kubeconfig');
  const server = await startServer({
    root: paths.root,
    kubeconfig,
    state: store.state,
    port: options.port,
    parts: {
      store,
      admission,
      schemaOf: (type) => schemas.schemaOf(type),
      subresources: machines.subresources,
      uploads: disks.uploads,
      exports: exports.source,
      metrics: machines.metrics,
      log,
    },
  });
  // Adoption first: whoever reads "ready" finds the VMs of before.
  await Promise.all([disks.ready, machines.ready, snapshots.ready]);
  clones.start();
  await exports.start(server);
  writeKubeconfig(kubeconfig, { server: server.address, ca: server.ca, token: server.token });
  return {
    server: server.address,
    kubeconfig,
    stopVms: () => machines.stopAll(),
    stop: async () => {
      await server.close();
      await clones.stop();
      await exports.stop();
      await snapshots.stop();
      await machines.stop();
      ending.abort();
      await disks.stop();
      recorder.stop();
      store.close();
      unlock();
      leaveRunFolder(paths.run);
    },
  };
};

const main = async (): Promise<void> => {
  // QEMU makes its sockets and its serial log by itself, as open as this lets it.
  process.umask(0o077);
  const log = pino(
    { name: 'engine', level: process.env['HEARTH_LOG_LEVEL'] ?? 'info' },
    pino.destination({ dest: 2, sync: true }),
  );
  const fatal = (error: unknown) => {
    const plain = unwritableText(error) ?? (error instanceof Error ? error.message : 'the engine failed');
    log.fatal({ err: error }, plain);
    process.exit(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', (error) => {
    // What could not be saved is tried again or told; reading goes on.
    if (unwritableText(error)) log.error({ err: error }, 'something could not be saved');
    else fatal(error);
  });
  const engine = await start(process.argv.slice(2), log);
  let ending: Promise<void> | undefined;
  const end = (stopVms: boolean) => {
    ending ??= (stopVms ? engine.stopVms().then(() => engine.stop()) : engine.stop()).then(
      () => process.exit(0),
      fatal,
    );
  };
  process.on('SIGTERM', () => end(false));
  process.on('SIGINT', () => end(false));
  process.on('SIGUSR2', () => end(true));
  // A parent that dies takes its pipe with it. What it wrote last still counts.
  process.stdout.on('error', (error) => log.warn({ err: error }, 'nobody reads stdout any more'));
  const lines = createInterface({ input: process.stdin });
  // readline emits its input's errors again: a broken pipe is the parent's end, not a crash of ours.
  lines.on('error', () => lines.close());
  lines.on('line', (line) => {
    if (line.trim() === 'stop-vms') end(true);
  });
  if (process.argv.includes('--parent-exits')) lines.on('close', () => end(false));
  const { server, kubeconfig } = engine;
  process.stdout.write(`${JSON.stringify({ ready: true, server, kubeconfig })}\n`);
  log.info({ server }, 'ready');
};

await main();
