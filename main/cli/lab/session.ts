import type { Api } from '../../contract/contract.ts';
import type { LabRow, LabRun } from '../../contract/labs/run.ts';
import { ProblemError } from '../../contract/problem.ts';
import { defaultDataDir } from '../../backend/paths.ts';
import { exit, UsageError } from '../command.ts';
import { followTask, interruptible, workingHearth } from '../working.ts';
import { whichLab } from './files.ts';

export interface LabSession {
  api: Api;
  /** The Hearth that runs does the work. */
  running: boolean;
  signal: AbortSignal;
  /** Follows a task to its end. Throws the Problem it ended with. */
  done: (started: Promise<{ taskId: string }>) => Promise<number>;
}
const kept = { detail: 'What is done is kept.', fix: 'Give the same command again: it goes on.' };

/** Work on labs, by the Hearth that runs or one of this command's own. */
export async function withLabs(dataDir: string | undefined, goesOn: string | undefined, work: (session: LabSession) => Promise<number>): Promise<number> {
  const { api, running, close } = await workingHearth(dataDir ?? defaultDataDir());
  try {
    if (running) process.stderr.write('Hearth runs on this data: it does the work.\n');
    return await interruptible(async (signal) => {
      for await (const target of api.target.watch({}, { signal })) if (target.state === 'ready') break;
      if (signal.aborted) return exit.interrupted;
      return work({ api, running, signal, done: async (started) => followTask(api, (await started).taskId, signal, kept) });
    }, goesOn);
  } finally {
    await close();
  }
} // prettier-ignore

/** The first word of the arguments, and options after it. */
export function labArgument(args: string[]): { argument: string; rest: string[] } {
  const [argument, ...rest] = args;
  if (argument === undefined || argument.startsWith('-')) throw new UsageError('name a lab');
  return { argument, rest };
}

/** Makes the lab that was named known to Hearth: a folder becomes the one that is watched. Resolves with its name. */
export async function openLab({ api, signal }: LabSession, argument: string): Promise<{ name: string; restore: () => Promise<void> }> {
  const { name, folder } = await whichLab(argument);
  let before: string | undefined;
  if (folder !== undefined) {
    for await (const settings of api.settings.watch({}, { signal })) {
      before = settings.labFolder;
      break;
    }
    await api.settings.update({ labFolder: folder });
    await until(rows(api, signal), (row) => row.name === name && row.origin === 'development');
  }
  return { name, restore: async () => void (before !== undefined && (await api.settings.update({ labFolder: before }))) };
} // prettier-ignore

/** Ends a lab and waits until all of it is gone; resolves with false when it was told to stop waiting. */
export const ended = async ({ api, signal }: Pick<LabSession, 'api' | 'signal'>, lab: string): Promise<boolean> =>
  (await followTask(api, (await api.labs.end({ lab })).taskId, signal, kept)) === exit.ok;

/** Rows of the library as they come. */
export async function* rows(api: Api, signal: AbortSignal): AsyncGenerator<LabRow> {
  for await (const update of api.labs.watch({}, { signal }))
    if (update.type === 'snapshot') yield* update.items;
    else if (update.type === 'delta') yield* update.upserted;
    else if (update.type === 'stale') throw new ProblemError(update.problem);
}

/** The first that fits. */
export async function until<T>(items: AsyncIterable<T>, fits: (item: T) => boolean): Promise<T> {
  for await (const item of items) if (fits(item)) return item;
  throw new ProblemError({ code: 'hearth-ended', title: 'Hearth ended meanwhile', ...kept });
}

/** The run of a lab once it is as wanted; a run that failed is thrown as its Problem. */
export const runWhen = ({ api, signal }: LabSession, lab: string, fits: (run: LabRun) => boolean): Promise<LabRun> =>
  until(runs(api, lab, signal), fits);
async function* runs(api: Api, lab: string, signal: AbortSignal): AsyncGenerator<LabRun> {
  for await (const run of api.labs.run({ lab }, { signal })) {
    if (run?.state === 'failed' && run.problem) throw new ProblemError(run.problem);
    if (run) yield run;
  }
}
