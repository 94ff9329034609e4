import type { PreflightReport } from '../../contract/appliance.ts';
import type { HostReport } from '../../contract/host.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { PlanFacts } from '../../../provisioning/facts.ts';
import type { ApplianceSettings } from '../../../provisioning/settings.ts';
import type { Log } from '../log.ts';
import type { Cluster } from './cluster/cluster.ts';
import { openCluster } from './cluster/cluster.ts';
import type { Fetcher } from './fetch/fetcher.ts';
import { observe } from './observe.ts';
import type { Place } from './place.ts';
import type { PlanRunParts } from './plan-run.ts';
import { preflight } from './preflight/preflight.ts';
import type { ApplianceRecord, Records } from './record.ts';
import type { Helper } from './root-run.ts';
import type { Run } from './work.ts';

/** What every flow needs besides its run. */
export interface FlowParts {
  records: Records;
  fetcher: Fetcher;
  helper: Helper;
  terminal: boolean;
  targets: {
    put(entry: { id: string; name: string; kind: 'appliance'; place: string; kubeconfig: string }): Promise<void>;
    remove(id: string): Promise<void>;
  };
  hostReport: () => Promise<HostReport>;
  log: Log;
  /** Only tests give other ones. */
  preflight: typeof preflight;
  openCluster: typeof openCluster;
}

export const planRunParts = ({ fetcher, records, helper, terminal }: FlowParts): PlanRunParts => ({
  fetcher,
  records,
  helper,
  terminal,
});

/** The cluster of an appliance, told what its machine says when something does not come up. */
export const clusterOf = (
  parts: FlowParts,
  kubeconfig: string,
  settings: ApplianceSettings,
  place: Place | undefined,
): Promise<Cluster> =>
  parts.openCluster({
    kubeconfig,
    accelerator: settings.accelerator,
    log: parts.log,
    ...(place && { place: () => observe(place) }),
  });

/**
 * A look at the machine before anything is changed. A finding that blocks ends the run, unless `tolerant`: on a machine that
 * runs already it is only told.
 */
export async function checkedFacts(
  parts: FlowParts,
  run: Run,
  settings: ApplianceSettings,
  tolerant = false,
): Promise<{ facts: PlanFacts; report: PreflightReport }> {
  run.step('Check the machine');
  const { facts, report } = await parts.preflight(run.place, {
    hostReport: parts.hostReport,
    settings,
    signal: run.signal,
  });
  for (const finding of report.findings)
    if (finding.status === 'warning' || finding.status === 'problem')
      run.log(finding.blocks ? 'error' : 'warning', `${finding.title}: ${finding.detail}`, 'Check the machine');
  const blocking = report.findings.filter((finding) => finding.blocks);
  if (blocking.length > 0 && !tolerant)
    throw new ProblemError({
      code: 'preflight-blocked',
      title: 'This machine is not ready for it',
      detail: blocking.map((finding) => finding.title).join('; '),
      fix: blocking.map((finding) => finding.fix ?? finding.detail).join(' '),
      output: blocking.map((finding) => `${finding.id}: ${finding.title}: ${finding.detail}`),
      kind: 'denied',
    });
  return { facts, report };
}

/** A name for a backup that the helper accepts, and that sorts by time. */
export const backupName = (reason: string, at: Date): string => {
  const stamp = at.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${reason.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')}-${stamp}`;
};

export const versionsInWords = ({ k3s, kubevirt, cdi }: ApplianceRecord['versions']): string =>
  [k3s && `k3s ${k3s}`, kubevirt && `KubeVirt ${kubevirt}`, cdi && `CDI ${cdi}`].filter(Boolean).join(', ');
