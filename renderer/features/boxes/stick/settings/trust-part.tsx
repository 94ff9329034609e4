import { NumberField } from '../../../../ui/number-field.tsx';
import { Switch } from '../../../../ui/switch.tsx';
import css from '../../boxes.module.css';
import { t } from '../text.ts';
import type { PartProps } from './part.ts';

/** The one-time secret by which the box and this Hearth know each other. */
export function TrustPart({ draft, set }: PartProps) {
  return (
    <div className={css.stack}>
      <Switch label={t('enrol')} hint={t('enrol.text')} checked={draft.enrol} onChange={(enrol) => set({ enrol })} />
      {draft.enrol && (
        <div className={css.pair}>
          <NumberField label={t('enrol.days')} hint={t('enrol.daysHint')} value={draft.days} onChange={(days) => set({ days })} min={1} max={30} unit={t('enrol.unit')} />
        </div>
      )}
      {!draft.enrol && <p className={css.muted}>{t('enrol.without')}</p>}
    </div>
  );
} // prettier-ignore
