import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplianceAction } from '../../contract/appliance.ts';
import { asProblem } from '../../contract/problem.ts';
import { backupPlan, dropBackupPlan, restorePlan } from '../../../provisioning/plans/backup.ts';
import {
  refreshNetworkPlan,
  renewCertificatesPlan,
  restartPlan,
  startPlan,
  stopPlan,
} from '../../../provisioning/plans/run.ts';
import type { Plan, RungId } from '../../../provisioning/plan.ts';
import { backupName, checkedFacts, clusterOf, planRunParts, versionsInWords } from './flows.ts';
import type { FlowParts } from './flows.ts';
import { takeKubeconfig } from './handover.ts';
import { startMachines, stopMachines } from './machines-off.ts';
import { runPlan } from './plan-run.ts';
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
      await rootOnly(parts, run, startPlan());
      await waitUntilUp(parts, run, record);
      return restoreMachines(parts, run);
    case 'stop':
      await restMachines(parts, run);
      await rootOnly(parts, run, stopPlan());
      return parts.records.change(run.id, { stopped: true });
    case 'restart':
      await rootOnly(parts, run, restartPlan());
      return waitUntilUp(parts, run, record);
    case 'renew-certificates':
      await rootOnly(parts, run, renewCertificatesPlan());
      await handedOverAgain(parts, run);
      return waitUntilUp(parts, run, record);
    case 'refresh-network': {
      const { facts } = await checkedFacts(parts, run, record.settings);
      await rootOnly(parts, run, refreshNetworkPlan(record.settings, facts));
      return waitUntilUp(parts, run, record);
    }
    case 'backup':
      await makeBackup(parts, run, 'by-hand', 'By hand');
      return waitUntilUp(parts, run, record);
  }
}

const rootOnly = async (parts: FlowParts, run: Run, plan: Plan): Promise<void> => {
  await runPlan(run, plan, parts.records.get(run.id)?.settings, planRunParts(parts));
};

/** Copies the datastore, the token and the configuration; resolves with the backup's name. */
export async function makeBackup(parts: FlowParts, run: Run, reason: string, words: string): Promise<string> {
  const at = new Date();
  const name = backupName(reason, at);
  const { values } = await runPlan(run, backupPlan(name), undefined, planRunParts(parts));
  const record = parts.records.need(run.id);
  const size = Number(Object.values(values)[0] ?? 0);
  await parts.records.change(run.id, {
    backups: [
      { name, at: at.toISOString(), size: Number.isSafeInteger(size) ? size : 0, versions: versionsInWords(record.versions), reason: words },
      ...record.backups,
    ],
  }); // prettier-ignore
  return name;
}

/** Puts a backup in the place of what is there, which is backed up first. */
export async function restore(parts: FlowParts, run: Run, backup: string): Promise<void> {
  const record = parts.records.need(run.id);
  const name = `before-restore`;
  run.log('info', 'What is there now is backed up first.');
  await makeBackup(parts, run, name, `Before the restore of ${backup}`);
  await rootOnly(parts, run, restorePlan(backup));
  await handedOverAgain(parts, run);
  await waitUntilUp(parts, run, record);
}

export async function dropBackup(parts: FlowParts, run: Run, backup: string): Promise<void> {
  await rootOnly(parts, run, dropBackupPlan(backup));
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

/** The kubeconfig may hold new certificates now. Plans that renew them hand it over; an unchanged one is the same again. */
async function handedOverAgain(parts: FlowParts, run: Run): Promise<void> {
  const id = await run.place.run(['id', '-u']);
  const { targetId, name, placeTitle } = parts.records.need(run.id);
  const uid = Number(id.stdout.trim());
  const kubeconfig = await takeKubeconfig(run.place, { uid, name: targetId, folder: run.folder });
  await parts.targets.put({ id: targetId, name, kind: 'appliance', place: placeTitle, kubeconfig });
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
