import { readFile } from 'node:fs/promises';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Download } from '../../../provisioning/plan.ts';
import { rollBackPlan, upgradePlan } from '../../../provisioning/plans/upgrade.ts';
import { upgradesFrom } from '../../../provisioning/versions.ts';
import { waitUntilUp } from './act.ts';
import { backupName, checkedFacts, clusterOf, planRunParts, versionsInWords } from './flows.ts';
import type { FlowParts } from './flows.ts';
import { fetchOptions, runPlan } from './plan-run.ts';
import type { ApplianceRecord } from './record.ts';
import type { Run } from './work.ts';
import { join } from 'node:path';

export type UpgradePart = 'k3s' | 'kubevirt' | 'cdi';

/**
 * One step of one part. k3s: a backup is part of the plan, and a k3s that does not become ready is rolled back to the old
 * program with that backup. KubeVirt and CDI: their operators do it; the old manifest is applied again when they fail.
 */
export async function upgrade(parts: FlowParts, run: Run, input: { part: UpgradePart; to: string }): Promise<void> {
  const record = parts.records.need(run.id);
  const { part, to } = input;
  const from = record.versions[part];
  if (!from || !upgradesFrom(record.versions).some((each) => each.part === part && each.to === to))
    throw notAStep(part, from, to);
  await (part === 'k3s'
    ? upgradeK3s(parts, run, record, from, to)
    : upgradeOperator(parts, run, record, part, from, to));
  const versions = { ...record.versions, [part]: to };
  await parts.records.change(run.id, {
    versions,
    settings: { ...record.settings, versions: { ...record.settings.versions, [part]: to } },
  });
}

async function upgradeK3s(
  parts: FlowParts,
  run: Run,
  record: ApplianceRecord,
  from: string,
  to: string,
): Promise<void> {
  const { settings } = record;
  const { facts } = await checkedFacts(parts, run, settings);
  const at = new Date();
  const backup = backupName(`before-k3s-${to}`, at);
  const choice = { part: 'k3s' as const, from, to, settings, facts, backup };
  const kubeconfig = join(run.folder, 'kubeconfig');
  const running = {
    ...planRunParts(parts),
    openCluster: () => clusterOf(parts, kubeconfig, settings, run.place),
  };
  let touched = false;
  try {
    const plan = upgradePlan(choice);
    await runPlan(run, plan, settings, { ...running, onRoot: () => (touched = true) });
    await waitUntilUp(parts, run, record);
  } catch (error) {
    const problem = asProblem(error);
    // Nothing was done as root, or the person stopped it: the next run goes on.
    if (!touched || problem.kind !== 'failed') throw error;
    run.log('error', `${problem.title}: ${problem.detail}`);
    run.log('warning', `k3s ${from} is put back, with the backup ${backup}.`);
    await rollBack(parts, run, record, choice, error);
    throw new ProblemError(
      {
        ...problem,
        code: 'upgrade-rolled-back',
        title: `k3s ${to} did not become ready; ${from} is back`,
        detail: `${problem.title}: ${problem.detail}`,
      },
      { cause: error },
    );
  } finally {
    if (touched)
      await parts.records.change(run.id, {
        backups: [
          { name: backup, at: at.toISOString(), size: 0, versions: versionsInWords(record.versions), reason: `Before k3s ${to}` },
          ...record.backups,
        ],
      }); // prettier-ignore
  }
}

async function rollBack(
  parts: FlowParts,
  run: Run,
  record: ApplianceRecord,
  choice: Parameters<typeof rollBackPlan>[0],
  first: unknown,
): Promise<void> {
  run.step(`Put k3s ${choice.from} back`);
  try {
    await runPlan(run, rollBackPlan(choice), record.settings, {
      ...planRunParts(parts),
      openCluster: () => clusterOf(parts, join(run.folder, 'kubeconfig'), record.settings, run.place),
    });
    await waitUntilUp(parts, run, record);
  } catch (error) {
    if (run.signal.aborted) throw error;
    const [why, back] = [asProblem(first), asProblem(error)];
    throw new ProblemError(
      {
        ...back,
        code: 'roll-back-failed',
        title: `k3s ${choice.to} did not become ready, and ${choice.from} could not be put back`,
        detail: `First: ${why.title}: ${why.detail} Then: ${back.title}: ${back.detail}`,
        fix: `The backup ${choice.backup} is whole. See the log, cure what it names, and restore it.`,
      },
      { cause: error },
    );
  }
}

async function upgradeOperator(
  parts: FlowParts,
  run: Run,
  record: ApplianceRecord,
  part: 'kubevirt' | 'cdi',
  from: string,
  to: string,
): Promise<void> {
  const { settings } = record;
  const { facts } = await checkedFacts(parts, run, settings);
  const choice = { part, settings, facts, backup: '' };
  const manifest = manifestOf(upgradePlan({ ...choice, from, to }).downloads, part);
  const previous = manifestOf(rollBackPlan({ ...choice, from, to }).downloads, part);
  run.step('Fetch the files');
  const fetched = await parts.fetcher.fetch([manifest, previous], {
    ...fetchOptions(settings),
    signal: run.signal,
    onProgress: (done, total) => run.task.update({ progress: (total > 0 ? done / total : 1) * 0.1 }),
    onNote: (text) => run.log('info', text),
  });
  const text = async ({ name }: Download): Promise<string> => readFile(fetched.get(name)?.path ?? '', 'utf8');
  const title = part === 'kubevirt' ? 'KubeVirt' : 'CDI';
  run.step(`Upgrade ${title} to ${to}`);
  const cluster = await clusterOf(parts, join(run.folder, 'kubeconfig'), settings, run.place);
  try {
    const how = {
      to,
      manifest: await text(manifest),
      previous: await text(previous),
      signal: run.signal,
      onState(detail: string) {
        run.task.update({ detail });
        run.log('info', detail, title);
      },
    };
    await (part === 'kubevirt' ? cluster.upgradeKubevirt(how) : cluster.upgradeCdi(how));
  } finally {
    cluster.close();
    run.task.update({ detail: undefined });
  }
}

function manifestOf(downloads: readonly Download[], part: 'kubevirt' | 'cdi'): Download {
  const found = downloads.find(({ name }) => name.startsWith(`${part}-operator`));
  if (!found) throw new Error(`the plan has no manifest of ${part}`);
  return found;
}

const notAStep = (part: UpgradePart, from: string | undefined, to: string): ProblemError =>
  new ProblemError({
    code: 'upgrade-not-allowed',
    title: 'Not a step that can be taken',
    detail: `${part} ${from ?? '(unknown)'} to ${to} is none of the upgrades offered for what is installed.`,
    fix: 'Choose one of those the appliance’s page lists: minor versions go one at a time, and the parts must fit together.',
    kind: 'denied',
  });
