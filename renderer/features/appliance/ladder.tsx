import type { Appliance, RungState } from '../../../main/contract/appliance.ts';
import { ago, duration } from '../../lib/format.ts';
import { cx } from '../../lib/cx.ts';
import { useNow } from '../../lib/use-now.ts';
import { Card } from '../../ui/card.tsx';
import { StatusDot, ToneIcon } from '../../ui/status.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';
import { ladderWords, rungTones } from './view.ts';

/** From the service at the bottom to a machine that runs: each rung stands on the one before. */
export function Ladder({ row }: { row: Appliance }) {
  const now = useNow();
  // Stopped by a person is no failure: nothing stands, and nothing is wrong.
  const off = row.state === 'stopped';
  const rungs = off
    ? row.ladder.map((rung) => ({ id: rung.id, title: rung.title, state: 'unknown' as const, detail: '' }))
    : row.ladder;
  return (
    <Card title={t('health.title')}>
      <p className={css.lead} role="status">
        {off ? t('health.stopped') : ladderWords(row.ladder)}{' '}
        <span className={css.muted}>{t('seen', { ago: ago(row.at, now) })}</span>
      </p>
      <ol className={css.ladder} aria-label={t('health.title')}>
        {rungs.map((rung) => (
          <Rung key={rung.id} rung={rung} />
        ))}
      </ol>
    </Card>
  );
}

function Rung({ rung }: { rung: RungState }) {
  const plain = rung.state === 'pass' || rung.state === 'fail' || rung.state === 'waiting';
  return (
    <li className={cx(css.rung, css[rung.state])} data-rung={rung.id} data-state={rung.state}>
      <span className={css.rungIcon}>
        {plain && rung.state !== 'waiting' ? (
          <ToneIcon tone={rungTones[rung.state]} />
        ) : (
          <StatusDot tone={rungTones[rung.state]} />
        )}
      </span>
      <div className={css.words}>
        <p className={css.rungTitle}>
          <span>
            {rung.title}
            <span className="visually-hidden"> ({t(`rung.${rung.state}`)})</span>
          </span>
          {rung.state === 'waiting' && rung.seconds !== undefined && (
            <span className={css.muted}>{t('rung.since', { time: duration(rung.seconds) })}</span>
          )}
        </p>
        {rung.detail && <p className={css.detail}>{rung.detail}</p>}
        {rung.cause && (
          <p className={css.detail}>
            <span className={css.label}>{t('cause')} </span>
            {rung.cause}
          </p>
        )}
        {rung.fix && (
          <p>
            <span className={css.label}>{t('fix')} </span>
            {rung.fix}
          </p>
        )}
      </div>
    </li>
  );
}
