import { kind } from '../../../../provisioning/versions.ts';
import type { HostReport } from '../../../contract/host.ts';
import type { Log } from '../../log.ts';
import type { Fetcher } from '../../provision/fetch/fetcher.ts';
import type { Tasks } from '../../tasks/tasks.ts';
import { fetchKind, installLab } from './install.ts';
import { createKindClusters } from './kind.ts';
import type { KindClusters, KindOptions } from './kind.ts';

/** Throwaway clusters as they are made here: the pinned node, KubeVirt and CDI on it. */
export function openKind(options: {
  folder: string;
  tasks: Tasks;
  targets: KindOptions['targets'];
  fetcher: Fetcher;
  hostReport: () => Promise<HostReport>;
  log: Log;
}): KindClusters {
  const { folder, tasks, targets, fetcher, hostReport } = options;
  const log = options.log.child({ part: 'kind' });
  return createKindClusters({
    folder,
    tasks,
    targets,
    nodeImage: kind.nodeImage,
    download: (task, from) => fetchKind(fetcher, task, from),
    install: (kubeconfig, task, from) => installLab({ kubeconfig, fetcher, hostReport, task, from, log }),
    log,
  });
}
