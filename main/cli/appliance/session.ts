import { join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import { createHost } from '../../backend/host/host.ts';
import { createLog } from '../../backend/log.ts';
import { assetsFolder, dataPaths, privateFolder } from '../../backend/paths.ts';
import { createFetcher } from '../../backend/provision/fetch/create.ts';
import type { Fetcher } from '../../backend/provision/fetch/fetcher.ts';
import { localPlace } from '../../backend/provision/places/local.ts';
import { openKnownHosts } from '../../backend/provision/places/known-hosts.ts';
import { openSshPlace } from '../../backend/provision/places/ssh.ts';
import { probeHostKey } from '../../backend/provision/places/ssh-probe.ts';
import { openProvision } from '../../backend/provision/provision.ts';
import type { Provision } from '../../backend/provision/provision.ts';
import { openRegistry } from '../../backend/targets/registry.ts';
import type { Registry } from '../../backend/targets/registry.ts';
import { createTasks } from '../../backend/tasks/tasks.ts';
import type { Tasks } from '../../backend/tasks/tasks.ts';

/** What the appliance commands work with: the same services as behind the pages, without the rest of the backend. */
export interface Session {
  readonly appliances: ContractHandlers['appliances'];
  readonly provision: Provision;
  readonly registry: Registry;
  readonly tasks: Tasks;
  close(): Promise<void>;
}

/** A Hearth may run on the same data directory meanwhile: it notices what is written here. */
export async function openSession(
  dataDir: string,
  /** Only tests give another one. */
  change: { fetcher?: (fetcher: Fetcher) => Fetcher } = {},
): Promise<Session> {
  process.umask(0o077);
  const paths = dataPaths(dataDir);
  for (const folder of [paths.root, paths.logs]) await privateFolder(folder);
  const log = createLog({ path: join(paths.logs, 'hearth-cli.log'), quiet: true });
  // A list of its own: the running backend owns the other.
  const tasks = await createTasks({ file: join(paths.root, 'tasks-cli.json'), log });
  const registry = await openRegistry({ file: join(paths.root, 'targets.json'), log });
  const host = createHost({ dataDir: paths.root, assets: assetsFolder, override: () => 'auto' });
  const knownHosts = await openKnownHosts(join(paths.root, 'known-hosts.json'), log);
  const fetcher = createFetcher({ cacheDir: join(paths.root, 'downloads'), log });
  const provision = await openProvision({
    dataDir: paths.root,
    tasks,
    hostReport: () => host.report(),
    targets: registry,
    fetcher: change.fetcher?.(fetcher) ?? fetcher,
    openPlace: async (place) =>
      place.type === 'local'
        ? localPlace({ stagingRoot: join(paths.root, 'staging'), log })
        : openSshPlace(place, { knownHosts, log }),
    sshProbe: (at, port) => probeHostKey(at, port, knownHosts),
    forgetHostKey: (at, port) => knownHosts.forget(at, port),
    terminal: process.stdin.isTTY,
    log,
  });
  return {
    appliances: provision.handlers,
    provision,
    registry,
    tasks,
    async close() {
      await tasks.close();
      await provision.close();
      registry.close();
      log.close();
    },
  };
}
