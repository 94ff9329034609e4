import type { LabRow } from '../../../contract/labs/run.ts';
import type { ListUpdate } from '../../../contract/machine.ts';
import { rowKeys } from '../../../contract/row-keys.ts';
import { asProblem } from '../../../contract/problem.ts';
import { createLiveList } from '../../target/live-list.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { Library } from './library.ts';
import { servedKinds, servedNeeds } from './missing.ts';
import { inOrder, labRow } from './rows.ts';
import type { RowState } from './rows.ts';

/** The library as it stands for one target: redrawn when a file, a run or what the target can do has changed. */
export async function* watchRows(
  library: Library,
  target: OpenTarget,
  facts: {
    of(name: string): Promise<RowState>;
    /** Told when what `of` answers may have changed. Returns how to stop. */
    listen(told: () => void): () => void;
  },
  signal: AbortSignal,
): AsyncGenerator<ListUpdate<LabRow>> {
  const list = createLiveList<LabRow>();
  let drawing = false;
  let again = false;
  const draw = async (): Promise<void> => {
    const labs = inOrder(await library.all());
    const kinds = labs.flatMap(({ lab }) => (lab ? servedNeeds(lab) : []));
    // A target that does not answer now is told by its state; what it serves is asked when it is back.
    const served = kinds.length === 0 ? undefined : await servedKinds(target, kinds).catch(() => undefined);
    const rows = await Promise.all(labs.map(async (each) => labRow(each, { target, served, state: await facts.of(each.name) }))); // prettier-ignore
    const keys = new Set(rows.map(rowKeys.lab));
    for (const row of list.values()) if (!keys.has(rowKeys.lab(row))) list.delete(rowKeys.lab(row));
    for (const row of rows) list.set(rowKeys.lab(row), row);
    list.live();
    list.ready();
  };
  const touch = (): void => {
    if (drawing) {
      again = true;
      return;
    }
    drawing = true;
    again = false;
    void draw()
      .catch((error: unknown) => list.stale(asProblem(error)))
      .finally(() => {
        drawing = false;
        if (again && !signal.aborted) touch();
      });
  };
  const over = new AbortController();
  const stops = [library.listen(touch), facts.listen(touch)];
  const follow = async (): Promise<void> => {
    for await (const _ of target.state.watch(AbortSignal.any([signal, over.signal]))) touch();
  };
  void follow(); // the stream of a target's state ends, and does not fail
  try {
    yield* list.watch(signal);
  } finally {
    over.abort();
    for (const stop of stops) stop();
  }
}
