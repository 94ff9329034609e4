import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import { whyNot } from '../../contract/offers.ts';
import { ProblemError } from '../../contract/problem.ts';
import { recordingNameSchema } from '../../contract/recordings.ts';
import type { RecordingRow } from '../../contract/recordings.ts';
import { rowKeys } from '../../contract/row-keys.ts';
import { kinds } from '../target/kinds.ts';
import { createLiveList } from '../target/live-list.ts';
import type { Log } from '../log.ts';
import { privateFolder } from '../paths.ts';
import type { DataPaths } from '../paths.ts';
import { turns } from '../shared-file.ts';
import type { Targets } from '../targets/targets.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { incoming, serialCast, wholeFile } from './exchange.ts';
import { record } from './recorder.ts';
import type { Limits, Recorder } from './recorder.ts';
import { notFound, openShelf, rowOf, taken } from './shelf.ts';

export interface Recordings {
  readonly handlers: ContractHandlers['recordings'];
  /** Ends what is recorded; the files are whole then. */
  close(): Promise<void>;
}
export interface RecordingsParts {
  paths: DataPaths;
  tasks: Pick<Tasks, 'get'>;
  targets: Pick<Targets, 'current'>;
  labs: Pick<ContractHandlers['labs'], 'run'>;
  log: Log;
  limits?: Partial<Limits>;
}
/** So many at once: each keeps looking at screens. */
const mostAtOnce = 4;
/** How long what was deleted can be had back. */
const undoMs = 60 * 60_000;
const gib = 1024 ** 3;
const usualLimits = { bytes: gib / 2, minutes: 240, keepFree: gib, lookMs: 5000 };

/** Recordings of screens and serial consoles. Nothing is looked at while nobody records. */
export async function openRecordings(parts: RecordingsParts): Promise<Recordings> {
  const { paths, tasks, targets, labs, log } = parts;
  const folder = join(paths.root, 'recordings');
  await privateFolder(folder);
  const shelf = openShelf(folder, log);
  const list = createLiveList<RecordingRow>();
  const running = new Map<string, Recorder>();
  const inTurn = turns();
  const put = (row: RecordingRow): void => list.set(rowKeys.recording(row), row);
  // Pages of before are gone, and with them what had it back.
  await shelf.sweep(0);
  const sweeping = setInterval(() => void shelf.sweep(undoMs).catch((err: unknown) => log.warn({ err }, 'deleted recordings could not be swept')), undoMs / 6); // prettier-ignore
  sweeping.unref();
  const recovered = await shelf.recover();
  if (recovered.length > 0) log.info({ recovered }, 'recordings that a killed Hearth left were made whole');
  for (const name of await shelf.names()) put(await shelf.row(name));
  list.ready();
  const limits: Limits = {
    ...usualLimits,
    free: async () => {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    ...parts.limits,
  };
  /** What was deleted makes room first. */
  const hasRoom = async (size = 0): Promise<boolean> => {
    if ((await limits.free()) - size >= limits.keepFree) return true;
    await shelf.sweep(0);
    return (await limits.free()) - size >= limits.keepFree;
  };
  const draw = (name: string): void => {
    const recorder = running.get(name);
    if (recorder) put(rowOf(name, recorder.header, { state: 'recording', seconds: recorder.seconds, size: recorder.size })); // prettier-ignore
  };
  const isFree = (name: string): boolean => list.get(name) === undefined && !running.has(name);
  const one = (name: string): Recorder => {
    const recorder = running.get(name);
    if (!recorder) throw notFound(name);
    return recorder;
  };
  const whole = (name: string): void => {
    if (running.has(name)) throw new ProblemError({ code: 'recording-runs', title: 'It is being recorded', detail: `"${name}" goes on.`, fix: 'Stop it first.', kind: 'denied' }); // prettier-ignore
  };
  async function ended(name: string, recorder: Recorder): Promise<void> {
    running.delete(name);
    try {
      const placed = await shelf.place(shelf.partOf(name), name);
      const row = await shelf.row(placed);
      if (placed !== name) list.delete(name);
      put(row);
    } catch (error) {
      log.error({ err: error, name }, 'a recording could not be put away');
      put(rowOf(name, recorder.header, { state: 'damaged', seconds: recorder.seconds, size: recorder.size }));
    }
  }
  const endings = new Map<string, Promise<void>>();
  return {
    handlers: {
      watch: (_input, { signal }) => list.watch(signal),
      start: ({ machines, lab, name: wished }) =>
        inTurn(async () => {
          if (running.size >= mostAtOnce) throw new ProblemError({ code: 'recordings-too-many', title: 'Too much is recorded already', detail: `${mostAtOnce} recordings go on.`, fix: 'Stop one of them.', kind: 'denied' }); // prettier-ignore
          if (!(await hasRoom())) throw new ProblemError({ code: 'recording-no-room', title: 'There is no room to record', detail: 'Less than 1 GiB is free on the disk of the data folder.', fix: 'Delete what is not needed, e.g. old recordings.' }); // prettier-ignore
          const { target, consoles } = targets.current();
          for (const { namespace, name } of machines) await target.client.get(kinds.virtualMachines, namespace, name);
          const { capabilities } = target.state.value;
          const noPictures = whyNot(capabilities, 'consoles.screenshot');
          const noSerial = whyNot(capabilities, 'consoles.serial');
          if (noPictures && noSerial) throw new ProblemError({ code: 'recording-not-possible', title: 'Nothing can be recorded here', detail: `${noPictures.reason} ${noSerial.reason}`, fix: noPictures.remedy, kind: 'denied' }); // prettier-ignore
          const startedAt = new Date().toISOString();
          const name = wished ?? freeName(lab ?? machines[0]?.name ?? 'machine', startedAt, isFree);
          if (!isFree(name)) throw taken(name);
          const recorder = await record({
            path: shelf.partOf(name),
            header: { hearthrec: 1, startedAt, machines, ...(lab !== undefined && { lab }) },
            from: {
              serial: (ref) => consoles.serial(ref),
              pictures: noPictures ? { why: noPictures.reason } : (wanted, signal) => consoles.pictures(wanted, signal),
              ...(lab !== undefined && { lab: (signal) => labs.run({ lab }, { signal }) }),
              taskTitle: (id) => tasks.get(id)?.title,
            },
            limits,
            changed: () => draw(name),
            log,
          });
          running.set(name, recorder);
          endings.set(
            name,
            recorder.over.then(() => ended(name, recorder)).finally(() => endings.delete(name)),
          );
          draw(name);
          return { name };
        }),
      async stop({ name }) {
        await one(name).finish();
        await endings.get(name);
        return { name };
      },
      mark: ({ name, text }) => one(name).mark('note', text),
      async look({ name }) {
        whole(name);
        const reader = await shelf.reader(name);
        return { row: await shelf.row(name), marks: await reader.marks() };
      },
      readMoment: async ({ name, at }) => (await shelf.reader(name)).moment(at),
      readEvents: async ({ name, from, to }) => (await shelf.reader(name)).events(from, to),
      rename: ({ name, to }) =>
        inTurn(async () => {
          whole(name);
          if (name !== to && !isFree(to)) throw taken(to);
          await shelf.rename(name, to);
          list.delete(name);
          put(await shelf.row(to));
        }),
      remove: ({ name }) =>
        inTurn(async () => {
          whole(name);
          const undo = await shelf.remove(name);
          list.delete(name);
          return { undo };
        }),
      restore: ({ undo }) =>
        inTurn(async () => {
          const name = await shelf.restore(undo);
          put(await shelf.row(name));
          return { name };
        }),
      async export({ name, as, machine }) {
        whole(name);
        const reader = await shelf.reader(name);
        return as === 'recording' ? wholeFile(shelf.pathOf(name)) : serialCast(reader, name, machine);
      },
      async import({ name, size }) {
        if (!(await hasRoom(size))) throw new ProblemError({ code: 'recording-no-room', title: 'There is no room for it', detail: 'Less than 1 GiB would be left free on the disk of the data folder.', fix: 'Delete what is not needed, e.g. old recordings.' }); // prettier-ignore
        const path = shelf.incomingOf(name);
        return incoming(path, size, async () => {
          const placed = await inTurn(() => shelf.place(path, name));
          put(await shelf.row(placed));
          return { name: placed };
        });
      },
    },
    async close() {
      clearInterval(sweeping);
      await Promise.all(
        [...running.values()].map((recorder) => recorder.finish('Hearth was ended while it recorded.')),
      );
      await Promise.all(endings.values());
      await shelf.sweep(0);
    },
  };
}

/** "web 2026-11-22 10-58-03", or the next one that is free. */
function freeName(of: string, startedAt: string, isFree: (name: string) => boolean): string {
  const stem = `${of.slice(0, 36)} ${startedAt.slice(0, 19).replace('T', ' ').replaceAll(':', '-')}`;
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? stem : `${stem} ${n}`;
    if (isFree(name)) return recordingNameSchema.parse(name);
  }
}
