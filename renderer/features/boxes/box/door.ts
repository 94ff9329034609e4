import { createContext, useContext } from 'react';
import type { BoxActionInput, BoxActionResult } from '../../../../main/contract/box/actions.ts';
import type { BoxRow } from '../../../../main/contract/box/boxes.ts';
import type { BoxState } from '../../../../main/contract/box/state.ts';
import type { BoxHealth, BoxLogs, BoxResetPreview } from '../../../../main/contract/box/upkeep.ts';
import type { Api } from '../../../../main/contract/contract.ts';
import type { Problem } from '../../../../main/contract/problem.ts';
import { useAction } from '../../../lib/use-call.ts';
import type { Action } from '../../../lib/use-call.ts';

type Options = { signal?: AbortSignal };

/** The way to one box: from the app over the network, or from the box's own pages. The pages are the same over both. */
export interface Door {
  /** Tells its answers from those of another box. */
  readonly key: string;
  /** The pages come from the box itself. */
  readonly own: boolean;
  /** Of its pages, and of those before it is set up. */
  readonly base: string;
  readonly setupBase: string;
  act(api: Api, action: BoxActionInput): Promise<BoxActionResult>;
  health(api: Api, options: Options): Promise<BoxHealth>;
  resetPreview(api: Api, options: Options): Promise<BoxResetPreview>;
  logs(api: Api, lines: number, options: Options): Promise<BoxLogs>;
}

export const appDoor = (id: string): Door => ({
  key: id,
  own: false,
  base: `/boxes/${encodeURIComponent(id)}`,
  setupBase: `/boxes/${encodeURIComponent(id)}`,
  act: (api, action) => api.boxes.act({ id, action }),
  health: (api, options) => api.boxes.health({ id }, options),
  resetPreview: (api, options) => api.boxes.resetPreview({ id }, options),
  logs: (api, lines, options) => api.boxes.logs({ id, lines }, options),
});
export const ownDoor: Door = {
  key: 'own',
  own: true,
  base: '/this-box',
  setupBase: '/setup-box',
  act: (api, action) => api.ownBox.act({ action }),
  health: (api, options) => api.ownBox.health({}, options),
  resetPreview: (api, options) => api.ownBox.resetPreview({}, options),
  logs: (api, lines, options) => api.ownBox.logs({ lines }, options),
};

export interface OpenBox {
  door: Door;
  state: BoxState;
  /** In the app alone. */
  row?: BoxRow;
  /** On its own pages alone: the digits that its screen shows too. */
  code?: { digits: string; secondsLeft: number } | undefined;
  /** Why nothing can be asked of it now. */
  away?: string;
}
const Box = createContext<OpenBox | undefined>(undefined);
export const BoxProvider = Box.Provider;

/** The box of this page. */
export function useBox(): OpenBox {
  const box = useContext(Box);
  if (!box) throw new Error('There is no box around this.');
  return box;
}

/** Something asked of the box of this page. */
export function useAct(
  options: {
    onDone?: (result: BoxActionResult, action: BoxActionInput) => void;
    onProblem?: (problem: Problem) => void;
  } = {},
): Action<BoxActionInput, BoxActionResult> {
  const { door } = useBox();
  return useAction((api, action: BoxActionInput) => door.act(api, action), options);
}
