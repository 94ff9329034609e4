import { useCallback } from 'react';
import type { Api } from '../../main/contract/contract.ts';
import { toast, toastProblem } from '../ui/toast.tsx';
import { useApi } from './connection.ts';
import { offerUndo } from './undo.ts';
import type { WayBack } from './undo.ts';
import { useAction } from './use-call.ts';
import { useLatest } from './use-latest.ts';

/**
 * Takes something away without a question, and offers it back: `call` does it and tells how it comes back (undefined: it does
 * not), `done` says it, `name` is what it is called.
 */
export function useRemoval<T>(options: {
  call: (api: Api, row: T) => Promise<WayBack | undefined>;
  done: (row: T) => string;
  name: (row: T) => string;
  /** More of it, before how long it can be had back. */
  detail?: (row: T) => string;
  onDone?: (row: T) => void;
}): { remove: (row: T) => void; busy: boolean } {
  const api = useApi();
  const action = useAction<T, WayBack | undefined>(options.call, {
    onDone: (way, row) => {
      const title = options.done(row);
      if (way)
        offerUndo(api, { title, name: options.name(row), ...(options.detail && { detail: options.detail(row) }), way });
      else toast({ title });
      options.onDone?.(row);
    },
    onProblem: toastProblem,
  });
  const run = useLatest(action.run);
  return { remove: useCallback((row: T) => void run.current(row), [run]), busy: action.busy };
}
