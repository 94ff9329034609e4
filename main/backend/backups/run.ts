import { randomUUID } from 'node:crypto';
import type { BackupRun } from '../../contract/backups.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Task } from '../../contract/task.ts';
import { binLabel } from '../bin/kept.ts';
import type { Log } from '../log.ts';
import type { DataPaths } from '../paths.ts';
import type { SettingsStore } from '../settings.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle, Tasks } from '../tasks/tasks.ts';
import { closeExport } from '../transfer/source.ts';
import type { Journal } from './journal.ts';
import type { Places } from './places.ts';
import { idsOf, paths as pointPaths, sortPoints, tags } from './points/tags.ts';
import { isProblem } from './restic/problems.ts';
import { needRestic } from './restic/program.ts';
import type { Repository } from './restic/repository.ts';
import { forget, keepStream, listSnapshots, openRepository, prune, removable, unlock } from './restic/restic.ts';
import { describeHearth } from './take/hearth.ts';
import { oneOf, takeMachine } from './take/machine.ts';

export interface RunParts {
  places: Places;
  journal: Journal;
  tasks: Tasks;
  settings: SettingsStore;
  paths: DataPaths;
  version: string;
  log: Log;
  /** Aborted when Hearth ends. */
  ending: AbortSignal;
}
export interface RunWish {
  placeId: string;
  target: OpenTarget;
  machines: 'all' | readonly ObjectRef[];
  scheduled: boolean;
  /** Runs of the plan that nobody was there for. */
  missed?: number;
}
export const backupTask = 'backup';
const tidy = 'Remove what is too old';

/** Backs machines up to a place as one Task: each by itself, then Hearth's settings, then what is too old goes. */
export function startRun(parts: RunParts, wish: RunWish): { id: string; done: Promise<Task> } {
  const { places, tasks } = parts;
  const place = places.get(wish.placeId);
  const { missed = 0 } = wish;
  return tasks.start(
    {
      type: wish.scheduled ? 'backup-schedule' : backupTask,
      title: wish.scheduled ? `Scheduled backup to ${place.name}` : `Backup to ${place.name}`,
      steps: ['Open the place'],
      ...(missed > 0 && {
        notice: {
          title: `${place.name}: ${missed === 1 ? 'a scheduled backup was' : 'scheduled backups were'} missed`,
          detail: `${missed === 1 ? 'One run' : `${missed} runs`} of the plan fell into a time when Hearth did not run or ${wish.target.state.value.name} did not answer.`,
        },
      }),
    },
    (task) => runBackup(parts, wish, task),
  );
}

async function runBackup(parts: RunParts, wish: RunWish, task: TaskHandle): Promise<void> {
  const { places, log } = parts;
  const { placeId, target, scheduled } = wish;
  const at = new Date().toISOString();
  const failed: BackupRun['failed'] = [];
  let added = 0;
  let machines: readonly ObjectRef[] = [];
  const note = (): Promise<void> =>
    places.change(placeId, {
      last: { at, endedAt: new Date().toISOString(), machines: machines.length, added, failed },
    });
  try {
    task.step('Open the place');
    await needRestic(log);
    const repository = await places.repository(placeId);
    await openRepository(repository, task.signal);
    // Locks whose program is gone: of a Hearth that was killed.
    await unlock(repository);
    machines = wish.machines === 'all' ? await machinesOf(target) : wish.machines;
    task.expect([...machines.map(stepOf), 'Hearth’s settings', tidy]);
    for (const [index, ref] of machines.entries()) {
      task.step(stepOf(ref));
      const share = { from: (index / machines.length) * 0.9, part: 0.9 / machines.length };
      try {
        added += await takeOne(parts, wish, { repository, share, task }, ref);
      } catch (error) {
        if (task.signal.aborted || isProblem(error, 'backup-place-full', 'backup-place-away', 'backup-place-refused', 'backup-wrong-password')) throw error; // prettier-ignore
        const { title, detail } = asProblem(error);
        log.warn({ err: error, machine: ref }, 'a machine could not be backed up');
        task.endStep(stepOf(ref), 'failed', `${title}: ${detail}`);
        failed.push({ name: ref.name, title, detail });
      }
    }
    task.step('Hearth’s settings');
    await takeSettings(parts, target, repository, scheduled, task);
    task.step(tidy);
    task.update({ progress: 0.95, detail: undefined, secondsLeft: undefined });
    try {
      await removeOld(parts, placeId, repository, task.signal);
    } catch (error) {
      // Somebody reads there, a restore of ours perhaps: what is too old goes the next time. What was kept is safe.
      if (!isProblem(error, 'backup-place-locked')) throw error;
      task.endStep(tidy, 'skipped', asProblem(error).title);
    }
  } catch (error) {
    const { title, detail } = asProblem(error);
    // A run that a person stopped is none that failed.
    if (!task.signal.aborted) failed.push({ name: '', title, detail });
    if (!task.signal.aborted) await note();
    throw error;
  }
  await note();
  if (failed.length > 0)
    throw new ProblemError({
      code: 'backup-incomplete',
      title:
        failed.length === 1 ? `${failed[0]?.name} was not backed up` : `${failed.length} machines were not backed up`,
      detail: failed.map(({ name, title, detail }) => `${name}: ${title}. ${detail}`).join('\n'),
      fix: 'The others are safe. Cure what is said, then back up again.',
    });
}

const stepOf = ({ namespace, name }: ObjectRef): string => `Back up ${namespace === 'default' ? name : `${namespace}/${name}`}`; // prettier-ignore

/** Machines that are there, but for those in the bin. Throws KubeError. */
async function machinesOf({ client }: OpenTarget): Promise<ObjectRef[]> {
  const all = await client.list(kinds.virtualMachines);
  return all
    .filter(
      ({ metadata }) =>
        !metadata.deletionTimestamp && (metadata.labels?.[binLabel] ?? metadata.annotations?.[binLabel]) === undefined,
    ) // prettier-ignore
    .map(({ metadata: { namespace = 'default', name = '' } }) => ({ namespace, name }))
    .sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name));
}

async function takeOne(
  { places, journal, version, log }: RunParts,
  { target, scheduled }: RunWish,
  on: { repository: Repository; share: { from: number; part: number }; task: TaskHandle },
  ref: ObjectRef,
): Promise<number> {
  const id = randomUUID();
  await journal.put({ id, kind: 'take', target: target.state.value.id, at: new Date().toISOString(), ...ref });
  try {
    return await takeMachine({ target, scheduled, version, host: places.host, ...on }, id, ref);
  } finally {
    // What cannot be taken away now is at the next start.
    await closeExport(target, ref.namespace, id).then(
      () => journal.remove(id),
      (error: unknown) => log.warn({ err: error, machine: ref }, 'what a backup made on the target stays for now'),
    );
  }
}

async function takeSettings(
  { places, paths, settings }: RunParts,
  target: OpenTarget,
  repository: Repository,
  scheduled: boolean,
  task: TaskHandle,
): Promise<void> {
  const about = await describeHearth(target, paths, settings);
  const all = [tags.point(randomUUID()), tags.part('manifest'), tags.disks(0), ...(scheduled ? [tags.scheduled] : [])];
  const to = { path: pointPaths.settings, host: places.host, at: new Date(), tags: all };
  await keepStream(repository, to, oneOf(JSON.stringify(about)), task.signal);
}

/**
 * Forgets scheduled points of this Hearth that its plan does not keep, and what cut runs of it left; then gives the space back.
 * Another Hearth's points, and those made by hand, are nobody's to remove but a person's.
 */
export async function removeOld(
  { places }: RunParts,
  placeId: string,
  repository: Repository,
  signal: AbortSignal,
): Promise<void> {
  const { plan } = places.get(placeId);
  const snapshots = await listSnapshots(repository, signal);
  const { points, cut } = sortPoints(snapshots);
  const gone = cut.filter(({ hostname }) => hostname === places.host).map(({ id }) => id);
  if (plan) {
    const which = { host: places.host, tags: [tags.part('manifest'), tags.scheduled] };
    const old = new Set((await removable(repository, which, plan.keep)).map(({ id }) => id));
    gone.push(...points.filter(({ manifest }) => old.has(manifest.id)).flatMap(idsOf));
  }
  if (gone.length === 0) return;
  await forget(repository, gone, signal);
  await prune(repository, signal);
}
