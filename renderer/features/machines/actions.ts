import type { MachineRow } from '../../../main/contract/machine.ts';
import type { MachineAction } from '../../../main/contract/machine-ref.ts';
import type { MachinesText } from './text.ts';

/** The button that a person most likely wants in this state. */
export const primaryAction = (row: MachineRow): MachineAction => {
  if (row.tone === 'paused') return 'unpause';
  if (row.actions.includes('start')) return 'start';
  return row.actions.includes('stop') || row.tone === 'running' || row.tone === 'busy' ? 'stop' : 'start';
};

/** Everything the row's menu offers, in the order of use; `delete` comes last and apart. */
export const menuActions: MachineAction[] = [
  'start',
  'stop',
  'restart',
  'pause',
  'unpause',
  'softReboot',
  'reset',
  'forceStop',
  'forceRestart',
  'delete',
];

/** Actions that throw away what the guest has not written to its disk. */
export const isHard = (action: MachineAction): boolean =>
  action === 'forceStop' || action === 'forceRestart' || action === 'reset' || action === 'delete';

/**
 * Why a row's action is not offered now, as a key of the texts; undefined when it is.
 * The row carries only what is allowed, so the reason follows from its state; the machine's own page has the backend's words.
 */
export function whyNotKey(action: MachineAction, row: MachineRow): MachinesText | undefined {
  if (row.actions.includes(action)) return undefined;
  if (row.status === 'Terminating') return 'whyNot.deleting';
  if (row.tone === 'busy') return row.status === 'Stopping' ? 'whyNot.stopping' : 'whyNot.busy';
  switch (action) {
    case 'start':
      return row.tone === 'error' ? 'whyNot.trying' : 'whyNot.alreadyRunning';
    case 'unpause':
      return 'whyNot.notPaused';
    case 'pause':
      return row.tone === 'paused' ? 'whyNot.alreadyPaused' : 'whyNot.notRunning';
    case 'stop':
    case 'forceStop':
      return row.tone === 'stopped' ? 'whyNot.alreadyStopped' : 'whyNot.notRunning';
    case 'restart':
    case 'forceRestart':
    case 'reset':
    case 'softReboot':
      return row.tone === 'paused' ? 'whyNot.paused' : 'whyNot.notRunning';
    case 'delete':
      return 'whyNot.other';
  }
}

/** The action that cures the row's `why`, if one of the list's buttons does. */
export function cureOf(row: MachineRow): MachineAction | undefined {
  if (!row.why) return undefined;
  const candidates: MachineAction[] =
    row.tone === 'paused' ? ['unpause'] : row.tone === 'running' ? ['restart'] : ['start'];
  return candidates.find((action) => row.actions.includes(action));
}
