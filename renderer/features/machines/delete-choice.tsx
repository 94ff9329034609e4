import type { ReactNode } from 'react';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { t } from './text.ts';

const ways = ['bin', 'now', 'keep'] as const;
/** To the bin, gone at once, or without its disks. */
export type DeleteHow = (typeof ways)[number];
export const deleteInput = (how: DeleteHow): { deleteDisks: boolean; mode: 'bin' | 'now' } => ({
  deleteDisks: how !== 'keep',
  mode: how === 'bin' ? 'bin' : 'now',
});

export function DeleteChoice({ value, onChange }: { value: DeleteHow; onChange: (how: DeleteHow) => void }): ReactNode {
  return (
    <RadioCards
      label={t('delete.how')}
      hideLabel
      value={value}
      onChange={(next) => onChange(ways.find((way) => way === next) ?? 'bin')}
      columns={1}
      options={ways.map((way) => ({ value: way, title: t(`delete.${way}`), detail: t(`delete.${way}Text`) }))}
    />
  );
}
