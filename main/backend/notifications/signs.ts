import type { KubeObject } from '../../contract/kube.ts';
import type { Notification } from '../../contract/notifications.ts';
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
  const scheduled = task.type === 'snapshot-schedule';
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
      detail: `${task.notice.detail} One snapshot was taken now to make up for that.`, ...about,
    }; // prettier-ignore
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

/** Bytes and share below which a disk is nearly full. */
const leastFree = 2 * 1024 ** 3;
const leastShare = 0.05;

/** Pure. */
export function diskSign(disk: { path: string; free: number; total: number }): Sign | undefined {
  const { path, free, total } = disk;
  if (total === 0 || (free >= leastFree && free / total >= leastShare)) return undefined;
  return {
    key: `disk/${path}`, event: 'disk-nearly-full', tone: 'warning', title: 'The disk is nearly full',
    detail: `${(free / 1024 ** 3).toFixed(1)} GiB of ${(total / 1024 ** 3).toFixed(0)} GiB are free where Hearth keeps its disks (${path}). Machines are paused when it is full.`,
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
