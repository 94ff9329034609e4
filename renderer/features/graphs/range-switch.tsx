import { useId } from 'react';
import type { MetricsRange } from '../../../main/contract/metrics.ts';
import { cx } from '../../lib/cx.ts';
import css from './graphs.module.css';
import { t } from './text.ts';

const ranges: readonly MetricsRange[] = ['live', '1h', '24h'];

/** Live, an hour or a day. */
export function RangeSwitch({ value, onChange }: { value: MetricsRange; onChange: (range: MetricsRange) => void }) {
  const name = useId();
  return (
    <fieldset className={css.switch}>
      <legend className="visually-hidden">{t('range')}</legend>
      {ranges.map((range) => (
        <label key={range} className={cx(css.choice, range === value && css.chosen)}>
          <input
            className="visually-hidden"
            type="radio"
            name={name}
            checked={range === value}
            onChange={() => onChange(range)}
          />
          {t(`range.${range}`)}
        </label>
      ))}
    </fieldset>
  );
}
