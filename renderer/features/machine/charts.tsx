import { memo, useMemo } from 'react';
import type { ReactNode } from 'react';
import type { MachineRow, ObjectRef } from '../../../main/contract/machine.ts';
import { bytes, percent, rate } from '../../lib/format.ts';
import { machineSamples, useLive } from '../../lib/resources.ts';
import { Card } from '../../ui/card.tsx';
import { Chart } from '../../ui/chart.tsx';
import { seriesOf } from './facts.ts';
import css from './machine.module.css';
import { t } from './text.ts';

/** The last ten minutes. */
export const Charts = memo(function Charts({ of, row }: { of: ObjectRef; row: MachineRow }): ReactNode {
  const samples = useLive(machineSamples(of));
  const series = useMemo(() => seriesOf(samples.value ?? []), [samples.value]);
  const { at } = series;
  if (at.length < 2)
    return row.tone === 'running' ? (
      <Card title={t('use')}>
        <p className={css.muted}>{t('chart.waiting')}</p>
      </Card>
    ) : null;
  return (
    <div className={css.charts}>
      <Card title={t('chart.cpu')}>
        <Chart
          label={t('chart.cpu')}
          at={at}
          series={[{ label: t('chart.cpu'), values: series.cpu }]}
          format={percent}
          max={1}
          height={120}
        />
      </Card>
      <Card title={t('chart.memory')}>
        <Chart
          label={t('chart.memory')}
          at={at}
          series={[{ label: t('chart.memory'), values: series.memory }]}
          format={bytes}
          max={row.memory}
          height={120}
        />
      </Card>
      <Card title={t('chart.disk')}>
        <Chart
          label={t('chart.disk')}
          at={at}
          series={[
            { label: t('chart.read'), values: series.diskRead, tone: 1 },
            { label: t('chart.write'), values: series.diskWrite, tone: 2 },
          ]}
          format={rate}
          height={120}
        />
      </Card>
      <Card title={t('chart.net')}>
        <Chart
          label={t('chart.net')}
          at={at}
          series={[
            { label: t('chart.in'), values: series.netIn, tone: 1 },
            { label: t('chart.out'), values: series.netOut, tone: 2 },
          ]}
          format={rate}
          height={120}
        />
      </Card>
    </div>
  );
});
