import type { FaultKind, FaultState, FaultWish, MachineFaults } from '../../../main/contract/faults.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { OfferId } from '../../../main/contract/offers.ts';
import { taskDone } from '../../lib/tasks.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { t } from './text.ts';

/** What a control of one kind of fault needs. */
export interface Breaker {
  /** Why it cannot be broken now. */
  why: string | undefined;
  /** The fault of this kind that is there. */
  now: FaultState | undefined;
  busy: boolean;
  begin: (wish: FaultWish) => void;
}

/** Breaking one kind of thing on a machine; done when it holds. */
export function useBreaker(of: ObjectRef, faults: MachineFaults, kind: FaultKind): Breaker {
  const offer = useOffer();
  const action = useAction(
    async (api, wish: FaultWish) => {
      const { taskId } = await api.faults.begin({ ...of, wish });
      if (taskId !== undefined) await taskDone(api, taskId);
    },
    { onProblem: toastProblem },
  );
  const id: OfferId = `faults.begin:${kind}`;
  return {
    why: offer(id) ?? faults.offers.find((each) => each.kind === kind)?.why,
    // What a lab hides is not given away by the dials either.
    now: faults.faults.find((each) => each.kind === kind && !each.hidden),
    busy: action.busy,
    begin: (wish) => void action.run(wish),
  };
}

/** Curing one kind, or all. */
export function useCure(of: ObjectRef): {
  why: string | undefined;
  busy: FaultKind | 'all' | undefined;
  cure: (fault?: FaultState) => void;
} {
  // prettier-ignore
  const offer = useOffer();
  const action = useAction(
    async (api, fault: FaultState | undefined) => {
      const { taskId } = await api.faults.cure({ ...of, ...(fault && { kind: fault.kind }) });
      if (taskId !== undefined) await taskDone(api, taskId);
    },
    {
      onDone: (_value, fault) =>
        toast({
          title: fault ? t('now.cured', { words: fault.hidden ? t('now.hidden') : fault.words }) : t('now.curedAll'),
        }),
      onProblem: toastProblem,
    },
  );
  return {
    why: offer('faults.cure'),
    busy: action.busy ? (action.pending?.kind ?? 'all') : undefined,
    cure: (fault) => void action.run(fault),
  };
}
