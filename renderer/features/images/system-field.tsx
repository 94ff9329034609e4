import type { ReactNode } from 'react';
import type { SystemGuess } from '../../../main/contract/image-system.ts';
import { useCall } from '../../lib/use-call.ts';
import { Combobox } from '../../ui/combobox.tsx';
import { t } from './text.ts';

type Known = Pick<SystemGuess, 'name' | 'from' | 'evidence'>;

/** What is taken for an image's system, and why: "Debian 13: the disc's header says ...". */
export const systemText = ({ name, from, evidence }: Known): string => t(`system.from.${from}`, { name, evidence });

/**
 * The recognised system with its source, which a person can change. `value`: undefined while nothing else was chosen. It stands
 * there before there is anything to recognise (`asked` is false), and takes as much room: what comes later moves no button.
 */
export function SystemField({
  guess,
  asked = true,
  value,
  onChange,
}: {
  guess: Known | null | undefined;
  asked?: boolean;
  value: string | undefined;
  onChange: (system: string | undefined) => void;
}): ReactNode {
  const systems = useCall(['images', 'systems'], (api) => api.images.systems({}), { staleMs: Infinity }).value ?? [];
  const none = asked ? t('system.unknown') : t('system.auto');
  const auto = guess ? t('system.recognised', { name: guess.name }) : none;
  return (
    <Combobox
      label={t('system.field')}
      value={value ?? 'auto'}
      onChange={(chosen) => onChange(chosen === 'auto' ? undefined : chosen)}
      hint={value === undefined && guess ? systemText(guess) : t('system.hint')}
      options={[{ value: 'auto', label: auto }, ...systems.map(({ id, name }) => ({ value: id, label: name }))]}
    />
  );
}
