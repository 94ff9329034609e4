import type { Appliance } from '../../../main/contract/appliance.ts';
import type { TargetEntry } from '../../../main/contract/targets.ts';
import type { Task } from '../../../main/contract/task.ts';
import type { Way } from '../install/draft.ts';

export type Outcome = 'loading' | 'running' | 'done' | 'undone' | 'failed' | 'cancelled' | 'unknown';

/**
 * How a run stands. A task is forgotten with the backend that did it: what is there then tells whether it came to its end.
 */
export function outcome(
  task: Task | undefined,
  known: boolean,
  row: Appliance | undefined,
  kind: boolean,
  undo: boolean,
): Outcome {
  if (task) {
    if (task.state === 'done') return undo ? 'undone' : 'done';
    return task.state;
  }
  if (!known) return 'loading';
  if (kind) return 'unknown';
  if (!row) return undo ? 'undone' : 'unknown';
  if (row.state === 'half') return 'failed';
  return row.state === 'installing' || undo ? 'unknown' : 'done';
}

/** The target that a run made. */
export function targetOf(all: readonly TargetEntry[], name: string, way: Way): TargetEntry | undefined {
  const kind = way === 'kind' ? 'kind' : 'appliance';
  const own = all.filter((each) => each.kind === kind);
  return own.find((each) => each.id === name) ?? own.find((each) => each.name === name);
}
