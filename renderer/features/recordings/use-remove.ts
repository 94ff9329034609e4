import { useAction } from '../../lib/use-call.ts';
import { toast, toastProblem } from '../../ui/toast.tsx';
import { t } from './text.ts';

/** Deletes a recording without a question, and offers it back. */
export function useRemove(onDone?: () => void): { remove: (name: string) => void; busy: boolean } {
  const back = useAction((api, undo: string) => api.recordings.restore({ undo }), {
    onDone: ({ name }) => toast({ title: t('restored', { name }) }),
    onProblem: toastProblem,
  });
  const action = useAction((api, name: string) => api.recordings.remove({ name }), {
    onDone: ({ undo }, name) => {
      const offer = { label: t('undo'), onClick: () => void back.run(undo) };
      toast({ title: t('remove.done', { name }), detail: t('remove.text'), action: offer, keep: true });
      onDone?.();
    },
    onProblem: toastProblem,
  });
  return { remove: (name) => void action.run(name), busy: action.busy };
}
