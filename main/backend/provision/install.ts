import { join } from 'node:path';
import type { ApplianceSettings, Place as PlaceChoice } from '../../contract/appliance.ts';
import { ProblemError } from '../../contract/problem.ts';
import { checkSettings } from '../../../provisioning/check-settings.ts';
import type { PlanFacts } from '../../../provisioning/facts.ts';
import { k3sBegun } from '../../../provisioning/ledger.ts';
import { installPlan } from '../../../provisioning/plans/install.ts';
import { checkedFacts, clusterOf, planRunParts } from './flows.ts';
import type { FlowParts } from './flows.ts';
import { takeKubeconfig } from './handover.ts';
import { readLedger } from './ledger.ts';
import { runPlan } from './plan-run.ts';
import { planDigest } from './plan-view.ts';
import { withoutSecrets } from './record.ts';
import type { ApplianceRecord } from './record.ts';
import type { Run } from './work.ts';

/** What k3s cannot change once it has run (its server configuration reference: these must never differ). */
const fixed = ['nodeName', 'clusterCidr', 'serviceCidr', 'etcd', 'storage', 'volumes'] as const;

/**
 * Installs, or goes on where an install ended: every part of it finds out by itself what is done. Killed anywhere, the
 * record says `half`, and the same call finishes it.
 */
export async function install(
  parts: FlowParts,
  run: Run,
  input: { place: PlaceChoice; settings: ApplianceSettings; shown?: string | undefined },
): Promise<void> {
  const { settings } = input;
  const before = parts.records.get(run.id);
  // The machine itself knows whether k3s was started: what is here may be of an appliance that is gone, or not be here yet.
  const begun = k3sBegun(await readLedger(run.place));
  if (begun && before) refuseChanges(before, settings);
  else if (begun)
    run.log(
      'warning',
      `k3s was started on ${run.place.title} before, with settings that this Hearth has no record of. If it does not come up, they were others: uninstall it, then install anew.`,
    );
  const { facts } = await checkedFacts(parts, run, settings);
  refuseFields(checkSettings(settings, facts));
  const plan = installPlan(settings, facts);
  // A run that goes on finds a machine that the first one changed: that is no other plan.
  if (!before && input.shown !== undefined && input.shown !== planDigest(plan)) throw planChanged(run.place.title);
  await parts.records.put({
    ...(before ?? newRecord(run, input.place)),
    place: withoutSecrets(input.place),
    placeTitle: run.place.title,
    settings,
    state: before?.state === 'whole' ? 'whole' : 'half',
    taskId: run.task.id,
  });
  const kubeconfig = join(run.folder, 'kubeconfig');
  await runPlan(run, plan, settings, {
    ...planRunParts(parts),
    async openCluster() {
      await handOver(parts, run, facts);
      return clusterOf(parts, kubeconfig, settings, run.place);
    },
  });
  run.step('Make it a target');
  const record = parts.records.need(run.id);
  await parts.targets.put({
    id: record.targetId,
    name: record.name,
    kind: 'appliance',
    place: record.placeTitle,
    kubeconfig,
  });
  await parts.records.change(run.id, { state: 'whole', versions: settings.versions, stopped: false });
}

const planChanged = (place: string): ProblemError =>
  new ProblemError({
    code: 'plan-changed',
    title: 'The plan is another one by now',
    detail: `Something on ${place} changed since the plan was shown (its addresses, name servers, firewall or modules).`,
    fix: 'Look at the plan again, then install.',
    kind: 'denied',
  });

/** Takes the kubeconfig over; also after anything that renews certificates. */
export async function handOver(parts: FlowParts, run: Run, { uid }: Pick<PlanFacts, 'uid'>): Promise<string> {
  run.log('info', 'The kubeconfig is taken over.');
  const name = parts.records.get(run.id)?.targetId ?? run.id;
  return takeKubeconfig(run.place, { uid, name, folder: run.folder });
}

export function refuseFields(fields: Record<string, string>): void {
  const [first] = Object.entries(fields);
  if (!first) return;
  throw new ProblemError({
    code: 'settings-refused',
    title: 'These settings do not fit this machine',
    detail: `${first[0]}: ${first[1]}`,
    fields,
    kind: 'denied',
  });
}

/** Settings that a k3s which has been started cannot be started with any more are refused before anything is changed. */
function refuseChanges(before: ApplianceRecord, settings: ApplianceSettings): void {
  const fields: Record<string, string> = {};
  for (const field of fixed)
    if (before.settings[field] !== settings[field])
      fields[field] = `It was started with ${String(before.settings[field])}, and this cannot be changed any more.`;
  if (before.state === 'whole' && before.versions.k3s !== undefined && before.versions.k3s !== settings.versions.k3s)
    fields['versions.k3s'] = `${before.versions.k3s} is installed: use the upgrade, which makes a backup first.`;
  if (Object.keys(fields).length === 0) return;
  throw new ProblemError({
    code: 'settings-fixed',
    title: 'There is an appliance with other settings',
    detail: Object.entries(fields)
      .map(([field, message]) => `${field}: ${message}`)
      .join(' '),
    fix: 'Go on with the settings it has, or uninstall it first.',
    fields,
    kind: 'denied',
  });
}

function newRecord(run: Run, place: PlaceChoice): Omit<ApplianceRecord, 'place' | 'placeTitle' | 'settings' | 'state'> {
  const now = new Date().toISOString();
  return {
    version: 1,
    id: run.id,
    name: place.type === 'local' ? 'This computer' : place.host,
    versions: {},
    digests: {},
    steps: [],
    ladder: [],
    backups: [],
    stoppedMachines: [],
    stopped: false,
    targetId: run.id,
    createdAt: now,
    updatedAt: now,
  };
}
