import { X509Certificate } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import type { Thresholds } from '../../contract/notifications.ts';
import type { Log } from '../log.ts';
import { readComputer } from '../metrics/computer.ts';
import type { SpaceHistory } from '../metrics/space.ts';
import { keyOf, kinds } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import type { LiveValue } from '../target/live-value.ts';
import type { OpenTarget } from '../target/target.ts';
import type { Tasks } from '../tasks/tasks.ts';
import { certificateSign, diskSign, fillingSign, machineSigns, memorySign, nodeSign, taskSign } from './signs.ts';
import type { Sign } from './signs.ts';

/** What becomes true is told; what stays true is not told again; what ended may be told anew. */
export type Tell = (source: string, signs: readonly Sign[]) => void;

/** Tasks that end from now on. */
export async function watchTasks(tasks: Tasks, tell: Tell, signal: AbortSignal): Promise<void> {
  const running = new Set<string>();
  for await (const update of tasks.watch(signal)) {
    const rows = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    for (const task of rows) {
      if (task.state === 'running') running.add(task.id);
      // One that began and ended between two updates is told as well; those of earlier runs are not.
      else if (running.delete(task.id) || update.type === 'delta') {
        const sign = taskSign(task);
        if (sign) tell(`task/${task.id}`, [sign]);
      }
    }
  }
}

/** Milliseconds that a target may be away (a restart of the engine) before somebody is called. */
const patience = 15_000;

/** Machines and nodes of one target, and whether it answers. Returns how to stop. */
export function watchTarget(target: OpenTarget, tell: Tell, log: Log, patienceMs = patience): () => void {
  const over = new AbortController();
  const { id } = target.state.value;
  const name = (): string => target.state.value.name;
  /** What was wrong when we began to look is old news. */
  let begun = false;
  const looked = new Map<string, string>();
  const tellOf = (source: string, signs: readonly Sign[]): void => {
    const text = signs.map(({ key }) => key).join(' ');
    if (looked.get(source) === text) return;
    if (text === '') looked.delete(source);
    else looked.set(source, text);
    if (begun)
      tell(
        `${id}/${source}`,
        signs.map((sign) => ({ ...sign, key: `${id}/${sign.key}`, target: name() })),
      );
  };
  const look = (key: string): void =>
    tellOf(`machine/${key}`, machineSigns(vms.get(undefined, key), vmis.get(undefined, key)));
  const vms = target.cache.use(kinds.virtualMachines, undefined, { changed: (key) => queueMicrotask(() => look(key)) });
  const vmis = target.cache.use(kinds.virtualMachineInstances, undefined, {
    changed: (key) => queueMicrotask(() => look(key)),
  });
  const nodes = target.cache.use(kinds.nodes, undefined, {
    changed(key, node) {
      const sign = node && nodeSign(node);
      queueMicrotask(() => tellOf(`node/${key}`, sign ? [sign] : []));
    },
  });
  const lookFirst = async (): Promise<void> => {
    try {
      await Promise.all([vms.whenSynced(over.signal), vmis.whenSynced(over.signal)]);
      for (const vm of vms.values()) look(keyOf(vm));
    } catch (error) {
      log.debug({ err: error }, 'machines are not watched for notifications yet');
    } finally {
      begun = true;
    }
  };
  void lookFirst();
  let away: NodeJS.Timeout | undefined;
  const follow = async (): Promise<void> => {
    for await (const state of target.state.watch(over.signal)) {
      if (state.state === 'lost') {
        away ??= setTimeout(() => {
          const detail = state.problem ? `${state.problem.title}. ${state.problem.detail}` : 'It does not answer.';
          tell(`${id}/lost`, [
            { key: `${id}/lost`, event: 'target-lost', tone: 'problem', title: `${state.name} does not answer`, detail, target: state.name },
          ]); // prettier-ignore
        }, patienceMs).unref();
      } else {
        clearTimeout(away);
        away = undefined;
        tell(`${id}/lost`, []);
      }
    }
  };
  follow().catch((error: unknown) => log.error({ err: error }, 'the target is not followed for notifications'));
  return () => {
    over.abort();
    clearTimeout(away);
    for (const each of [vms, vmis, nodes]) each.release();
  };
}

/** Milliseconds between two looks at what has a threshold. */
const lookMs = 60_000;

/** Bytes free and in all. */
interface Room {
  free: number;
  total: number;
}
export interface Measures {
  disk(path: string): Promise<Room>;
  memory(): Room;
}
const measured: Measures = {
  async disk(path) {
    const { bavail, bsize, blocks } = await statfs(path);
    return { free: bavail * bsize, total: blocks * bsize };
  },
  memory: () => ({ free: os.totalmem() - readComputer(0).memory, total: os.totalmem() }),
};

/** The disk that holds machines' disks and the computer's memory, once a minute; at once when a threshold changed. */
export async function watchComputer(options: {
  path: string;
  thresholds: LiveValue<Thresholds>;
  /** Targets that are open now. */
  targets: () => Iterable<OpenTarget>;
  tell: Tell;
  log: Log;
  signal: AbortSignal;
  space?: SpaceHistory;
  measures?: Measures;
  everyMs?: number;
}): Promise<void> {
  const { path, thresholds, targets, space, tell, log, signal, measures = measured, everyMs = lookMs } = options;
  const frees: number[] = [];
  let [diskTold, memoryTold, fillingTold] = [false, false, false];
  const look = async (): Promise<void> => {
    const { total, free } = measures.memory();
    frees.push(free);
    frees.splice(0, Math.max(0, frees.length - 10));
    const short = memorySign({ frees, total }, thresholds.value, memoryTold);
    memoryTold = short !== undefined;
    tell('memory', short ? [short] : []);
    const room = await measures.disk(path);
    await space?.add(room);
    const filling = space && fillingSign(space.forecast.value, thresholds.value, fillingTold);
    fillingTold = filling !== undefined;
    tell('disk-filling', filling ? [filling] : []);
    const sign = diskSign({ path, ...room }, thresholds.value, diskTold);
    diskTold = sign !== undefined;
    tell('disk', sign ? [sign] : []);
    for (const target of targets()) {
      const ending = certificateOf(target, thresholds.value, log);
      tell(`${target.state.value.id}/certificate`, ending ? [ending] : []);
    }
  };
  while (!signal.aborted) {
    await look().catch((error: unknown) => log.debug({ err: error }, 'the computer could not be asked for its space'));
    await changedOr(thresholds, everyMs, signal);
  }
}

/** What is to be said of the certificate by which Hearth signs in there; nothing where it signs in by other means. */
function certificateOf(target: OpenTarget, thresholds: Thresholds, log: Log): Sign | undefined {
  const { id, name } = target.state.value;
  const { cert } = target.client.credentials.tls;
  if (typeof cert !== 'string' && !Buffer.isBuffer(cert)) return undefined;
  try {
    const { validFromDate, validToDate } = new X509Certificate(cert);
    const sign = certificateSign({ target: name, begins: validFromDate.getTime(), ends: validToDate.getTime(), now: Date.now() }, thresholds); // prettier-ignore
    return sign && { ...sign, key: `${id}/${sign.key}`, target: name };
  } catch (error) {
    log.debug({ target: id, err: error }, 'the certificate of a target cannot be read');
    return undefined;
  }
}

/** Until the value changes, at most that long. */
async function changedOr(value: LiveValue<unknown>, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const change = (async () => {
    let first = true;
    for await (const _ of value.watch(either)) {
      if (!first) return;
      first = false;
    }
  })();
  await Promise.race([change, pause(ms, either)]);
  over.abort();
}
