import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { UninstallPreview } from '../../contract/appliance.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { undoInWords } from '../../../provisioning/ledger.ts';
import { writeFileAtomic } from '../json-file.ts';
import { clusterOf } from './flows.ts';
import type { FlowParts } from './flows.ts';
import { readLedger } from './ledger.ts';
import { stopMachines } from './machines-off.ts';
import type { Place } from './place.ts';
import type { ApplianceRecord } from './record.ts';
import { elevationProblem } from './root-problems.ts';
import { removeAll } from './root-run.ts';
import type { Run } from './work.ts';

/** Milliseconds a cluster may take to list its machines before it counts as dead. */
const listPatience = 20_000;

/** Everything that would go: machines and disks as the cluster lists them, and the ledger in words. */
export async function uninstallPreview(
  parts: FlowParts,
  record: ApplianceRecord,
  place: Place | undefined,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<UninstallPreview> {
  const undo = place ? undoInWords(await readLedger(place)) : [];
  try {
    return { ...(await listed(parts, record, kubeconfig, signal)), undo };
  } catch (error) {
    if (signal.aborted) throw error;
    const { title, detail } = asProblem(error);
    return { machines: [], disks: [], undo, unknown: `${title}: ${detail}` };
  }
}

async function listed(
  parts: FlowParts,
  record: ApplianceRecord,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<Pick<UninstallPreview, 'machines' | 'disks'>> {
  // Half an install may never have come as far as a cluster: then there is nothing in it.
  if (!existsSync(kubeconfig)) return { machines: [], disks: [] };
  const cluster = await clusterOf(parts, kubeconfig, record.settings, undefined);
  try {
    return await cluster.listForUninstall(AbortSignal.any([signal, AbortSignal.timeout(listPatience)]));
  } finally {
    cluster.close();
  }
}

/**
 * Takes everything away again, by the ledger. Refused when there are more machines than the person saw. A dead cluster is
 * no hindrance: what was in it goes with its folders.
 */
export async function uninstall(
  parts: FlowParts,
  run: Run,
  input: { machines: number; keepDisks: boolean },
): Promise<void> {
  const record = parts.records.get(run.id);
  const kubeconfig = join(run.folder, 'kubeconfig');
  run.step('See what is there');
  const preview = record
    ? await uninstallPreview(parts, record, run.place, kubeconfig, run.signal)
    : { machines: [], disks: [], undo: [] };
  if (preview.machines.length > input.machines) throw moreMachines(preview, input.machines);
  await rightToChange(parts, run);
  run.step('Shut down and remove the virtual machines');
  if (preview.unknown !== undefined)
    run.log('warning', `The cluster does not answer, so nothing is taken down in it. ${preview.unknown}`);
  else if (!record || !existsSync(kubeconfig)) run.log('info', 'There is no cluster to empty.');
  else await emptyCluster(parts, run, record, { kubeconfig, keepDisks: input.keepDisks });
  run.signal.throwIfAborted();
  run.step('Undo every change on the machine');
  // Half a removal is of no use to anybody; the next one goes on all the same.
  run.task.update({ cancellable: false });
  let total = 0;
  const { differences } = await removeAll(
    run.place,
    {
      keepDisks: input.keepDisks,
      onCount: (steps) => (total = steps),
      onStep: (n, id) => run.task.update({ detail: id, ...(total > 0 && { progress: Math.min(1, n / total) }) }),
    },
    {
      helper: parts.helper,
      signal: run.signal,
      password: run.password,
      terminal: parts.terminal,
      reason: 'Uninstall the appliance',
      log: (level, text, step) => run.log(level, text, step),
    },
  );
  run.task.endStep(
    'Undo every change on the machine',
    'done',
    differences.length === 0
      ? 'The machine is as it was before.'
      : `${differences.length} things differ from before; the log lists them.`,
  );
  run.step('Forget it');
  if (record) await parts.targets.remove(record.targetId);
  await rm(kubeconfig, { force: true });
  await parts.records.forget(run.id);
}

/**
 * Machines are gone for good: whether we may become root at all is found out before. With pkexec it cannot be known without
 * a second dialog, and a terminal asks by itself.
 */
async function rightToChange(parts: FlowParts, run: Run): Promise<void> {
  const way = await run.place.elevation();
  if (way === 'pkexec' || (way === 'sudo-password' && run.password === undefined && parts.terminal)) return;
  const argv = ['true'];
  const outcome = await run.place.elevate(argv, {
    signal: run.signal,
    timeoutMs: 60_000,
    onLine: () => undefined,
    ...(run.password !== undefined && { password: run.password }),
  });
  if (outcome.outcome !== 'ran') throw elevationProblem(outcome, argv);
}

/** With `keepDisks` the machines are only shut down, and their objects written out beside the disks that stay. */
async function emptyCluster(
  parts: FlowParts,
  run: Run,
  record: ApplianceRecord,
  { kubeconfig, keepDisks }: { kubeconfig: string; keepDisks: boolean },
): Promise<void> {
  const { signal } = run;
  const cluster = await clusterOf(parts, kubeconfig, record.settings, run.place);
  try {
    if (keepDisks) {
      const path = join(run.folder, 'kept-machines.yaml');
      await writeFileAtomic(path, await cluster.exportObjects(signal));
      run.log('info', `The objects of the machines and disks are kept in ${path}.`);
      await stopMachines(kubeconfig, {
        signal,
        onProgress: (left) => run.task.update({ detail: left.length > 0 ? `Still on: ${left.join(', ')}` : undefined }),
      });
    } else
      await cluster.removeCluster({
        signal,
        onStep(title, detail) {
          run.task.update({ detail });
          run.log('info', detail ? `${title}: ${detail}` : title);
        },
      });
  } catch (error) {
    // Disks are only safe to keep once their machines are off; without them it may as well die under us: everything it
    // holds lies in folders that the ledger takes away.
    if (signal.aborted || keepDisks) throw error;
    const { title, detail } = asProblem(error);
    run.log('warning', `The cluster could not be emptied in order: ${title}: ${detail}`);
  } finally {
    cluster.close();
    run.task.update({ detail: undefined });
  }
}

const moreMachines = (preview: UninstallPreview, seen: number): ProblemError =>
  new ProblemError({
    code: 'more-machines',
    title: 'There are more virtual machines than you saw',
    detail: `You were shown ${seen}; there are ${preview.machines.length} now. Nothing was removed.`,
    fix: 'Look at the list again, export what you want to keep, and uninstall then.',
    output: preview.machines.map((machine) => `${machine.namespace}/${machine.name}`),
    kind: 'denied',
  });
