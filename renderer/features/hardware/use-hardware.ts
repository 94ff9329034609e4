import type { Hardware, PlannedChange } from '../../../main/contract/hardware.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { Resource } from '../../lib/resources.ts';
import { replace } from '../../lib/live-store.ts';
import { toast } from '../../ui/toast.tsx';
import { t } from './text.ts';

/** Size and disks of one machine, as they are now. The key begins as those of its details: both are forgotten together. */
export const hardwareOf = (of: ObjectRef): Resource<Hardware, Hardware> => ({
  key: `machine:${of.namespace}/${of.name}:hardware`,
  source: (api, signal) => api.hardware.watch(of, { signal }),
  fold: replace,
});

export const whatOf = ({ what, name }: PlannedChange): string => t(`what.${what}`, { name: name ?? '' });

/** Says what came of a change, and when it takes effect. */
export function tell(title: string, name: string, when: 'now' | 'restart' | 'refused'): void {
  toast(when === 'now' ? { title, tone: 'ok' } : { title: t('done.later', { name }), tone: 'note' });
}
