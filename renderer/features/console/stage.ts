import type { KubeObject } from '../../../main/contract/kube.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { LinkState } from './link.ts';

export type View = 'screen' | 'serial' | 'ssh';

/** What stands in the console's place, or over it. */
export type Stage =
  | { is: 'gone' }
  | { is: 'stopped' }
  | { is: 'starting' }
  | { is: 'failing'; why: string | undefined }
  | { is: 'no-screen' | 'no-serial' }
  /** The target, or this user on it, cannot. */
  | { is: 'cannot'; view: View; why: string }
  | { is: 'connecting' }
  | { is: 'lost'; problem: Problem; retryAt: number; attempt: number }
  | { is: 'taken' | 'ended'; problem: Problem }
  /** It is in a window of its own. */
  | { is: 'detached' }
  /** Who logs in is not said yet. */
  | { is: 'login' }
  | { is: 'open' };

/** Whether there is a guest to look at. */
export const isOn = (row: MachineRow): boolean =>
  row.tone === 'running' ||
  row.tone === 'paused' ||
  (row.tone === 'busy' && /^(Stopping|Migrating|Terminating)$/.test(row.status));

/** Which of them the machine was made with; KubeVirt attaches both consoles unless told otherwise. */
export function has(vm: KubeObject | undefined, view: View): boolean {
  if (view === 'ssh') return true;
  const field = view === 'screen' ? 'autoattachGraphicsDevice' : 'autoattachSerialConsole';
  return read(vm?.spec, ['template', 'spec', 'domain', 'devices', field]) !== false;
}
function read(value: unknown, path: string[]): unknown {
  let here = value;
  for (const name of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string, unknown>)[name];
  }
  return here;
}

/** `row` undefined: the machine is not known (any more). `instead`: what keeps a machine that is on from being connected. */
export function stageOf(
  row: MachineRow | undefined,
  vm: KubeObject | undefined,
  view: View,
  link: LinkState,
  instead?: 'detached' | 'login',
  cannot?: string,
): Stage {
  if (!row) return { is: 'gone' };
  if (!has(vm, view)) return { is: view === 'screen' ? 'no-screen' : 'no-serial' };
  if (!isOn(row)) {
    if (row.tone === 'stopped') return { is: 'stopped' };
    return row.tone === 'error' ? { is: 'failing', why: row.why } : { is: 'starting' };
  }
  if (cannot !== undefined) return { is: 'cannot', view, why: cannot };
  if (instead) return { is: instead };
  switch (link.is) {
    case 'off':
    case 'connecting':
      return { is: 'connecting' };
    case 'open':
      return { is: 'open' };
    case 'waiting':
      return { is: 'lost', problem: link.problem, retryAt: link.retryAt, attempt: link.attempt };
    case 'ended':
      return { is: link.problem.code.includes('taken') ? 'taken' : 'ended', problem: link.problem };
  }
}
