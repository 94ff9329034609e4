import type { ReactNode } from 'react';
import type { FirstBoot } from '../../../main/contract/cloud-init.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { coarse } from '../../lib/format.ts';
import { useList } from '../../lib/resources.ts';
import { StatusBadge } from '../../ui/status.tsx';
import type { Tone } from '../../ui/tone.ts';
import { firstBoots } from './resources.ts';
import { t } from './text.ts';

export const bootTones: Record<FirstBoot['state'], Tone> = {
  waiting: 'busy',
  running: 'busy',
  done: 'ok',
  error: 'problem',
  'not-seen': 'stopped',
};

/** How the first set-up of a machine went, in a few words. */
export function bootWords(boot: FirstBoot): string {
  switch (boot.state) {
    case 'done':
      return boot.seconds === undefined ? t('boot.done') : t('boot.doneIn', { time: coarse(boot.seconds) });
    case 'error': {
      const first = boot.problems.find(({ severity }) => severity === 'error');
      return first?.part ? t('boot.errorIn', { part: first.part }) : t('boot.error');
    }
    case 'waiting':
    case 'running':
    case 'not-seen':
      return t(`boot.${boot.state}`);
  }
}

export const useFirstBoot = (of: ObjectRef): FirstBoot | undefined =>
  useList(firstBoots).rows.get(rowKeys.firstBoot(of));

/** Beside a machine's name: only while it is of interest, or when it failed. */
export function BootChip({ of, quiet }: { of: ObjectRef; quiet?: boolean }): ReactNode {
  const boot = useFirstBoot(of);
  if (!boot || (quiet && (boot.state === 'done' || boot.state === 'not-seen'))) return null;
  return <StatusBadge tone={bootTones[boot.state]}>{t('boot.chip', { words: bootWords(boot) })}</StatusBadge>;
}
