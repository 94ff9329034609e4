import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabRow, LabRun } from '../../../contract/labs/run.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Log } from '../../log.ts';
import type { DataPaths } from '../../paths.ts';
import { turns } from '../../shared-file.ts';
import { createLiveValue } from '../../target/live-value.ts';
import { folderOf, labRunsFolder } from '../../targets/folders.ts';
import type { Workspace } from '../../targets/workspace.ts';
import type { Tasks } from '../../tasks/tasks.ts';
import type { LibraryLab } from '../library/library.ts';
import { previewLab } from '../preview/preview.ts';
import type { Doors } from './doors.ts';
import { endRun, startRun } from './life.ts';
import { resultOf } from './learner.ts';
import { freshSteps, runFolder } from './record.ts';
import type { RunRecord } from './record.ts';
import { anotherRuns, cutOff, gone } from './refusals.ts';
import { openResults } from './results.ts';
import { Runner } from './runner.ts';
import { generated } from './values.ts';

/** Runs of labs, one at a time on each target. */
export interface Runs {
  /** The run of a lab; throws `lab-not-running`. */
  of(workspace: Workspace, lab: string): Promise<Runner>;
  watch(workspace: Workspace, lab: string, signal: AbortSignal): AsyncGenerator<LabRun | undefined>;
  /** What `watch` tells of a run, for as long as there is one; undefined while there is none. */
  follow<T>(
    workspace: Workspace,
    lab: string,
    signal: AbortSignal,
    watch: (run: Runner, signal: AbortSignal) => AsyncIterable<T>,
  ): AsyncGenerator<T | undefined>;
  state(workspace: Workspace, lab: string): Promise<Pick<LabRow, 'best' | 'running'>>;
  start(workspace: Workspace, entry: LibraryLab, row: LabRow): Promise<{ taskId: string }>;
  end(workspace: Workspace, lab: string): Promise<{ taskId: string }>;
  /** Keeps the result of a run that was finished. */
  finished(run: Runner): Promise<void>;
  /** A file of the development folder was saved: runs of it go on with its new words. */
  reload(entry: LibraryLab): Promise<void>;
  /** Told after a run began, ended or came to another state. Returns how to stop. */
  listen(told: () => void): () => void;
  close(): Promise<void>;
}

export function openRuns(parts: { paths: DataPaths; tasks: Tasks; doors: Doors; log: Log }): Runs {
  const { paths, tasks, doors, log } = parts;
  const results = openResults(join(paths.root, 'lab-results.json'), log);
  const open = new Map<Workspace, Promise<Map<string, Runner>>>();
  const listeners = new Set<() => void>();
  const changes = createLiveValue(0);
  const inTurn = turns();
  const changed = (): void => {
    changes.set(changes.value + 1);
    for (const told of listeners) told();
  };
  const placeOf = (workspace: Workspace): string => join(folderOf(paths, workspace.id), labRunsFolder);
  const partsOf = (workspace: Workspace, name: string) => ({ workspace, tasks, doors, log, folder: runFolder(join(placeOf(workspace), name), log) }); // prettier-ignore
  function opened(run: Runner): Runner {
    let state: LabRun['state'] | undefined;
    const follow = async (): Promise<void> => {
      for await (const view of run.view.watch(run.over))
        if (view?.state !== state) {
          state = view?.state;
          for (const told of listeners) told();
        }
    };
    void follow(); // a live value does not fail
    return run;
  }
  /** What ran on a target when Hearth ended last goes on being a run. */
  async function load(workspace: Workspace): Promise<Map<string, Runner>> {
    const runs = new Map<string, Runner>();
    for (const name of await namesIn(placeOf(workspace))) {
      const of = partsOf(workspace, name);
      const kept = await of.folder.read();
      if (!kept || kept.lab.metadata.name !== name) continue;
      const run = opened(new Runner(of, kept.lab, asLeft(kept.record, kept.lab.metadata.title)));
      run.key = await run.eyes.ssh.publicKey();
      runs.set(name, run);
    }
    return runs;
  }
  const runsOf = (workspace: Workspace): Promise<Map<string, Runner>> => {
    const known = open.get(workspace) ?? load(workspace);
    open.set(workspace, known);
    known.catch(() => open.delete(workspace)); // whoever asked has the error
    return known;
  };
  const of = async (workspace: Workspace, lab: string): Promise<Runner> => {
    const run = (await runsOf(workspace)).get(lab);
    if (!run) throw gone(lab);
    return run;
  };
  async function drop(workspace: Workspace, run: Runner): Promise<void> {
    (await runsOf(workspace)).delete(run.name);
    await run.close();
    await run.folder.remove();
    changed();
  }

  async function* follow<T>(
    workspace: Workspace,
    lab: string,
    signal: AbortSignal,
    watch: (run: Runner, over: AbortSignal) => AsyncIterable<T>,
  ): AsyncGenerator<T | undefined> {
    while (!signal.aborted) {
      const before = changes.value;
      const run = (await runsOf(workspace)).get(lab);
      if (run) yield* watch(run, signal);
      else {
        yield undefined;
        for await (const now of changes.watch(signal)) if (now !== before) break;
      }
    }
  }
  // prettier-ignore

  return {
    of,
    watch: (workspace, lab, signal) => follow(workspace, lab, signal, (run, over) => run.watch(over)),
    follow,
    async state(workspace, lab) {
      const run = (await runsOf(workspace)).get(lab);
      const best = await results.best(lab);
      return { ...(best && { best }), ...(run && { running: run.record.state }) };
    },
    start: (workspace, entry, row) =>
      inTurn(async () => {
        const { lab } = entry;
        if (!lab) throw new ProblemError(entry.problem ?? gone(entry.name).problem);
        const runs = await runsOf(workspace);
        const another = [...runs.values()].find((each) => each.name !== entry.name);
        if (another) throw anotherRuns(another.lab.metadata.title);
        const known = runs.get(entry.name);
        const { problems } = await previewLab(lab, row, workspace.target, paths.root);
        const [first] = problems;
        if (first) throw new ProblemError({ ...first, ...(problems.length > 1 && { output: problems.map(({ detail }) => detail) }) }); // prettier-ignore
        if (known) return startRun(known);
        const parts = partsOf(workspace, entry.name);
        const record: RunRecord = {
          version: 1, state: 'starting', startedAt: new Date().toISOString(), seconds: 0, step: 0, steps: freshSteps(lab),
          values: generated(lab), origin: entry.origin, folder: entry.folder,
        }; // prettier-ignore
        await parts.folder.writeLab(entry.text);
        await parts.folder.write(record);
        const run = opened(new Runner(parts, lab, record));
        runs.set(run.name, run);
        const started = startRun(run);
        changed();
        return started;
      }),
    end: async (workspace, lab) => {
      const run = await of(workspace, lab);
      return endRun(run, () => drop(workspace, run));
    },
    finished: (run) => results.put(run.name, resultOf(run)),
    async reload(entry) {
      if (!entry.lab) return;
      for (const runs of open.values()) {
        const run = (await runs).get(entry.name);
        if (run && run.record.origin === 'development') await run.reload(entry.lab, entry.text);
      }
    },
    listen(told) {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    async close() {
      for (const runs of open.values())
        for (const run of (await runs.catch(() => new Map<string, Runner>())).values()) await run.leave();
    },
  };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).filter((each) => each.isDirectory()).map(({ name }) => name); // prettier-ignore
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A record as Hearth's end left it: what was being done then is not being done now. Pure. */
export function asLeft(record: RunRecord, title: string): RunRecord {
  if (record.state === 'starting' || record.state === 'rewinding' || record.state === 'ending')
    return { ...record, state: 'failed', problem: record.problem ?? cutOff(title) };
  const at = record.steps[record.step];
  if (record.state !== 'running' || !at || at.state === 'open') return record;
  // Between two steps: the learner goes on, and what its author meant to be done before may be missing.
  return { ...record, steps: record.steps.with(record.step, { ...at, state: 'open' }), problem: cutOff(title) };
}
