import type { KubeObject } from '../../../contract/kube.ts';
import { writtenSchedule, writtenState } from '../../snapshots/schedule/written.ts';
import { pickList, pickText } from '../../target/pick.ts';
import { cause, machinePage, page } from '../cause.ts';
import { asAsked, knows, listOf, nameOf, statusOf, strategyOf } from '../sources.ts';
import type { WhySources } from '../sources.ts';

interface Work {
  kind: 'VirtualMachineSnapshot' | 'VirtualMachineRestore';
  name: string;
  object: KubeObject | undefined;
}

function work(sources: WhySources): Work | undefined {
  const { vm } = sources;
  const snapshot = pickText(vm, 'status', 'snapshotInProgress');
  const restore = pickText(vm, 'status', 'restoreInProgress');
  const name = restore ?? snapshot;
  if (name === undefined) return undefined;
  // A snapshot of a machine that runs, or is off as asked, is in nobody's way; a restore always is.
  if (restore === undefined && asAsked(sources) && (statusOf(vm) === 'Running' || strategyOf(vm) === 'Halted') && !stale(sources, name)) return undefined;
  const list = restore === undefined ? 'snapshots' : 'restores';
  return {
    kind: restore === undefined ? 'VirtualMachineSnapshot' : 'VirtualMachineRestore',
    name,
    object: listOf(sources, list).find((each) => nameOf(each) === name),
  };
} // prettier-ignore

/** The machine waits for a snapshot that is over or gone: nobody will take the mark away. */
function stale(sources: WhySources, name: string): boolean {
  if (!knows(sources, 'snapshots')) return false;
  const found = listOf(sources, 'snapshots').find((each) => nameOf(each) === name);
  return found === undefined || pickText(found, 'status', 'phase') === 'Failed';
}

export const snapshotInProgress = cause({
  id: 'snapshot-in-progress',
  title: 'Its disks are being kept or exchanged',
  tone: 'wait',
  evidence: work,
  explain({ kind, name, object }, sources) {
    const restoring = kind === 'VirtualMachineRestore';
    const looked = knows(sources, restoring ? 'restores' : 'snapshots');
    const error = pickText(object, 'status', 'error', 'message');
    const waits = pickList(object, 'status', 'conditions').find((each) => each['type'] === 'Progressing');
    const reason = pickText(waits, 'reason');
    const doing = restoring
      ? 'Its disks are being put back; until that is done it does not start.'
      : 'A snapshot of it is being taken; until that is done it is neither started nor stopped.';
    const ref = { namespace: sources.vm.metadata.namespace ?? '', name };
    return {
      short: doing,
      steps: [
        { object: `VirtualMachine ${nameOf(sources.vm)}`, says: doing },
        {
          object: `${kind} ${name}`,
          says: object ? (error ?? `It is under way${reason && reason !== 'Operation in progress' ? `: ${reason}` : ''}.`) : looked ? 'It does not exist any more.' : 'It is under way.',
        },
      ],
      cures: [
        page('Look at its snapshots', machinePage(sources, 'snapshots')),
        restoring
          ? {
              label: 'Give the restore up',
              asks: 'Disks that were exchanged already stay exchanged.',
              action: { type: 'removeRestore' as const, restore: ref.name },
            }
          : {
              label: 'Give the snapshot up',
              asks: `The snapshot ${name} is deleted. The machine and its disks stay as they are.`,
              action: { type: 'removeSnapshot' as const, snapshot: ref.name },
            },
      ],
      since: object?.metadata.creationTimestamp,
    };
  },
}); // prettier-ignore

/** Its snapshots do not come as they should: by the machine's own record, or because nobody can read what was asked for. */
export const scheduleFailed = cause({
  id: 'schedule-failed',
  title: 'Its scheduled snapshots fail',
  tone: 'warning',
  evidence({ vm }) {
    const { written, unreadable } = writtenSchedule(vm);
    if (unreadable !== undefined) return { says: unreadable, since: undefined };
    const failed = written && writtenState(vm)?.failed;
    return failed && { says: `${failed.title}: ${failed.detail}`, since: failed.at };
  },
  explain: ({ says, since }, sources) => ({
    steps: [{ object: 'Schedule of snapshots', says }],
    cures: [
      page('Look at its snapshots', machinePage(sources, 'snapshots'), 'The schedule and what is wrong with it.'),
    ],
    since,
  }),
});
