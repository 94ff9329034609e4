import { Combobox } from '../../../../ui/combobox.tsx';
import { Select } from '../../../../ui/select.tsx';
import { TextField } from '../../../../ui/text-field.tsx';
import css from '../../boxes.module.css';
import { keyboards, languages, timeZones } from '../../regions.ts';
import { t } from '../text.ts';
import type { PartProps } from './part.ts';

export function NamePart({ draft, set, fields }: PartProps) {
  const { hostName, keyboard, timeZone, language } = draft;
  return (
    <div className={css.pair}>
      <TextField label={t('name.host')} hint={t('name.hostHint')} value={hostName} onChange={(next) => set({ hostName: next })} error={fields['hostName']} maxLength={63} mono />
      <Combobox label={t('name.zone')} value={timeZone} onChange={(next) => set({ timeZone: next })} options={timeZones(timeZone)} error={fields['timeZone']} />
      <Combobox label={t('name.keyboard')} value={keyboard} onChange={(next) => set({ keyboard: next })} options={keyboards(keyboard)} error={fields['keyboard']} />
      <Select label={t('name.language')} value={language} onChange={(next) => set({ language: next })} options={languages(language)} error={fields['language']} />
    </div>
  );
} // prettier-ignore
