import type { KubeObject } from '../../contract/kube.ts';
import type { Notification, Thresholds } from '../../contract/notifications.ts';
import type { SpaceForecast } from '../../contract/metrics.ts';
import type { Task } from '../../contract/task.ts';
import { pickList, pickText } from '../target/pick.ts';

/** Something to tell, and what it is the same as: told once while `key` stays true. */
export type Sign = Omit<Notification, 'id' | 'at'> & { key: string };

/** Milliseconds: a task that ended sooner was watched by whoever began it. */
const longTask = 10_000;

/** A task that ended: a failure always, success when it took long. Pure. */
export function taskSign(task: Task): Sign | undefined {
  const { object, title, problem } = task;
  const about = { ...(object && { object }) };
  const scheduled = task.type === 'snapshot-schedule' || task.type === 'backup-schedule';
  if (task.state === 'failed')
    return {
      key: `task/${task.id}`, event: scheduled ? 'schedule-trouble' : 'task-failed', tone: 'problem', title: `${title}: failed`,
      detail: problem ? [problem.title, problem.detail].join(': ') : 'It did not work.', ...about,
    }; // prettier-ignore
  if (task.state !== 'done' || !task.endedAt) return undefined;
  // Nobody waits for what comes by itself; that it did not come is what has to be told.
  if (scheduled)
    return task.notice && {
      key: `task/${task.id}`, event: 'schedule-trouble', tone: 'warning', title: task.notice.title,
      detail: `${task.notice.detail} One ${task.type === 'backup-schedule' ? 'backup was made' : 'snapshot was taken'} now to make up for that.`, ...about,
    }; // prettier-ignore
  // Nobody asked for it just then, so it is said with its reason.
  if (task.type === 'installer-eject')
    return task.notice && { key: `task/${task.id}`, event: 'task-ended', tone: 'ok', ...task.notice, ...about };
  const took = Date.parse(task.endedAt) - Date.parse(task.startedAt);
  if (took < longTask) return undefined;
  return {
    key: `task/${task.id}`, event: 'task-ended', tone: 'ok', title: `${title}: done`,
    detail: `It took ${took < 120_000 ? `${Math.round(took / 1000)} seconds` : `${Math.round(took / 60_000)} minutes`}.`, ...about,
  }; // prettier-ignore
}

const condition = (object: KubeObject, type: string): Record<string, unknown> | undefined =>
  pickList(object, 'status', 'conditions').find((each) => each['type'] === type && each['status'] === 'True');

/** What is wrong with a machine now, as far as somebody wants to be called for it. Pure. */
export function machineSigns(vm: KubeObject | undefined, vmi: KubeObject | undefined): Sign[] {
  const { namespace = '', name = '', uid = '' } = (vm ?? vmi)?.metadata ?? {};
  const object = { kind: 'VirtualMachine', namespace, name };
  const signs: Sign[] = [];
  if (vm && pickText(vm, 'status', 'printableStatus') === 'CrashLoopBackOff')
    signs.push({
      key: `crash/${uid}`, event: 'machine-crash-loop', tone: 'problem', title: `${name} keeps failing`,
      detail: condition(vm, 'Failure')?.['message']?.toString() || 'It ended in a failure several times in a row and is tried again with growing pauses.', object,
    }); // prettier-ignore
  if (vmi && pickText(vmi, 'status', 'phase') === 'Failed')
    signs.push({
      key: `failed/${vmi.metadata.uid}`, event: 'machine-stopped', tone: 'problem', title: `${name} stopped unexpectedly`,
      // Its condition Ready says no more than that it does not run; the cause is in an event.
      detail: 'Its run ended in a failure; the guest did not shut down by itself. The events of the machine say why, and it is started again where its settings say so.', object,
    }); // prettier-ignore
  const paused = vmi && condition(vmi, 'Paused');
  if (paused?.['reason'] === 'PausedIOError')
    signs.push({
      key: `io/${vmi?.metadata.uid}`, event: 'machine-disk-full', tone: 'problem', title: `${name} was paused: its disk cannot be written`,
      detail: paused['message']?.toString() || 'A write failed, mostly because no space is left. Make room; then let it go on.', object,
    }); // prettier-ignore
  return signs;
}

const gib = (size: number, digits = 1): string => `${(size / 1024 ** 3).toFixed(digits)} GiB`;
/** What was told stays true until it is a tenth better than it has to be: what moves to and fro around it is one event. */
const better = 1.1;

/** `told`: it was nearly full when last looked at. Pure. */
export function diskSign(
  disk: { path: string; free: number; total: number },
  { diskBytes, diskPercent }: Pick<Thresholds, 'diskBytes' | 'diskPercent'>,
  told = false,
): Sign | undefined {
  const { path, free, total } = disk;
  const least = Math.max(diskBytes, (total * diskPercent) / 100) * (told ? better : 1);
  if (total === 0 || free >= least) return undefined;
  return {
    key: `disk/${path}`, event: 'disk-nearly-full', tone: 'warning', title: 'The disk is nearly full',
    detail: `${gib(free)} of ${gib(total, 0)} are free where Hearth keeps its disks (${path}). Machines are paused when it is full.`,
  }; // prettier-ignore
}

/** A disk that fills by its trend. Pure. */
export function fillingSign({ free, daysLeft }: SpaceForecast, { diskDays }: Pick<Thresholds, 'diskDays'>, told = false): Sign | undefined {
  if (daysLeft === undefined || free === undefined || diskDays === 0 || daysLeft > diskDays * (told ? better : 1)) return undefined;
  const when = daysLeft < 1 ? 'within a day' : daysLeft === 1 ? 'in about 1 day' : `in about ${daysLeft} days`;
  return {
    key: 'disk-filling', event: 'disk-filling', tone: 'warning', title: `The disk is full ${when}`,
    detail: `${gib(free)} are free where Hearth keeps its disks, and they go as they did in the last days. Delete what nobody needs, or move disks elsewhere.`,
  };
} // prettier-ignore

/** Looks, a minute each, for which memory has to be short: a moment of it is no news. */
const shortLooks = 3;

/** `frees`: bytes that were free at the last looks, the latest last. Pure. */
export function memorySign(
  memory: { frees: readonly number[]; total: number },
  { memoryPercent }: Pick<Thresholds, 'memoryPercent'>,
  told = false,
): Sign | undefined {
  const { frees, total } = memory;
  const least = ((total * memoryPercent) / 100) * (told ? better : 1);
  const looked = frees.slice(-shortLooks);
  const free = looked.at(-1);
  if (free === undefined || total === 0 || (!told && looked.length < shortLooks)) return undefined;
  if (told ? free >= least : looked.some((each) => each >= least)) return undefined;
  return {
    key: 'memory', event: 'memory-nearly-full', tone: 'warning', title: 'The memory of this computer is nearly full',
    detail: `${gib(free)} of ${gib(total)} are free. When none is left the system ends programs, machines among them: stop a machine, or give some of them less.`,
  }; // prettier-ignore
}

const day = 86_400_000;

/** The certificate by which Hearth signs in to a target: when it ends and when it is looked at, in milliseconds since 1970. Pure. */
export function certificateSign(
  certificate: { target: string; begins: number; ends: number; now: number },
  { certificateDays }: Pick<Thresholds, 'certificateDays'>,
): Sign | undefined {
  const { target, begins, ends, now } = certificate;
  const left = (ends - now) / day;
  // One that lives for less than that is made anew all the time, by a program that Hearth asks for it.
  if (certificateDays === 0 || left > certificateDays || (ends - begins) / day <= certificateDays) return undefined;
  const over = left <= 0;
  const days = Math.floor(left);
  return {
    key: `certificate/${ends}/${over ? 'over' : 'soon'}`, event: 'certificate-ending', tone: over ? 'problem' : 'warning',
    title: over ? `The certificate for ${target} has ended` : `The certificate for ${target} ends ${days < 1 ? 'within a day' : days === 1 ? 'in 1 day' : `in ${days} days`}`,
    detail: `It is good until ${new Date(ends).toISOString().slice(0, 10)}. By it Hearth signs in; after that the target refuses. k3s makes new ones when it is restarted in their last 120 days: then read its kubeconfig again.`,
  }; // prettier-ignore
}

/** A node that says so itself. Pure. */
export function nodeSign(node: KubeObject): Sign | undefined {
  const found = condition(node, 'DiskPressure');
  const { name = '' } = node.metadata;
  return found && {
    key: `pressure/${name}`, event: 'disk-nearly-full', tone: 'warning', title: `The disk of node ${name} is nearly full`,
    detail: found['message']?.toString() ?? 'The node reports disk pressure.', object: { kind: 'Node', name },
  }; // prettier-ignore
}
