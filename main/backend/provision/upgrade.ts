import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { operatorDownload } from '../../../provisioning/downloads.ts';
import type { Download } from '../../../provisioning/plan.ts';
import { rollBackPlan, upgradePlan } from '../../../provisioning/plans/upgrade.ts';
import type { UpgradeChoice } from '../../../provisioning/plans/upgrade.ts';
import { partName, upgradesFrom } from '../../../provisioning/versions.ts';
import type { Versions } from '../../../provisioning/versions.ts';
import { keep, noteBackup } from './act.ts';
import { backupName, checkedFacts, clusterOf } from './flows.ts';
import type { FlowParts } from './flows.ts';
import { fetchOptions } from './plan-run.ts';
import type { ApplianceRecord } from './record.ts';
import type { Run } from './work.ts';

export type UpgradePart = 'k3s' | 'kubevirt' | 'cdi';

/** `backedUp`: the backup that goes before everything else is whole. */
interface Running {
  backedUp: boolean;
  onBackup: (bytes: number) => void;
}

/**
 * One allowed step of one part, with a backup first. A k3s that does not become ready is rolled back: the old program, its
 * images, and that backup. KubeVirt and CDI are changed by their operators; the old manifest is applied again when they fail.
 */
export async function upgrade(parts: FlowParts, run: Run, input: { part: UpgradePart; to: string }): Promise<void> {
  const record = parts.records.need(run.id);
  const { part, to } = input;
  const versions = { ...record.settings.versions, ...withoutUndefined(record.versions) };
  const from = versions[part];
  if (!upgradesFrom(versions).some((each) => each.part === part && each.to === to)) throw notAStep(part, from, to);
  const settings = { ...record.settings, versions };
  const { facts } = await checkedFacts(parts, run, settings, true);
  const at = new Date();
  const choice = { part, from, to, settings, facts, backup: backupName(`before-${part}-${to}`, at) };
  let size: number | undefined;
  const running: Running = { backedUp: false, onBackup: (bytes) => ((size = bytes), (running.backedUp = true)) };
  try {
    await (part === 'k3s'
      ? upgradeK3s(parts, run, choice, running)
      : upgradeOperator(parts, run, part, choice, running));
  } finally {
    if (size !== undefined) await noteBackup(parts, run, choice.backup, at, `Before ${part} ${to}`, size);
  }
  await parts.records.change(run.id, {
    versions: { ...record.versions, [part]: to },
    settings: { ...record.settings, versions: { ...versions, [part]: to } },
  });
}

async function upgradeK3s(parts: FlowParts, run: Run, choice: UpgradeChoice, running: Running): Promise<void> {
  try {
    await keep(parts, run, upgradePlan(choice), { onBackup: running.onBackup });
  } catch (error) {
    const problem = asProblem(error);
    // The backup comes first: without it nothing was changed yet, and there is nothing to go back to. Or the person stopped
    // it: the next run goes on.
    if (!running.backedUp || run.signal.aborted || problem.kind !== 'failed') throw error;
    run.log('error', `${problem.title}: ${problem.detail}`);
    run.log('warning', `k3s ${choice.from} is put back, with the backup ${choice.backup}.`);
    await rollBack(parts, run, choice, error);
    throw new ProblemError(
      {
        ...problem,
        code: 'upgrade-rolled-back',
        title: `k3s ${choice.to} did not become ready; ${choice.from} is back`,
        detail: `${problem.title}: ${problem.detail}`,
      },
      { cause: error },
    );
  }
}

async function rollBack(parts: FlowParts, run: Run, choice: UpgradeChoice, first: unknown): Promise<void> {
  run.step(`Put k3s ${choice.from} back`);
  try {
    await keep(parts, run, rollBackPlan(choice));
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

/** The plan's root part makes the backup and places the images; the cluster part watches the operator at work. */
async function upgradeOperator(
  parts: FlowParts,
  run: Run,
  part: 'kubevirt' | 'cdi',
  choice: UpgradeChoice,
  { onBackup }: Running,
): Promise<void> {
  const { settings, from, to } = choice;
  const plan = upgradePlan(choice);
  await keep(parts, run, { ...plan, cluster: [] }, { onBackup });
  const manifest = operatorDownload(part, to);
  const previous = operatorDownload(part, from);
  const fetched = await parts.fetcher.fetch([manifest, { ...previous, optional: true }], {
    ...fetchOptions(settings),
    signal: run.signal,
    onNote: (text) => run.log('info', text),
  });
  const text = async ({ name }: Download): Promise<string | undefined> => {
    const path = fetched.get(name)?.path;
    return path === undefined ? undefined : readFile(path, 'utf8');
  };
  const before = await text(previous);
  if (before === undefined) run.log('warning', `The manifest of ${from} is not here: a failure cannot be rolled back.`);
  run.step(`Upgrade ${partName(part)} to ${to}`);
  const cluster = await clusterOf(parts, join(run.folder, 'kubeconfig'), settings, run.place);
  try {
    const how = {
      to,
      manifest: (await text(manifest)) ?? '',
      ...(before !== undefined && { previous: before }),
      signal: run.signal,
      onState(detail: string) {
        run.task.update({ detail });
        run.log('info', detail, partName(part));
      },
    };
    await (part === 'kubevirt' ? cluster.upgradeKubevirt(how) : cluster.upgradeCdi(how));
  } finally {
    cluster.close();
    run.task.update({ detail: undefined });
  }
}

const withoutUndefined = (versions: ApplianceRecord['versions']): Partial<Versions> =>
  Object.fromEntries(Object.entries(versions).filter(([, version]) => version !== undefined));

const notAStep = (part: UpgradePart, from: string | undefined, to: string): ProblemError =>
  new ProblemError({
    code: 'upgrade-not-allowed',
    title: 'Not a step that can be taken',
    detail: `${part} ${from ?? '(unknown)'} to ${to} is none of the upgrades offered for what is installed.`,
    fix: 'Choose one of those the appliance’s page lists: minor versions go one at a time, and the parts must fit together.',
    kind: 'denied',
  });
