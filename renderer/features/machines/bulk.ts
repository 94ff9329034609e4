import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { MachineAction, MachineRow } from '../../../main/contract/machine.ts';

export type BulkAction = Extract<MachineAction, 'start' | 'stop' | 'delete'>;
export interface BulkItem {
  row: MachineRow;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped';
  /** Why it was skipped. */
  note?: string;
  problem?: Problem;
}

/** What a bulk action will touch, and what it leaves alone because the action makes no sense there. */
export const planBulk = (
  rows: readonly MachineRow[],
  action: BulkAction,
  why: (row: MachineRow) => string | undefined,
): BulkItem[] =>
  rows.map((row) => {
    const note = why(row);
    return note === undefined || row.actions.includes(action)
      ? { row, state: 'waiting' }
      : { row, state: 'skipped', note };
  });

/** Runs a plan four at a time; every item gets its own result and none stops the others. */
export async function runBulk(
  plan: readonly BulkItem[],
  act: (row: MachineRow) => Promise<void>,
  changed: (items: BulkItem[]) => void,
): Promise<BulkItem[]> {
  const items = plan.map((item) => ({ ...item }));
  const queue = items.filter((item) => item.state === 'waiting');
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item; item = queue.shift()) {
      item.state = 'running';
      changed([...items]);
      try {
        await act(item.row);
        item.state = 'done';
      } catch (error) {
        item.state = 'failed';
        item.problem = asProblem(error);
      }
      changed([...items]);
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return items;
}
