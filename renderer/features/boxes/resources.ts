import type { BoxRow, FoundBox } from '../../../main/contract/box/boxes.ts';
import type { BoxState } from '../../../main/contract/box/state.ts';
import type { StickDrive } from '../../../main/contract/box/sticks.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { ListUpdate } from '../../../main/contract/machine.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { foldList, replace } from '../../lib/live-store.ts';
import type { ListResource, Resource } from '../../lib/resources.ts';

/** What answers in the network; a hint until it was proven. */
export const foundBoxes: ListResource<FoundBox> = {
  key: 'found-boxes',
  source: (api, signal) => api.boxes.find({}, { signal }),
  fold: foldList<FoundBox>(rowKeys.foundBox),
};

/** For whoever may not look around. */
export const noBoxes: ListResource<FoundBox> = { ...foundBoxes, key: 'no-boxes', source: () => nothing() };
async function* nothing(): AsyncGenerator<ListUpdate<FoundBox>> {
  yield { type: 'snapshot', items: [] };
}

export interface BoxView {
  row: BoxRow;
  /** Absent while it does not answer. */
  state?: BoxState;
}
export const boxView = (id: string): Resource<BoxView, BoxView> => ({
  key: `box:${id}`,
  source: (api, signal) => api.boxes.state({ id }, { signal }),
  fold: replace,
});

interface Drives {
  drives: StickDrive[];
  problem?: Problem;
}
/** Drives of this computer, as they come and go. */
export const stickDrives: Resource<Drives, Drives> = {
  key: 'stick-drives',
  source: (api, signal) => api.boxes.drives({}, { signal }),
  fold: replace,
};
