import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { MachineAction } from '../../../main/contract/machine-ref.ts';
import type { OfferId } from '../../../main/contract/offers.ts';

/** Everything that can be done to many machines: their actions, a snapshot each, and where they belong. */
export type BulkAction = MachineAction | 'snapshot' | 'folder' | 'label';
/** An action of the machine's own, which its row says whether it may. */
export const isMachineAction = (action: BulkAction): action is MachineAction =>
  action !== 'snapshot' && action !== 'folder' && action !== 'label';
/** What of it the target must offer. */
export const offerOfBulk = (action: BulkAction): OfferId =>
  isMachineAction(action) ? `machines.act:${action}` : action === 'snapshot' ? 'snapshots.take' : 'organise.change';
export interface BulkItem {
  row: MachineRow;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped';
  /** Why it was skipped. */
  note?: string;
  problem?: Problem;
}

/** What a bulk action will touch, and what it leaves alone because the action makes no sense there, or is not one's own to do. */
export const planBulk = (rows: readonly MachineRow[], why: (row: MachineRow) => string | undefined): BulkItem[] =>
  rows.map((row) => {
    const note = why(row);
    return note === undefined ? { row, state: 'waiting' } : { row, state: 'skipped', note };
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

/** Those that failed, to be tried once more; what is done stays done. Pure. */
export const retryPlan = (items: readonly BulkItem[]): BulkItem[] =>
  items.map((item) => (item.state === 'failed' ? { row: item.row, state: 'waiting' } : item));
