import { useEffect, useEffectEvent, useState } from 'react';
import type { Appliance, PlaceInput } from '../../../main/contract/appliance.ts';
import type { Api } from '../../../main/contract/contract.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import { useTask } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { t } from './text.ts';
import { accessNeed } from './view.ts';
import type { Need } from './view.ts';

/** The secrets of a run, used once. */
export interface Access {
  sudo?: string | undefined;
  place?: PlaceInput;
}
export type Start = (api: Api, access: Access & { id: string }) => Promise<{ taskId: string }>;

/** Something must be asked first: shown by the AccessDialog. */
export interface Asker {
  /** `problem`: why it is asked, where it was found out by trying; `place`: with what it was tried. */
  asks: { need: Need; problem: Problem | undefined; place?: PlaceInput | undefined } | undefined;
  busy: boolean;
  answer: (access: Access) => void;
  dismiss: () => void;
}
export interface Runner extends Asker {
  /** Starts it; `onStarted` gets the task's id once it runs, again when it is tried again. `access`: what is known already. */
  run: (start: Start, onStarted?: (taskId: string) => void, access?: Access) => void;
  problem: Problem | undefined;
  reset: () => void;
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
  const [last, setLast] = useState<Wanted & { taskId?: string }>();
  /** The refusal that was put away without an answer. */
  const [dismissed, setDismissed] = useState<Problem>();
  const task = useTask(last?.taskId);
  const action = useAction((api, { start, access }: Wanted) => start(api, { ...access, id: row.id }), {
    onDone: ({ taskId }, wanted) => {
      setLast({ ...wanted, taskId });
      wanted.onStarted?.(taskId);
    },
    onProblem: (_problem, wanted) => setLast(wanted),
  });
  const state = task?.state;
  const told = useEffectEvent(() => {
    if (state === 'done') toast({ title: t('run.done', { title: task?.title ?? '' }) });
    else if (task?.problem && accessNeed(task.problem) === undefined) toastProblem(task.problem);
  });
  useEffect(() => {
    if (state !== undefined && state !== 'running') told();
  }, [state]);
  const refusal = action.problem ?? (state === 'running' ? undefined : task?.problem);
  const need = accessNeed(refusal);
  return {
    run: (start, onStarted, access = {}) => void action.run({ start, access, onStarted }),
    busy: action.busy,
    problem: accessNeed(action.problem) === undefined ? action.problem : undefined,
    reset: action.reset,
    asks: need && refusal && refusal !== dismissed ? { need, problem: refusal, place: last?.access.place } : undefined,
    answer: (access) => {
      if (last) void action.run({ ...last, access: { ...last.access, ...access } });
    },
    dismiss: () => setDismissed(refusal),
  };
}
