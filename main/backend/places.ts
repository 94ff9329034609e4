import { join } from 'node:path';
import type { HostReport } from '../contract/host.ts';
import type { Log } from './log.ts';
import type { DataPaths } from './paths.ts';
import type { Fetcher } from './provision/fetch/fetcher.ts';
import { openProvision } from './provision/provision.ts';
import type { Provision } from './provision/provision.ts';
import { localPlace } from './provision/places/local.ts';
import { openKnownHosts } from './provision/places/known-hosts.ts';
import type { Targets } from './targets/targets.ts';
import type { Tasks } from './tasks/tasks.ts';

/** The services behind appliances: this computer and others over SSH. SSH is loaded when somebody goes there. */
export async function openPlaces(parts: {
  paths: DataPaths;
  tasks: Tasks;
  targets: Pick<Targets, 'put' | 'remove'>;
  fetcher: Fetcher;
  hostReport: () => Promise<HostReport>;
  log: Log;
}): Promise<Provision> {
  const { paths, tasks, targets, fetcher, hostReport } = parts;
  const log = parts.log.child({ part: 'appliances' });
  const knownHosts = await openKnownHosts(paths.knownHosts, log);
  return openProvision({
    dataDir: paths.root,
    tasks,
    hostReport,
    targets,
    fetcher,
    async openPlace(place) {
      if (place.type === 'local') return localPlace({ stagingRoot: join(paths.root, 'staging'), log });
      const { openSshPlace } = await import('./provision/places/ssh.ts');
      return openSshPlace(place, { knownHosts, log });
    },
    async sshProbe(host, port) {
      const { probeHostKey } = await import('./provision/places/ssh-probe.ts');
      return probeHostKey(host, port, knownHosts);
    },
    forgetHostKey: (host, port) => knownHosts.forget(host, port),
    log,
  });
}
