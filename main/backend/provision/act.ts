import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplianceAction, ApplianceSettings } from '../../contract/appliance.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { backupPlan, dropBackupPlan, restorePlan } from '../../../provisioning/plans/backup.ts';
import {
  refreshNetworkPlan,
  renewCertificatesPlan,
  restartPlan,
  startPlan,
  stopPlan,
} from '../../../provisioning/plans/run.ts';
import type { PlanFacts } from '../../../provisioning/facts.ts';
import type { Plan, RungId } from '../../../provisioning/plan.ts';
import { backupName, checkedFacts, clusterOf, planRunParts, versionsInWords } from './flows.ts';
import type { FlowParts } from './flows.ts';
import { takeKubeconfig } from './handover.ts';
import { observe } from './observe.ts';
import { startMachines, stopMachines } from './machines-off.ts';
import { runPlan } from './plan-run.ts';
import type { PlanRunParts } from './plan-run.ts';
import type { ApplianceRecord } from './record.ts';
import type { Run } from './work.ts';

/** What must hold again after k3s was started. */
export const upAgain: readonly RungId[] = [
  'unit',
  'port',
  'ca',
  'readyz',
  'node',
  'core',
  'storage',
  'kubevirt',
  'cdi',
];

export async function act(parts: FlowParts, run: Run, action: ApplianceAction): Promise<void> {
  const record = parts.records.need(run.id);
  switch (action) {
    case 'start':
      await keep(parts, run, startPlan(await userAt(run)));
      await parts.records.change(run.id, { stopped: false });
      return restoreMachines(parts, run);
    case 'stop':
      await restMachines(parts, run);
      await keep(parts, run, stopPlan());
      return parts.records.change(run.id, { stopped: true });
    case 'restart':
      return keep(parts, run, restartPlan(await userAt(run)));
    case 'renew-certificates':
      return keep(parts, run, renewCertificatesPlan(await userAt(run)));
    case 'refresh-network': {
      await refreshNetwork(parts, run);
      return;
    }
    case 'backup':
      await makeBackup(parts, run, 'by-hand', 'By hand');
      return waitUntilUp(parts, run, record);
  }
}

/**
 * Writes what of the network k3s was told anew, and restarts it; one that was stopped by its owner stays so. Resolves with the
 * address that the node has now.
 */
export async function refreshNetwork(parts: FlowParts, run: Run): Promise<string | undefined> {
  const record = parts.records.need(run.id);
  const { facts } = await checkedFacts(parts, run, record.settings, true);
  const settings = withAddress(record.settings, facts);
  if (settings.address !== record.settings.address)
    run.log('warning', `The node goes from ${record.settings.address ?? ''} to ${settings.address ?? ''}.`);
  const plan = refreshNetworkPlan(settings, facts);
  const rests = record.stopped && (await observe(run.place, run.signal))?.unit?.active === 'inactive';
  await keep(parts, run, rests ? onlyFiles(plan) : plan, {
    // Not before the machine has it: a run that was cut off is to be seen as one that is still to be done.
    onRootDone: () => parts.records.change(run.id, { settings }),
  });
  return settings.address;
}

const onlyFiles = (plan: Plan): Plan => ({
  ...plan,
  root: plan.root.filter(({ action }) => action.kind === 'file'),
  cluster: [],
});

/**
 * Runs a plan on an appliance that is there. Whatever hands the kubeconfig over may have renewed what is in it, so our copy
 * and the target follow.
 */
export async function keep(parts: FlowParts, run: Run, plan: Plan, more: Partial<PlanRunParts> = {}): Promise<void> {
  const { settings } = parts.records.need(run.id);
  const handed = plan.root.find(({ action }) => action.kind === 'handover')?.action;
  await runPlan(run, plan, settings, {
    ...planRunParts(parts),
    async openCluster() {
      if (handed?.kind === 'handover') await handOver(parts, run, handed);
      return clusterOf(parts, join(run.folder, 'kubeconfig'), settings, run.place);
    },
    ...more,
  });
}

/** Takes the kubeconfig over and tells the target of it. */
async function handOver(parts: FlowParts, run: Run, { uid }: { uid: number }): Promise<void> {
  const { targetId, name, placeTitle } = parts.records.need(run.id);
  const kubeconfig = await takeKubeconfig(run.place, { uid, name: targetId, folder: run.folder });
  await parts.targets.put({ id: targetId, name, kind: 'appliance', place: placeTitle, kubeconfig });
}

/**
 * A node on the LAN whose address is gone takes the one that the machine has now: that of the default route. One server with
 * SQLite may (k3s reads node-ip at its start); etcd knows its members by their addresses.
 */
export function withAddress(settings: ApplianceSettings, facts: PlanFacts): ApplianceSettings {
  if (settings.mode !== 'lan' || facts.addresses.some(({ address }) => address === settings.address)) return settings;
  const now = facts.addresses.find((each) => each.interface === facts.defaultRoute?.interface);
  const gone = `${settings.address ?? 'The address of the node'} is on no interface of this machine`;
  if (!now || settings.etcd)
    throw new ProblemError({
      code: 'node-address-gone',
      title: 'The address of the node is gone',
      detail: now ? `${gone}, and etcd knows it by no other.` : `${gone}, and it has no other that leads out.`,
      fix: 'Give the machine its old address back (a reservation at the router), then start k3s.',
      kind: 'denied',
    });
  return { ...settings, address: now.address };
}

/** Number of the user there who gets the kubeconfig. */
async function userAt({ place }: Run): Promise<number> {
  const { stdout, code } = await place.run(['id', '-u']);
  const uid = Number(stdout.trim());
  if (code === 0 && Number.isSafeInteger(uid) && uid >= 0 && stdout.trim() !== '') return uid;
  throw new Error(`id -u on ${place.title} said ${JSON.stringify(stdout.slice(0, 100))}`);
}

/** Copies the datastore, the token and the configuration; resolves with the backup's name. */
export async function makeBackup(parts: FlowParts, run: Run, reason: string, words: string): Promise<string> {
  const at = new Date();
  const name = backupName(reason, at);
  const { values } = await runPlan(run, backupPlan(name), undefined, planRunParts(parts));
  await noteBackup(parts, run, name, at, words, Number(Object.values(values)[0] ?? 0));
  return name;
}

/** Size in bytes; 0 where it is not known. */
export async function noteBackup(
  parts: FlowParts,
  run: Run,
  name: string,
  at: Date,
  reason: string,
  size = 0,
): Promise<void> {
  const { backups, versions } = parts.records.need(run.id);
  const entry = {
    name,
    at: at.toISOString(),
    size: Number.isSafeInteger(size) ? size : 0,
    versions: versionsInWords(versions),
    reason,
  };
  await parts.records.change(run.id, { backups: [entry, ...backups.filter((each) => each.name !== name)] });
}

/** Puts a backup in the place of what is there, which is backed up first. */
export async function restore(parts: FlowParts, run: Run, backup: string): Promise<void> {
  run.log('info', 'What is there now is backed up first.');
  await makeBackup(parts, run, 'before-restore', `Before the restore of ${backup}`);
  await keep(parts, run, restorePlan(backup, await userAt(run)));
}

export async function dropBackup(parts: FlowParts, run: Run, backup: string): Promise<void> {
  await keep(parts, run, dropBackupPlan(backup));
  const { backups } = parts.records.need(run.id);
  await parts.records.change(run.id, { backups: backups.filter(({ name }) => name !== backup) });
}

/** Climbs the ladder of a k3s that was started; what does not come up is the Problem of its rung. */
export async function waitUntilUp(
  parts: FlowParts,
  run: Run,
  record: Pick<ApplianceRecord, 'settings'>,
  rungs: readonly RungId[] = upAgain,
): Promise<void> {
  run.step('Wait until it is ready');
  const cluster = await clusterOf(parts, join(run.folder, 'kubeconfig'), record.settings, run.place);
  try {
    await cluster.climb(rungs, {
      signal: run.signal,
      onRung(rung) {
        run.task.update({ detail: `${rung.title}: ${rung.detail}` });
        if (rung.state === 'pass' || rung.state === 'fail')
          run.log(rung.state === 'fail' ? 'error' : 'info', `${rung.title}: ${rung.detail}`);
      },
    });
  } finally {
    cluster.close();
    run.task.update({ detail: undefined });
  }
  await parts.records.change(run.id, { stopped: false });
}

/** Virtual machines are shut down like their owner would before k3s is stopped; a cluster that is down has none running well. */
async function restMachines(parts: FlowParts, run: Run): Promise<void> {
  const kubeconfig = join(run.folder, 'kubeconfig');
  if (!existsSync(kubeconfig)) return;
  run.step('Shut down the virtual machines');
  try {
    const stopped = await stopMachines(kubeconfig, {
      signal: run.signal,
      onProgress: (left) => run.task.update({ detail: left.length > 0 ? `Still on: ${left.join(', ')}` : undefined }),
    });
    const { stoppedMachines } = parts.records.need(run.id);
    const known = new Set(stopped.map(({ namespace, name }) => `${namespace}/${name}`));
    await parts.records.change(run.id, {
      stoppedMachines: [...stopped, ...stoppedMachines.filter((each) => !known.has(`${each.namespace}/${each.name}`))],
    });
  } catch (error) {
    const { code, title, detail } = asProblem(error);
    if (run.signal.aborted || code === 'machines-still-on') throw error;
    run.log('warning', `The virtual machines could not be asked to shut down: ${title}: ${detail}`);
  }
}

async function restoreMachines(parts: FlowParts, run: Run): Promise<void> {
  const { stoppedMachines } = parts.records.need(run.id);
  if (stoppedMachines.length === 0) return;
  run.step('Start the virtual machines that were on');
  await startMachines(join(run.folder, 'kubeconfig'), stoppedMachines, run.signal);
  await parts.records.change(run.id, { stoppedMachines: [] });
}
