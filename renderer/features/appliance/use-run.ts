import { useEffect, useEffectEvent, useState } from 'react';
import type { Appliance, PlaceInput } from '../../../main/contract/appliance.ts';
import type { Api } from '../../../main/contract/contract.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { useTask } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { t } from './text.ts';
import { accessNeed } from './view.ts';

/** The secrets of a run, used once. */
export interface Access {
  sudo?: string;
  place?: PlaceInput;
}
export type Start = (api: Api, access: Access & { id: string }) => Promise<{ taskId: string }>;

export interface Runner {
  /** Starts it; `onStarted` gets the task's id once it runs. */
  run: (start: Start, onStarted?: (taskId: string) => void) => void;
  busy: boolean;
  problem: Problem | undefined;
  reset: () => void;
  /** Something must be asked first: shown by the AccessDialog. */
  asks: { need: 'sudo' | 'ssh'; problem: Problem } | undefined;
  answer: (access: Access) => void;
  dismiss: () => void;
}

interface Wanted {
  start: Start;
  access: Access;
  onStarted: ((taskId: string) => void) | undefined;
}

/**
 * Work on one appliance. Whether a password is needed is found out by trying: what was refused for want of one is asked for,
 * and tried again with it.
 */
export function useRun(row: Pick<Appliance, 'id'>): Runner {
  const [asks, setAsks] = useState<Runner['asks']>();
  const [last, setLast] = useState<Wanted & { taskId: string }>();
  const task = useTask(last?.taskId);
  const refused = (problem: Problem): boolean => {
    const need = accessNeed(problem);
    if (need) setAsks({ need, problem });
    return need !== undefined;
  };
  const action = useAction((api, { start, access }: Wanted) => start(api, { ...access, id: row.id }), {
    onDone: ({ taskId }, wanted) => {
      setAsks(undefined);
      setLast({ ...wanted, taskId });
      wanted.onStarted?.(taskId);
    },
    onProblem: (problem, wanted) => {
      setLast({ ...wanted, taskId: '' });
      refused(problem);
    },
  });
  const ended = useEffectEvent((problem: Problem | undefined) => {
    if (!problem) toast({ title: t('run.done', { title: task?.title ?? '' }) });
    else if (!refused(problem)) toastProblem(problem);
  });
  const state = task?.state;
  useEffect(() => {
    if (state === 'done') ended(undefined);
    if (state === 'failed' || state === 'cancelled') ended(task?.problem);
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- told once, when it ends
  }, [state]);
  const needsWords = action.problem && accessNeed(action.problem) === undefined;
  return {
    run: (start, onStarted) => void action.run({ start, access: {}, onStarted }),
    busy: action.busy,
    problem: needsWords ? action.problem : undefined,
    reset: action.reset,
    asks,
    answer: (access) => {
      if (last) void action.run({ start: last.start, onStarted: last.onStarted, access: { ...last.access, ...access } });
    },
    dismiss: () => setAsks(undefined),
  };
} // prettier-ignore
