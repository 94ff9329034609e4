import { join } from 'node:path';
import type { Place as PlaceChoice } from '../../contract/appliance.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { takeLock } from '../lock.ts';
import type { Log } from '../log.ts';
import type { TaskHandle, Tasks } from '../tasks/tasks.ts';
import type { RunLog, RunLogs } from './log-lines.ts';
import type { Place } from './place.ts';
import type { Records } from './record.ts';

/** One run on one place, as its flow sees it. */
export interface Run {
  /** Of the appliance. */
  readonly id: string;
  /** Folder of the appliance: kubeconfig, runs. 0700. */
  readonly folder: string;
  readonly task: TaskHandle;
  readonly place: Place;
  readonly signal: AbortSignal;
  readonly password: string | undefined;
  log(level: 'info' | 'warning' | 'error', text: string, step?: string): void;
  /** Marks a step running, in the task and in the log. */
  step(title: string, detail?: string): void;
}
export interface RunSpec {
  /** Of the appliance. */
  id: string;
  type: string;
  title: string;
  place: PlaceChoice;
  sudo?: string | undefined;
  steps?: string[];
  cancellable?: boolean;
  /**
   * What was sent to the machine stays there when the run fails: an install that goes on sends only what is missing of
   * gigabytes. Every other run sends little or may send a token, so it leaves nothing behind however it ends.
   */
  keepsStaged?: boolean;
}
export interface Work {
  /** Starts a run as a task; refused with the Problem `appliance-busy` while another works on the same place. */
  start(spec: RunSpec, flow: (run: Run) => Promise<void>): Promise<{ taskId: string; done: Promise<void> }>;
  /** The task that works on it now. */
  taskOf(id: string): string | undefined;
  /** Resolves once every run here has put its things away. */
  idle(): Promise<void>;
}

export function createWork(options: {
  tasks: Tasks;
  records: Records;
  logs: RunLogs;
  openPlace: (place: PlaceChoice) => Promise<Place>;
  log: Log;
  /** Told when a run starts and when it has ended. */
  changed: (id: string) => void;
}): Work {
  const { tasks, records, logs, log } = options;
  const running = new Map<string, { taskId: string | undefined; done: Promise<void> }>();
  const busy = (detail: string, taskId?: string): ProblemError =>
    new ProblemError({
      code: 'appliance-busy',
      title: 'Something is already being done there',
      detail,
      fix: 'Wait until it has ended, or cancel it.',
      kind: 'denied',
      ...(taskId && { fields: { taskId } }),
    });

  async function start(spec: RunSpec, flow: (run: Run) => Promise<void>): ReturnType<Work['start']> {
    let other = running.get(spec.id);
    // Ended, and just puts its things away.
    while (other?.taskId !== undefined && tasks.get(other.taskId)?.state !== 'running') {
      await other.done;
      other = running.get(spec.id);
    }
    if (other) throw busy(`The task ${other.taskId ?? 'that just starts'} works on it.`, other.taskId);
    const entry: { taskId: string | undefined; done: Promise<void> } = { taskId: undefined, done: Promise.resolve() };
    running.set(spec.id, entry);
    try {
      const folder = await records.folder(spec.id);
      // Another process with the same data folder (the app and `hearth up`) must not work on it either.
      const lock = await takeLock(join(folder, 'lock'), folder).catch((error: unknown) => {
        if (error instanceof ProblemError && error.problem.code === 'data-dir-in-use') throw busy(error.problem.detail);
        throw error;
      });
      // What it did there before we had the lock.
      await records.refresh().catch(async (error: unknown) => {
        await lock.release();
        throw error;
      });
      let lines: RunLog | undefined;
      const { id: taskId, done } = tasks.start(
        {
          type: spec.type,
          title: spec.title,
          object: { kind: 'Appliance', name: spec.id },
          cancellable: spec.cancellable ?? true,
          ...(spec.steps && { steps: spec.steps }),
        },
        async (task) => {
          lines = logs.open(task.id, folder);
          await work(spec, task, folder, lines, flow);
        },
      );
      entry.taskId = taskId;
      const putAway = async (): Promise<void> => {
        await done;
        try {
          await lines?.end();
          await lock.release();
        } catch (error) {
          log.error({ err: error, id: spec.id }, 'a run could not be put away');
        }
        running.delete(spec.id);
        options.changed(spec.id);
      };
      entry.done = putAway();
      await records.change(spec.id, { taskId });
      options.changed(spec.id);
      return { taskId, done: entry.done };
    } catch (error) {
      if (!entry.taskId) running.delete(spec.id);
      throw error;
    }
  }

  async function work(
    spec: RunSpec,
    task: TaskHandle,
    folder: string,
    lines: RunLog,
    flow: (run: Run) => Promise<void>,
  ): Promise<void> {
    // Nothing prints a password, and if anything ever does it does not get further than here.
    const secrets = secretsOf(spec);
    const clean = (text: string): string => secrets.reduce((so, secret) => so.replaceAll(secret, '[hidden]'), text);
    let place: Place | undefined;
    let well = false;
    try {
      place = await options.openPlace(spec.place);
      await flow({
        id: spec.id,
        folder,
        task,
        place,
        signal: task.signal,
        password: spec.sudo,
        log: (level, text, step) => lines.add(level, clean(text), step),
        step(title, detail) {
          task.step(title, detail);
          lines.add('info', title, title);
        },
      });
      well = true;
    } catch (error) {
      const { kind, title, detail } = asProblem(error);
      lines.add(kind === 'cancelled' ? 'warning' : 'error', clean(`${title}: ${detail}`));
      throw error;
    } finally {
      if (place && (well || !spec.keepsStaged)) await takeAway(place, (text) => lines.add('warning', clean(text)));
      await place?.close();
    }
    lines.add('info', 'Done.');
  }

  return {
    start,
    taskOf: (id) => running.get(id)?.taskId,
    async idle() {
      await Promise.all(Array.from(running.values(), (entry) => entry.done));
    },
  };
}

/** What was staged at a place goes; that it could not be is told, and changes nothing about how the run ended. */
export async function takeAway(place: Place, warn: (text: string) => void): Promise<void> {
  try {
    await place.unstage();
  } catch (error) {
    warn(`What was sent to ${place.title} could not be taken away: ${asProblem(error).detail}`);
  }
}

function secretsOf({ sudo, place }: RunSpec): string[] {
  const auth = place.type === 'ssh' ? place.auth : undefined;
  const own = auth?.by === 'password' ? auth.password : auth?.by === 'key' ? auth.passphrase : undefined;
  return [sudo, own].filter((each): each is string => each !== undefined && each !== '');
}
