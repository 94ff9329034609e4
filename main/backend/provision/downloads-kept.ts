import { asProblem } from '../../contract/problem.ts';
import { neededNames } from '../../../provisioning/downloads.ts';
import { recommended } from '../../../provisioning/versions.ts';
import type { Versions } from '../../../provisioning/versions.ts';
import type { FlowParts } from './flows.ts';
import type { Run } from './work.ts';

/**
 * After a run that ended well: fetched files that no appliance has and no new one would get are removed. What was freed
 * goes into the run's log. Failing at it is a line of the log too; the run has done what it was for.
 */
export async function tidyDownloads(parts: Pick<FlowParts, 'records' | 'fetcher'>, run: Run): Promise<void> {
  try {
    // Another process with the same data folder may have installed something else meanwhile.
    await parts.records.refresh();
    const { removed, freed, busy } = await parts.fetcher.prune(neededNames(versionsInUse(parts)));
    if (busy) run.log('info', 'Fetched files that nobody needs stay for now: something is being fetched.');
    else if (removed.length > 0)
      run.log(
        'info',
        `Fetched files that nobody needs any more were removed (${mebibytes(freed)}): ${removed.join(', ')}`,
      );
  } catch (error) {
    run.log('warning', `Fetched files that nobody needs could not be removed: ${asProblem(error).detail}`);
  }
}

/** Those chosen for an appliance, and those it has: half an upgrade has some of each. */
const versionsInUse = ({ records }: Pick<FlowParts, 'records'>): Versions[] => [
  recommended,
  ...records.list().flatMap(({ settings, versions: { k3s, kubevirt, cdi } }) => [
    settings.versions,
    {
      k3s: k3s ?? settings.versions.k3s,
      kubevirt: kubevirt ?? settings.versions.kubevirt,
      cdi: cdi ?? settings.versions.cdi,
    },
  ]),
];

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
