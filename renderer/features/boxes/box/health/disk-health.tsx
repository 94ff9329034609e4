import type { DiskHealth } from '../../../../../main/contract/box/upkeep.ts';
import { bytes, percent } from '../../../../lib/format.ts';
import { Card } from '../../../../ui/card.tsx';
import { DiskIcon } from '../../../../ui/icons.tsx';
import { StatusBadge } from '../../../../ui/status.tsx';
import css from '../../boxes.module.css';
import { t } from '../text.ts';

const tones = { good: 'ok', worn: 'warning', failing: 'problem', unknown: 'stopped' } as const;
const hoursOfYear = 8_766;

const facts = (disk: DiskHealth): string[] =>
  [
    disk.celsius !== undefined && t('celsius', { n: Math.round(disk.celsius) }),
    disk.powerOnHours !== undefined && t('disk.hours', { n: disk.powerOnHours, years: (disk.powerOnHours / hoursOfYear).toFixed(1) }),
    disk.used !== undefined && t('disk.used', { share: percent(disk.used) }),
    disk.reallocated !== undefined && t('disk.reallocated', { n: disk.reallocated }),
    disk.pending !== undefined && t('disk.pending', { n: disk.pending }),
    disk.mediaErrors !== undefined && t('disk.mediaErrors', { n: disk.mediaErrors }),
  ].filter((each) => each !== false); // prettier-ignore

/** What each disk says of itself by SMART. */
export function DiskHealthCard({ disks }: { disks: readonly DiskHealth[] }) {
  if (disks.length === 0) return null;
  return (
    <Card title={t('disks.health')} flush>
      <ul aria-label={t('disks.health')}>
        {disks.map((disk) => (
          <li key={`${disk.name} ${disk.serial}`} className={css.row}>
            <span className={css.icon}>
              <DiskIcon size={20} />
            </span>
            <div className={css.words}>
              <span className={css.name}>
                {disk.model || disk.name}
                <span className={css.chip}>{bytes(disk.size)}</span>
              </span>
              <span className={css.sub}>
                {disk.name} · <span className={css.mono}>{disk.serial}</span>
              </span>
              <span className={css.sub}>{disk.why}</span>
              {facts(disk).length > 0 && <span className={css.sub}>{facts(disk).join(' · ')}</span>}
            </div>
            <StatusBadge tone={tones[disk.verdict]}>{t(`smart.${disk.verdict}`)}</StatusBadge>
          </li>
        ))}
      </ul>
    </Card>
  );
}
