import { readFile } from 'node:fs/promises';
import { ProblemError } from '../../contract/problem.ts';
import type { ClusterStep, Plan } from '../../../provisioning/plan.ts';
import type { ApplianceSettings } from '../../../provisioning/settings.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { Fetched, Fetcher, FetchOptions } from './fetch/fetcher.ts';
import { createProgress, planParts } from './progress.ts';
import type { Progress } from './progress.ts';
import type { ApplianceRecord, Records } from './record.ts';
import { runRoot } from './root-run.ts';
import type { Helper, RootResult } from './root-run.ts';
import type { Run } from './work.ts';
import { monotonic } from '../../contract/monotonic.ts';

export interface PlanRunParts {
  fetcher: Fetcher;
  records: Records;
  helper: Helper;
  terminal: boolean;
  /** Opens the cluster once the root part is done; left out where a plan has no steps in it. */
  openCluster?: () => Promise<Cluster>;
  /** Told once the machine itself is as the plan wants it, before anything is done in the cluster. */
  onRootDone?: () => Promise<void>;
  /** Told the size in bytes of a backup that was made, also when a later step fails. */
  onBackup?: (bytes: number) => void;
}
const fetchTitle = 'Fetch the files';
const rootTitle = 'Become administrator';

/**
 * Runs a plan from the first byte to the last object: files, root, cluster, each with its steps in the task. Every part
 * finds out by itself what is done already, so running the same plan again goes on where it ended.
 */
export async function runPlan(
  run: Run,
  plan: Plan,
  settings: ApplianceSettings | undefined,
  parts: PlanRunParts,
): Promise<RootResult> {
  const have = await parts.fetcher.have(plan.downloads);
  const progress = createProgress(planParts(plan, have), (fraction, secondsLeft) =>
    run.task.update({ progress: fraction, secondsLeft }),
  );
  run.task.expect([
    ...(plan.downloads.length > 0 ? [fetchTitle] : []),
    ...(plan.root.length > 0 ? [rootTitle, ...plan.root.map((step) => step.title)] : []),
    ...plan.cluster.map((step) => step.title),
  ]);
  const fetched = await fetchFiles(run, plan, settings, parts, progress);
  progress.at('fetch', 1);
  run.signal.throwIfAborted();
  const result = await rootPart(run, plan, fetched, parts, progress);
  await parts.onRootDone?.();
  if (plan.cluster.length > 0) await clusterPart(run, plan.cluster, fetched, parts, progress);
  return result;
}

/** How files of an appliance are fetched, by its settings. */
export const fetchOptions = (
  settings: ApplianceSettings | undefined,
): Pick<FetchOptions, 'mirror' | 'bundle' | 'proxy' | 'ca'> =>
  settings === undefined
    ? {}
    : { mirror: settings.mirror, bundle: settings.bundle, proxy: settings.proxy, ca: settings.ca };

async function fetchFiles(
  run: Run,
  plan: Plan,
  settings: ApplianceSettings | undefined,
  { fetcher, records }: PlanRunParts,
  progress: Progress,
): Promise<Map<string, Fetched>> {
  if (plan.downloads.length === 0) return new Map();
  run.step(fetchTitle);
  const fetched = await fetcher.fetch(plan.downloads, {
    ...fetchOptions(settings),
    signal: run.signal,
    onProgress(done, total, current) {
      progress.at('fetch', total > 0 ? done / total : 1);
      run.task.update({ detail: `${mebibytes(done)} of ${mebibytes(total)} MiB, ${current}` });
    },
    onNote: (text) => run.log('info', text, fetchTitle),
  });
  run.task.update({ detail: undefined });
  const record = records.get(run.id);
  if (record) await records.change(run.id, { digests: withDigests(record, fetched) });
  return fetched;
}

async function rootPart(
  run: Run,
  plan: Plan,
  fetched: ReadonlyMap<string, Fetched>,
  { records, helper, terminal, onBackup }: PlanRunParts,
  progress: Progress,
): Promise<RootResult> {
  if (plan.root.length === 0) return { values: {}, skipped: 0 };
  run.step(rootTitle);
  const times = new Map<string, number>();
  const steps: ApplianceRecord['steps'] = [];
  try {
    return await runRoot(
      run.place,
      { purpose: plan.purpose, steps: plan.root, fetched },
      {
        helper,
        signal: run.signal,
        password: run.password,
        terminal,
        reason: plan.words.summary,
        log: (level, text, step) => run.log(level, text, step),
        onStaging: (bytes, total) => progress.at('stage', total > 0 ? bytes / total : 1),
        onStep(step, event) {
          if (event.state === 'running') {
            // Told again and again while it waits.
            if (!times.has(step.id)) times.set(step.id, monotonic());
            run.task.step(step.title, event.detail);
            progress.at(`root:${step.id}`, 0);
            return;
          }
          run.task.endStep(step.title, event.state, event.detail);
          if (step.action.kind === 'backup' && event.state === 'done') onBackup?.(Number(event.value ?? 0));
          progress.at(`root:${step.id}`, 1);
          const since = times.get(step.id);
          steps.push({
            id: step.id,
            title: step.title,
            state: event.state,
            at: new Date().toISOString(),
            ...(since !== undefined && { seconds: (monotonic() - since) / 1000 }),
          });
        },
      },
    );
  } finally {
    if (steps.length > 0) await records.change(run.id, { steps });
  }
}

async function clusterPart(
  run: Run,
  steps: readonly ClusterStep[],
  fetched: ReadonlyMap<string, Fetched>,
  { openCluster, records }: PlanRunParts,
  progress: Progress,
): Promise<void> {
  if (!openCluster) throw new Error('a plan with steps in the cluster was run without one');
  const cluster = await openCluster();
  try {
    for (const step of steps) {
      run.signal.throwIfAborted();
      run.step(step.title);
      progress.at(`cluster:${step.id}`, 0);
      await clusterStep(run, cluster, step, fetched, records);
      run.task.endStep(step.title, 'done');
      progress.at(`cluster:${step.id}`, 1);
    }
  } finally {
    cluster.close();
  }
}

async function clusterStep(
  run: Run,
  cluster: Cluster,
  { action, title }: ClusterStep,
  fetched: ReadonlyMap<string, Fetched>,
  records: Records,
): Promise<void> {
  const { signal } = run;
  const onObject = (ref: string, n: number, total: number): void =>
    run.task.update({ detail: `${ref} (${n} of ${total})` });
  if (action.kind === 'apply') await cluster.apply(action.objects, { signal, onObject });
  else if (action.kind === 'apply-download') {
    const file = fetched.get(action.name);
    if (!file)
      throw new ProblemError({
        code: 'download-missing',
        title: 'A file of the plan is missing',
        detail: `${action.name} is needed for “${title}”.`,
        fix: 'Start again: it is fetched then.',
      });
    await cluster.applyManifestText(await readFile(file.path, 'utf8'), { signal, onObject });
  } else {
    let told = '';
    await cluster.climb([action.rung], {
      signal,
      onRung(rung) {
        run.task.update({ detail: rung.detail });
        // A rung is tried again and again: only what is new is worth a line.
        const line = `${rung.title}: ${rung.detail}${rung.cause ? ` (${rung.cause})` : ''}`;
        if (line !== told) run.log(rung.state === 'fail' ? 'error' : 'info', line, title);
        told = line;
        const ladder = (records.get(run.id)?.ladder ?? []).filter(({ id }) => id !== rung.id);
        if (rung.state === 'pass' || rung.state === 'fail')
          records.change(run.id, { ladder: [...ladder, rung] }).catch((error: unknown) => {
            run.log('warning', `The record could not be written: ${String(error)}`);
          });
      },
    });
  }
  run.task.update({ detail: undefined });
}

function withDigests(record: ApplianceRecord, fetched: ReadonlyMap<string, Fetched>): ApplianceRecord['digests'] {
  const digests = { ...record.digests };
  for (const { name, sha256, pinned } of fetched.values())
    if (digests[name]?.sha256 !== sha256) digests[name] = { sha256, pinned, at: new Date().toISOString() };
  return digests;
}

const mebibytes = (bytes: number): string => String(Math.round(bytes / 1024 / 1024));
