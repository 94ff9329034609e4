import { useCallback } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { asProblem } from '../../../main/contract/problem.ts';
import { useApi } from '../../lib/connection.ts';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { t } from './text.ts';

/** Puts machines into a folder, as a drop on it does; '' takes them out of theirs. */
export function useMoveTo(): (rows: readonly MachineRow[], folder: string) => Promise<void> {
  const api = useApi();
  return useCallback(
    async (rows, folder) => {
      let moved = 0;
      for (const { namespace, name } of rows)
        try {
          await api.organise.change({ namespace, name, folder });
          moved += 1;
        } catch (error) {
          toastProblem(asProblem(error));
        }
      if (moved > 0) toast({ title: t('folder.moved', { n: moved }), tone: 'ok' });
    },
    [api],
  );
}
