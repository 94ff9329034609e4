import type { BoxHealth } from '../../../../../main/contract/box/upkeep.ts';
import { bytes, percent } from '../../../../lib/format.ts';
import { Card } from '../../../../ui/card.tsx';
import { Meter } from '../../../../ui/meter.tsx';
import { StatusBadge, ToneIcon } from '../../../../ui/status.tsx';
import css from '../../boxes.module.css';
import { t } from '../text.ts';

const tones = { good: 'ok', note: 'note', warning: 'warning', bad: 'problem' } as const;
const rank = { bad: 0, warning: 1, note: 2, good: 3 } as const;

/** What was found, the worst first, each with what to do about it. */
export function Findings({ health }: { health: BoxHealth }) {
  const findings = [...health.findings].sort((a, b) => rank[a.tone] - rank[b.tone]);
  if (findings.length === 0) return <p className={css.muted}>{t('findings.none')}</p>;
  return (
    <ul className={css.list} aria-label={t('findings')}>
      {findings.map((each) => (
        <li key={each.title} className={css.item}>
          <span className={css.mark}>
            <ToneIcon tone={tones[each.tone]} />
          </span>
          <div className={css.words}>
            <span className={css.name}>{each.title}</span>
            <span className={css.text}>{each.detail}</span>
            {each.fix && (
              <span className={css.text}>
                <span className={css.muted}>{t('fix')} </span>
                {each.fix}
              </span>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** Memory, filesystems, processors and temperatures. */
export function Gauges({ health }: { health: BoxHealth }) {
  const { memory, filesystems, temperatures, load, cpus } = health;
  const used = memory.total - memory.available;
  return (
    <div className={css.stack}>
      <Meter
        label={t('memory')}
        value={used}
        max={memory.total}
        text={t('used', { used: bytes(used), total: bytes(memory.total) })}
      />
      {filesystems.map((each) => (
        <Meter
          key={each.path}
          label={each.what}
          value={each.total - each.free}
          max={each.total}
          text={t('free', { free: bytes(each.free) })}
          detail={t('free.of', { total: bytes(each.total), path: each.path })}
        />
      ))}
      <Meter
        label={t('load')}
        value={load[0] ?? 0}
        max={cpus}
        text={t('load.text', { share: percent((load[0] ?? 0) / Math.max(1, cpus)), n: cpus })}
      />
      {temperatures.length > 0 && (
        <ul className={css.list} aria-label={t('temperatures')}>
          {temperatures.map((each) => (
            <li key={each.name} className={css.item}>
              <span className={css.words}>{each.name}</span>
              <StatusBadge tone={each.high !== undefined && each.celsius >= each.high ? 'warning' : 'ok'}>
                {t('celsius', { n: Math.round(each.celsius) })}
              </StatusBadge>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Services of the system that failed, with their last words. */
export function Units({ units }: { units: BoxHealth['failedUnits'] }) {
  if (units.length === 0) return null;
  return (
    <Card title={t('units', { n: units.length })}>
      <ul className={css.list}>
        {units.map(({ unit, lines }) => (
          <li key={unit} className={css.item}>
            <div className={css.words}>
              <span className={css.mono}>{unit}</span>
              <span className={css.muted}>{lines.join('\n')}</span>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
