import { RadioCards } from '../../../../ui/radio-cards.tsx';
import { SizeField } from '../../../../ui/size-field.tsx';
import { TextField } from '../../../../ui/text-field.tsx';
import css from '../../boxes.module.css';
import { t } from '../text.ts';
import type { PartProps } from './part.ts';

/** Which disk of the box may be erased, and who says so. */
export function DiskPart({ draft, set, fields }: PartProps) {
  const value = draft.mode === 'try' ? 'try' : draft.rule;
  return (
    <div className={css.stack}>
      <RadioCards
        label={t('rule')}
        columns={2}
        value={value}
        onChange={(next) => (next === 'try' ? set({ mode: 'try', rule: 'confirm' }) : set({ mode: 'install', rule: next }))}
        options={[
          { value: 'confirm', title: t('rule.confirm'), detail: t('rule.confirmText'), badge: t('usual') },
          { value: 'single-blank', title: t('rule.single-blank'), detail: t('rule.single-blankText') },
          { value: 'serial', title: t('rule.serial'), detail: t('rule.serialText') },
          { value: 'try', title: t('mode.try'), detail: t('mode.tryText') },
        ]}
      />
      {draft.rule === 'serial' && draft.mode === 'install' && (
        <div className={css.pair}>
          <TextField label={t('disk.serial')} hint={t('disk.serialHint')} value={draft.serial} onChange={(serial) => set({ serial })} error={fields['disk.serial']} mono />
          <SizeField label={t('disk.size')} hint={t('disk.sizeHint')} value={draft.size} onChange={(size) => set({ size })} error={fields['disk.size']} optional />
          <TextField label={t('disk.wwn')} value={draft.wwn} onChange={(wwn) => set({ wwn })} error={fields['disk.wwn']} optional mono />
        </div>
      )}
      <p className={css.muted}>{t('rule.never')}</p>
    </div>
  );
} // prettier-ignore
