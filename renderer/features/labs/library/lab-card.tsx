import type { ReactNode } from 'react';
import type { LabRow } from '../../../../main/contract/labs/run.ts';
import { ago, bytes, dateTime, duration } from '../../../lib/format.ts';
import { useNow } from '../../../lib/use-now.ts';
import { ClockIcon, FlagIcon, MemoryIcon, OkIcon } from '../../../ui/icons.tsx';
import { StatusBadge, ToneIcon } from '../../../ui/status.tsx';
import { t } from '../text.ts';
import { runTone } from '../tones.ts';
import { Level } from './level.tsx';
import css from './library.module.css';

/** One lab: the whole card leads to its page. */
export function LabCard({ row }: { row: LabRow }): ReactNode {
  const now = useNow();
  return (
    <li className={css.card} data-lab={row.name}>
      <div className={css.over}>
        <Level level={row.level} />
        {row.running !== undefined && <StatusBadge tone={runTone[row.running]}>{t(`run.${row.running}`)}</StatusBadge>}
        {row.best && row.running === undefined && (
          <span
            className={css.best}
            title={t('best.at', { time: duration(row.best.seconds), at: dateTime(row.best.at) })}
          >
            <OkIcon />
            {t('best.points', { score: row.best.score, of: row.best.of })}
            <span className="visually-hidden">
              {' '}
              {t('best.time', { time: duration(row.best.seconds) })}, {ago(row.best.at, now)}
            </span>
          </span>
        )}
      </div>
      <h3 className={css.title}>
        <a className={css.link} href={`#/labs/${row.name}`}>
          {row.title}
        </a>
      </h3>
      <p className={css.summary}>{row.summary}</p>
      {row.missing.length > 0 && <Missing of={row.missing} />}
      <dl className={css.facts}>
        <Fact icon={<ClockIcon />} name={t('fact.minutes')} value={t('minutes', { n: row.minutes })} />
        <Fact icon={<FlagIcon />} name={t('fact.steps')} value={t('steps', { n: row.steps })} />
        {row.memory > 0 && <Fact icon={<MemoryIcon />} name={t('fact.memory')} value={bytes(row.memory)} />}
      </dl>
    </li>
  );
}

/** What keeps it from being started here, and what helps. */
export function Missing({ of }: { of: LabRow['missing'] }): ReactNode {
  return (
    <ul className={css.missing} aria-label={t('missing')}>
      {of.map(({ what, remedy }) => (
        <li key={what} className={css.lack}>
          <ToneIcon tone="paused" />
          <span>
            {what} {remedy && <span className={css.remedy}>{remedy}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Fact({ icon, name, value }: { icon: ReactNode; name: string; value: string }): ReactNode {
  return (
    <div className={css.fact}>
      {icon}
      <dt className="visually-hidden">{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
