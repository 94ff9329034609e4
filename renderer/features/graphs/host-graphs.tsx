import type { ReactNode } from 'react';
import type { MetricsRange } from '../../../main/contract/metrics.ts';
import { cx } from '../../lib/cx.ts';
import { hostMetrics, useLive } from '../../lib/resources.ts';
import { useStored } from '../../lib/storage.ts';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Graphs } from './graphs.tsx';
import css from './graphs.module.css';
import { RangeSwitch } from './range-switch.tsx';
import { t } from './text.ts';

/** What this computer, and nodes that are other computers, have to do. */
export function HostGraphs(): ReactNode {
  const [range, setRange] = useStored<MetricsRange>('graphs.host.range', 'live');
  const { value, problem } = useLive(hostMetrics(range));
  return (
    <Card title={t('hosts')} actions={<RangeSwitch value={range} onChange={setRange} />}>
      {problem && !value && <ProblemView problem={problem} compact />}
      {(value ?? []).map((host) => {
        const why = host.missing.cpu;
        return (
          <section key={host.id} className={css.block} aria-label={host.name}>
            {(value?.length ?? 0) > 1 && (
              <h3 className={css.title}>{host.kind === 'computer' ? t('computer') : t('node', { name: host.name })}</h3>
            )}
            {why !== undefined ? (
              <p className={css.muted}>{t('missing', { why })}</p>
            ) : host.points.length < 2 ? (
              <p className={cx(css.muted, css.coming)}>{t('hosts.waiting')}</p>
            ) : (
              <Graphs
                bare
                samples={host.points}
                step={range === '24h' ? 60_000 : 10_000}
                memory={host.memory}
                missing={host.missing}
              />
            )}
          </section>
        );
      })}
      {!value && !problem && <p className={cx(css.muted, css.coming)}>{t('hosts.waiting')}</p>}
    </Card>
  );
}
