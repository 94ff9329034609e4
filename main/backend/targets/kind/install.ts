import { readFile } from 'node:fs/promises';
import { kindDownload, operatorDownload, withOperators } from '../../../../provisioning/downloads.ts';
import { labSteps } from '../../../../provisioning/manifests/cluster.ts';
import type { Download } from '../../../../provisioning/plan.ts';
import { recommended } from '../../../../provisioning/versions.ts';
import type { HostReport } from '../../../contract/host.ts';
import type { Log } from '../../log.ts';
import { openCluster } from '../../provision/cluster/cluster.ts';
import type { Fetched, Fetcher } from '../../provision/fetch/fetcher.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';

/** Where files come from besides the internet. */
export interface FilesFrom {
  mirror?: string | undefined;
  bundle?: string | undefined;
}

/** Fetches as a step of the task. */
async function fetchAll(
  fetcher: Fetcher,
  downloads: readonly Download[],
  task: TaskHandle,
  { mirror, bundle }: FilesFrom,
): Promise<Map<string, Fetched>> {
  const found = await fetcher.fetch(downloads, {
    mirror,
    bundle,
    signal: task.signal,
    onProgress: (done, total, current) =>
      task.update({
        ...(total > 0 && { progress: done / total }),
        detail: `${current}: ${Math.round(done / 1e6)} of ${Math.round(total / 1e6)} MB`,
      }),
  });
  task.update({ progress: undefined, detail: undefined });
  return found;
}
const pathOf = (fetched: ReadonlyMap<string, Fetched>, name: string): string => {
  const found = fetched.get(name);
  if (!found) throw new Error(`${name} was not fetched`);
  return found.path;
};

/** The pinned kind; its path in the cache. */
export async function fetchKind(fetcher: Fetcher, task: TaskHandle, from: FilesFrom): Promise<string> {
  const download = kindDownload(process.arch === 'arm64' ? 'arm64' : 'amd64');
  return pathOf(await fetchAll(fetcher, [download], task, from), download.name);
}

/** KubeVirt and CDI on a cluster that kind just made: the same steps as on an appliance, without those about k3s. */
export async function installLab(options: {
  kubeconfig: string;
  fetcher: Fetcher;
  hostReport: () => Promise<HostReport>;
  task: TaskHandle;
  from: FilesFrom;
  log: Log;
}): Promise<void> {
  const { kubeconfig, fetcher, task, log } = options;
  const { signal } = task;
  const { accelerator: trial } = await options.hostReport();
  const accelerator = trial.chosen === 'kvm' ? 'kvm' : 'tcg';
  // The node's containerd is older than image volumes.
  const steps = withOperators(labSteps({ accelerator, imageVolume: false, localPathClass: 'standard' }), recommended);
  task.step('Fetch the operators');
  const operators = (['kubevirt', 'cdi'] as const).map((part) => operatorDownload(part, recommended[part]));
  const fetched = await fetchAll(fetcher, operators, task, options.from);
  const cluster = await openCluster({ kubeconfig, log, accelerator });
  try {
    for (const { title, action } of steps) {
      task.step(title);
      const told = (detail: string): void => task.update({ detail });
      if (action.kind === 'apply') await cluster.apply(action.objects, { signal, onObject: told });
      else if (action.kind === 'apply-download')
        await cluster.applyManifestText(await readFile(pathOf(fetched, action.name), 'utf8'), {
          signal,
          onObject: told,
        });
      else await cluster.climb([action.rung], { signal, onRung: ({ detail }) => told(detail) });
      task.update({ detail: undefined });
    }
  } finally {
    cluster.close();
  }
}
