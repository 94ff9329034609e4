import { useLocation } from 'wouter';
import { target, targets, useList, useLive } from '../../../lib/resources.ts';
import { useAction } from '../../../lib/use-call.ts';
import { toast, toastProblem } from '../../../ui/toast.tsx';
import { useBox } from './door.ts';
import { t } from './text.ts';

/** Goes to a page of the cluster of this box: in the app it is made the place that is shown first. */
export function useToTarget(): { go: (to: string) => void; busy: boolean; why: string | undefined } {
  const { door, row, state } = useBox();
  const [, navigate] = useLocation();
  const shown = useLive(target).value?.id;
  const all = useList(targets);
  const use = useAction(
    async (api, _to: string) => {
      const known = row?.targetId !== undefined && all.rows.has(row.targetId) ? row.targetId : undefined;
      const id = known ?? (await api.boxes.adopt({ id: row?.id ?? '' })).targetId;
      if (id !== shown) await api.targets.use({ id });
      return id !== shown;
    },
    {
      onProblem: toastProblem,
      onDone: (switched, to) => {
        if (switched) toast({ title: t('target.shown', { name: state.name }) });
        navigate(to);
      },
    },
  );
  const ready = state.setup.appliance === 'ready' ? undefined : t('target.none');
  if (door.own) return { go: navigate, busy: false, why: ready };
  return { go: (to) => void use.run(to), busy: use.busy, why: ready };
}
