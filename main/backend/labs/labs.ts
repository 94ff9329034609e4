import { isAbsolute, join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import type { LabFile } from '../../contract/labs/file.ts';
import type { LabPreview, LabRow } from '../../contract/labs/run.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { assetsFolder } from '../paths.ts';
import type { DataPaths } from '../paths.ts';
import type { SettingsStore } from '../settings.ts';
import type { Targets } from '../targets/targets.ts';
import type { Workspace } from '../targets/workspace.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { createDoors } from './doors.ts';
import { openDemos } from './demo/demos.ts';
import { readLab } from './file/read.ts';
import { openLibrary } from './library/library.ts';
import type { LibraryLab } from './library/library.ts';
import { servedKinds, servedNeeds } from './library/missing.ts';
import { createOwnLabs } from './library/own.ts';
import { labRow } from './library/rows.ts';
import { watchRows } from './library/watch-rows.ts';
import { checkPackPlace, writePack } from './packs/write.ts';
import { previewLab } from './preview/preview.ts';
import { checkNow, nextStep, pressBlock, rewindTo, showHint, solveStep, typeInto } from './run/learner.ts';
import { openRuns } from './run/runs.ts';

export interface Labs {
  readonly handlers: ContractHandlers['labs'];
  /** Call when the tasks have ended. */
  close(): Promise<void>;
}
export interface LabsParts {
  paths: DataPaths;
  settings: SettingsStore;
  tasks: Tasks;
  targets: Pick<Targets, 'current' | 'follow'>;
  /** Of Hearth. */
  version: string;
  log: Log;
}

/** Labs: the library, what runs of it on the current target, and everything that learners and authors do with it. */
export function createLabs({ paths, settings, tasks, targets, version, log }: LabsParts): Labs {
  const own = join(paths.root, 'labs');
  const library = openLibrary({
    shipped: join(assetsFolder, 'labs'),
    own,
    development: () => settings.value.labFolder || undefined,
    log,
  });
  const ownLabs = createOwnLabs(own, library, log);
  const runs = openRuns({ paths, tasks, doors: createDoors({ paths, log }), log });
  const demos = openDemos({ task: (id) => tasks.get(id), finished: (found) => runs.finished(found) });
  const stopListening = library.listen(() => {
    const reload = async (): Promise<void> => {
      for (const entry of await library.all()) if (entry.origin === 'development') await runs.reload(entry);
    };
    reload().catch((error: unknown) => log.warn({ err: error }, 'a lab that changed could not be read again'));
  });
  const over = new AbortController();
  const followFolder = async (): Promise<void> => {
    let known = settings.value.labFolder;
    for await (const { labFolder } of settings.watch(over.signal)) {
      if (labFolder === known) continue;
      known = labFolder;
      await library.refresh();
    }
  };
  followFolder().catch((error: unknown) => log.warn({ err: error }, 'the folder of labs is not followed'));
  const here = (): Workspace => targets.current();
  const factsOf = (workspace: Workspace) => ({
    of: (name: string) => runs.state(workspace, name),
    listen: (told: () => void) => runs.listen(told),
  });
  const row = async (entry: LibraryLab, workspace: Workspace): Promise<LabRow> => {
    const { target } = workspace;
    const served = entry.lab && (await servedKinds(target, servedNeeds(entry.lab)));
    return labRow(entry, { target, served, state: await runs.state(workspace, entry.name) });
  };
  const valid = async (name: string): Promise<LibraryLab & { lab: LabFile }> => {
    const { lab, ...entry } = await library.get(name);
    if (lab) return { ...entry, lab };
    throw new ProblemError(
      entry.problem ?? { code: 'lab-file-wrong', title: 'The lab file is not right', detail: name },
    );
  };
  const preview = async (entry: LibraryLab & { lab: LabFile }): Promise<LabPreview> => {
    const workspace = here();
    return previewLab(entry.lab, await row(entry, workspace), workspace.target, paths.root);
  };
  const run = (lab: string) => runs.of(here(), lab);
  return {
    handlers: {
      watch: (_input, { signal }) =>
        targets.follow(signal, (on, over) => watchRows(library, on.target, factsOf(on), over), { type: 'reset' } as const), // prettier-ignore
      preview: async ({ lab }) => preview(await valid(lab)),
      text: async ({ lab }) => ({ text: (await library.get(lab)).text }),
      validate: async ({ text }) => ({ findings: (await readLab(text)).findings }),
      async start({ lab }) {
        const workspace = here();
        const entry = await valid(lab);
        return runs.start(workspace, entry, await row(entry, workspace));
      },
      end: ({ lab }) => runs.end(here(), lab),
      run: ({ lab }, { signal }) => targets.follow(signal, (on, over) => runs.watch(on, lab, over)),
      async next({ lab, step, skip }) {
        const found = await run(lab);
        await nextStep(found, step, skip, () => runs.finished(found));
      },
      hint: async ({ lab, step }) => showHint(await run(lab), step),
      check: async ({ lab, step }) => checkNow(await run(lab), step),
      act: async ({ lab, step, block }) => pressBlock(await run(lab), step, block),
      type: async ({ lab, machine, text, into }, { signal }) => typeInto(await run(lab), machine, text, into, signal),
      rewind: async ({ lab, step }) => ({ taskId: rewindTo(await run(lab), step).taskId }),
      solve: async ({ lab, step }) => ({ taskId: solveStep(await run(lab), step).taskId }),
      async *demo({ lab }, { signal }) {
        yield* targets.follow(signal, (on, over) =>
          runs.follow(on, lab, over, (found, until) => demos.watch(found, until)),
        );
      },
      playDemo: async ({ lab, pace, loop }) => demos.play(await run(lab), { pace, loop }),
      paceDemo: async ({ lab, pace }) => demos.setPace(await run(lab), pace),
      steerDemo: async ({ lab, command }) => demos.steer(await run(lab), command),
      import: (from, { signal }) => ownLabs.look(from, preview, signal),
      async keep({ token }) {
        const { name, title, pack } = ownLabs.looked(token);
        if (!pack) {
          await ownLabs.keep(token, { signal: new AbortController().signal, onProgress: () => undefined });
          return { lab: name };
        }
        // A pack with images takes its time: pages that wait for it show how far it is, and can stop it.
        const { id, done } = tasks.start({ type: 'lab-import', title: `Importing "${title}"`, object: { kind: 'Lab', name } }, (task) => ownLabs.keep(token, { signal: task.signal, onProgress: (progress) => task.update({ progress }) })); // prettier-ignore
        const { state, problem } = await done;
        if (state !== 'done') throw new ProblemError(problem ?? { code: 'cancelled', title: 'The import was stopped', detail: 'Nothing of the lab was kept.', kind: 'cancelled' }); // prettier-ignore
        return { lab: name, taskId: id };
      },
      async export({ lab, path, images }) {
        const entry = await valid(lab);
        if (!isAbsolute(path)) throw new ProblemError({ code: 'bad-path', title: 'The lab cannot be saved there', detail: 'The path must be absolute.', fields: { path: 'The path must be absolute.' } }); // prettier-ignore
        await checkPackPlace(path);
        const { id } = tasks.start({ type: 'lab-export', title: `Writing "${entry.lab.metadata.title}"`, object: { kind: 'Lab', name: lab }, steps: ['Files', 'Images', 'Write the file'] }, (task) => writePack(entry, path, { images, version, fetch: async (...of) => (await import('./packs/fetch.ts')).fetchImage(...of) }, task)); // prettier-ignore
        return { taskId: id };
      },
      async remove({ lab }) {
        const { running } = await runs.state(here(), lab);
        if (running) throw new ProblemError({ code: 'lab-runs', title: 'The lab runs', detail: `${lab} is running on this target.`, fix: 'End it first.', kind: 'denied' }); // prettier-ignore
        return { id: await ownLabs.remove(lab) };
      },
      deleted: (_input, { signal }) => ownLabs.bin.watch(signal),
      restore: async ({ id }) => ({ lab: await ownLabs.bin.restore(id) }),
      purge: ({ id }) => ownLabs.bin.purge(id),
    },
    async close() {
      over.abort();
      stopListening();
      ownLabs.bin.close();
      library.close();
      await demos.close();
      await runs.close();
    },
  };
}
