import { useState } from 'react';
import type { Thresholds } from '../../../main/contract/notifications.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { SizeField } from '../../ui/size-field.tsx';
import css from './notifications.module.css';
import type { Save } from './save.ts';
import { t } from './text.ts';

type Drafts = { [Name in keyof Thresholds]: number | undefined };

/** From when on a nearly full disk, short memory and a certificate are told. */
export function LimitsCard({ limits, save }: { limits: Thresholds; save: Save }) {
  const [drafts, setDrafts] = useState<Drafts>(limits);
  const put = (name: keyof Thresholds) => (value: number | undefined) => setDrafts({ ...drafts, [name]: value });
  const names = Object.keys(limits) as (keyof Thresholds)[];
  const dirty = names.some((name) => drafts[name] !== limits[name]);
  const whole = names.every((name) => drafts[name] !== undefined);
  const percent = (name: 'diskPercent' | 'memoryPercent') => (
    <NumberField label={t(`limits.${name}`)} value={drafts[name]} onChange={put(name)} max={50} unit="%" />
  );
  return (
    <Card title={t('limits.title')}>
      <div className={css.stack}>
        <p className={css.text}>{t('limits.text')}</p>
        {percent('diskPercent')}
        <SizeField
          label={t('limits.diskBytes')}
          value={drafts.diskBytes}
          onChange={put('diskBytes')}
          min={0}
          max={1024 ** 5}
        />
        <NumberField
          label={t('limits.diskDays')}
          value={drafts.diskDays}
          onChange={put('diskDays')}
          max={90}
          unit={t('limits.days')}
        />
        {percent('memoryPercent')}
        <NumberField
          label={t('limits.certificateDays')}
          value={drafts.certificateDays}
          onChange={put('certificateDays')}
          max={365}
          unit={t('limits.days')}
        />
        {dirty && (
          <div className={css.row}>
            <Button
              tone="primary"
              busy={save.busy}
              why={whole ? undefined : t('limits.why')}
              onClick={() => void save.run({ thresholds: drafts })}
            >
              {t('limits.save')}
            </Button>
            <Button tone="quiet" onClick={() => setDrafts(limits)}>
              {t('limits.undo')}
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}
