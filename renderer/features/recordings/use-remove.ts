import { useRemoval } from '../../lib/use-removal.ts';
import { t } from './text.ts';

/** Deletes a recording without a question, and offers it back. */
export const useRemove = (onDone?: () => void): { remove: (name: string) => void; busy: boolean } =>
  useRemoval<string>({
    call: async (api, name) => ({ of: 'recording', ...(await api.recordings.remove({ name })) }),
    done: (name) => t('remove.done', { name }),
    detail: () => t('remove.text'),
    name: (name) => name,
    ...(onDone && { onDone }),
  });
