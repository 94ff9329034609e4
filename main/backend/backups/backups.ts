import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BackupPlaceRow, BackupsView, RestorePoint } from '../../contract/backups.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Task } from '../../contract/task.ts';
import { createLiveValue } from '../target/live-value.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import type { Undos } from '../undo/undo.ts';
import { closeExport } from '../transfer/source.ts';
import { openJournal } from './journal.ts';
import type { Entry } from './journal.ts';
import { openPlaces, planAgain } from './places.ts';
import type { Draft, KeptPlace } from './places.ts';
import { largestManifest, readPoint } from './points/manifest.ts';
import { idsOf, sortPoints, toldPoint } from './points/tags.ts';
import { isProblem } from './restic/problems.ts';
import { needRestic } from './restic/program.ts';
import { addressOf } from './restic/repository.ts';
import {
  check,
  forget,
  initRepository,
  listSnapshots,
  openRepository,
  prune,
  readSmall,
  unlock,
} from './restic/restic.ts';
import { findPoint, restoreMachine, undoRestore } from './restore.ts';
import { startRun } from './run.ts';
import type { RunParts, RunWish } from './run.ts';
import { keepPlans, nextRun } from './schedule.ts';
import { hearthSchema, restoreHearth } from './take/hearth.ts';

export interface BackupsParts extends Pick<RunParts, 'tasks' | 'settings' | 'paths' | 'version' | 'log' | 'ending'> {
  undos: Undos;
  /** The target that pages see now. */
  target(): OpenTarget;
  /** Opens a target without showing it. */
  open(id: string): Promise<OpenTarget>;
  nameOf(id: string): string | undefined;
}
export interface Backups {
  readonly handlers: ContractHandlers['backups'];
  close(): Promise<void>;
}

/** Backups of machines by restic: places, plans, points. Takes up what a killed Hearth left. */
export async function openBackups(parts: BackupsParts): Promise<Backups> {
  const { tasks, settings, paths, version, log } = parts;
  const over = new AbortController();
  const ending = AbortSignal.any([parts.ending, over.signal]);
  const folder = join(paths.root, 'backups');
  const live = createLiveValue<BackupsView>({ places: [] });
  /** Place -> task that changes it now. */
  const busy = new Map<string, string>();
  const publish = (): void => live.set({ places: places.all().map(row) });
  const row = ({ id, name, place, plan, since, served, last }: KeptPlace): BackupPlaceRow => {
    const next = nextRun({ plan, since, served }, Date.now());
    const targetName = plan && parts.nameOf(plan.target);
    const taskId = busy.get(id);
    return { id, name, place, ...(plan && { plan }), ...(next && { next }), ...(targetName && { targetName }), ...(last && { last }), ...(taskId && { taskId }) }; // prettier-ignore
  };
  const places = await openPlaces(folder, log, () => publish());
  const journal = await openJournal(join(folder, 'journal'), log);
  const runParts: RunParts = { places, journal, tasks, settings, paths, version, log, ending };
  publish();

  function need(placeId: string): KeptPlace {
    const place = places.get(placeId);
    if (busy.has(placeId))
      throw new ProblemError({
        code: 'backup-place-busy',
        title: 'Hearth works with this place now',
        detail: `${place.name}: a backup, check or removal runs.`,
        fix: 'Wait until it is done, or stop it (page Activity).',
        kind: 'denied',
      });
    return place;
  }
  /** A task that has the place for itself until it ends. */
  function occupy(placeId: string, started: { id: string; done: Promise<Task> }): Promise<Task> {
    busy.set(placeId, started.id);
    publish();
    return started.done.finally(() => {
      busy.delete(placeId);
      publish();
    });
  }
  function begin(wish: RunWish): { taskId: string; done: Promise<Task> } {
    need(wish.placeId);
    const started = startRun(runParts, wish);
    return { taskId: started.id, done: occupy(wish.placeId, started) };
  }
  function work(placeId: string, type: string, title: string, steps: string[], run: (task: TaskHandle) => Promise<void>) {
    need(placeId);
    const started = tasks.start({ type, title, steps }, async (task) => {
      await needRestic(log);
      await run(task);
    });
    void occupy(placeId, started);
    return { taskId: started.id };
  } // prettier-ignore

  /** Machines come back one after another: each wants the whole line and the whole disk. */
  let last: Promise<void> = Promise.resolve();
  function turn(): (signal: AbortSignal) => Promise<void> {
    const before = last;
    return async (signal) => {
      await Promise.race([before, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
      signal.throwIfAborted();
    };
  }
  function restore(target: OpenTarget, entry: Extract<Entry, { kind: 'restore' }>): { taskId: string } {
    const { id, input } = entry;
    const { name, namespace } = input;
    const inTurn = turn();
    const { id: taskId, done } = tasks.start(
      {
        type: 'backup-restore',
        title: `Restore ${name}`,
        object: { kind: 'VirtualMachine', namespace, name },
        steps: ['Check the file', 'Make the disks', 'Make the machine', ...(input.start ? ['Start the machine'] : [])],
      },
      async (task) => {
        try {
          await inTurn(task.signal);
          await needRestic(log);
          const repository = await places.repository(input.placeId);
          await restoreMachine(target, repository, id, input, task);
        } catch (error) {
          // Hearth ends: it goes on at the next start. Else nothing half-made stays.
          if (ending.aborted) throw error;
          await undo(target, id, input);
          throw error;
        }
        await journal.remove(id);
      },
    );
    last = done.then(() => undefined);
    return { taskId };
  }
  async function undo(target: OpenTarget, id: string, input: RestorePoint): Promise<void> {
    try {
      await undoRestore(target, await places.repository(input.placeId), id, input);
    } catch (error) {
      log.warn({ err: error, machine: input.name }, 'what a restore made could not be taken away');
    }
    await journal.remove(id);
  }

  /** What a Hearth that was killed left on targets: exports are closed, restores go on. */
  async function takeUp(entry: Entry): Promise<void> {
    const target = await parts.open(entry.target);
    for await (const { state } of target.state.watch(ending)) if (state === 'ready') break;
    if (ending.aborted) return;
    if (entry.kind === 'restore') return void restore(target, entry);
    await closeExport(target, entry.namespace, entry.id);
    await journal.remove(entry.id);
  }
  for (const entry of await journal.all())
    void takeUp(entry).catch((error: unknown) =>
      log.warn({ err: error, entry }, 'what a backup left is not cured yet'),
    );
  const keeping = keepPlans(
    {
      places,
      open: (id) => parts.open(id),
      begin: ({ id, plan }, target, missed) => (busy.has(id) || !plan ? undefined : begin({ placeId: id, target, machines: plan.machines, scheduled: true, missed }).done),
      async failed(place, error) {
        tasks.start({ type: 'backup-schedule', title: `Scheduled backup to ${place.name}` }, () => Promise.reject(error));
        const at = new Date().toISOString();
        const { title, detail } = asProblem(error);
        await places.change(place.id, { last: { at, endedAt: at, machines: 0, added: 0, failed: [{ name: '', title, detail }] } });
      },
      log,
    },
    ending,
  ).catch((error: unknown) => log.error({ err: error }, 'plans of backups are not kept')); // prettier-ignore

  return {
    handlers: {
      watch: (_input, { signal }) => live.watch(signal),
      async addPlace({ name, place, password, secretKey, create }) {
        const known = places.all().find((each) => addressOf(each.place) === addressOf(place));
        if (known) throw new ProblemError({ code: 'already-exists', title: 'This place is there already', detail: `It is called ${known.name}.`, fix: 'Use it, or forget it first.' }); // prettier-ignore
        await needRestic(log);
        const draft = await places.draft(place, password, secretKey);
        try {
          const made = await openOrMake(draft, create);
          await draft.keep(name);
          return { placeId: draft.id, made };
        } catch (error) {
          await draft.drop();
          throw error;
        }
      },
      async removePlace({ placeId }) {
        need(placeId);
        return parts.undos.keep('backup-place', { back: await places.remove(placeId) });
      },
      async setPlan({ placeId, plan }) {
        const { plan: before, since, served } = places.get(placeId);
        if (plan && parts.nameOf(plan.target) === undefined) throw new ProblemError({ code: 'not-found', title: 'No such target', detail: `There is no target ${plan.target}.`, fields: { target: 'unknown' } }); // prettier-ignore
        await places.change(placeId, { plan: plan ?? undefined, since: new Date().toISOString(), served: undefined });
        if (plan || !before) return {};
        return parts.undos.keep('backup-plan', {
          back: () => planAgain(places, placeId, { plan: before, since, served }),
        });
      },
      async run({ placeId, machines }) {
        const { plan } = need(placeId);
        const target = machines || !plan ? parts.target() : await parts.open(plan.target);
        const wish = machines ?? plan?.machines ?? 'all';
        return { taskId: begin({ placeId, target, machines: wish, scheduled: false }).taskId };
      },
      async getPoints({ placeId }) {
        await needRestic(log);
        return sortPoints(await listSnapshots(await places.repository(placeId))).points.map(toldPoint);
      },
      async restore(input) {
        places.get(input.placeId);
        const target = parts.target();
        const entry = { id: randomUUID(), kind: 'restore' as const, target: target.state.value.id, at: new Date().toISOString(), input }; // prettier-ignore
        await journal.put(entry);
        return restore(target, entry);
      },
      async restoreSettings({ placeId, point }) {
        await needRestic(log);
        const repository = await places.repository(placeId);
        const { manifest } = await findPoint(repository, point);
        const text = await readSmall(repository, manifest.id, manifest.paths[0] ?? '', largestManifest);
        return { done: await restoreHearth(readPoint(text, hearthSchema), parts.target(), paths, settings) };
      },
      async removePoints({ placeId, points }) {
        const { name } = need(placeId);
        const repository = await places.repository(placeId);
        const steps = ['Forget the points', 'Give the space back'];
        return work(placeId, 'backup-remove', `Delete ${points.length === 1 ? 'a point' : `${points.length} points`} of ${name}`, steps, async (task) => {
          task.step(steps[0] ?? '');
          // Locks whose program is gone: of a Hearth that was killed.
          await unlock(repository);
          const all = sortPoints(await listSnapshots(repository, task.signal)).points;
          await forget(repository, all.filter(({ id }) => points.includes(id)).flatMap(idsOf), task.signal);
          task.step(steps[1] ?? '');
          await prune(repository, task.signal);
        }); // prettier-ignore
      },
      async verify({ placeId, percent }) {
        const { name } = need(placeId);
        const repository = await places.repository(placeId);
        return work(placeId, 'backup-verify', `Check ${name}`, [`Read ${percent} % of the data`], async (task) => {
          task.step(`Read ${percent} % of the data`);
          await unlock(repository);
          await check(repository, percent, task.signal);
        });
      },
      async unlock({ placeId }) {
        need(placeId);
        await needRestic(log);
        await unlock(await places.repository(placeId), true);
      },
    },
    async close() {
      over.abort();
      await keeping;
    },
  };
}

/** Opens what is there, or makes it; whether it was made. */
async function openOrMake({ repository }: Draft, create: boolean): Promise<boolean> {
  try {
    await openRepository(repository);
    return false;
  } catch (error) {
    if (!create || !isProblem(error, 'backup-place-empty')) throw error;
  }
  const { place } = repository;
  if (place.type === 'folder' && !(await isFolder(dirname(place.path))))
    throw new ProblemError({
      code: 'bad-path',
      title: 'Backups cannot be kept there',
      detail: `There is no folder ${dirname(place.path)}.`,
      cause: 'The disk is not attached, the NAS is not mounted, or the path has a mistake.',
      fix: 'Attach or mount it, or choose another folder.',
      fields: { path: 'missing' },
    });
  await initRepository(repository);
  return true;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
