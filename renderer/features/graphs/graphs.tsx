import { memo, useMemo } from 'react';
import type { ReactNode } from 'react';
import type { MachineSample } from '../../../main/contract/machine.ts';
import type { MetricField } from '../../../main/contract/metrics.ts';
import { bytes, percent, rate } from '../../lib/format.ts';
import { Card } from '../../ui/card.tsx';
import { Chart } from '../../ui/chart.tsx';
import { columnsOf } from './columns.ts';
import css from './graphs.module.css';
import { t } from './text.ts';

interface Props {
  samples: readonly MachineSample[];
  /** Milliseconds between two points. */
  step: number;
  /** Bytes: the top of the memory's scale. */
  memory?: number | undefined;
  missing?: Partial<Record<MetricField, string>> | undefined;
  /** Without cards of their own, inside of one. */
  bare?: boolean | undefined;
}

/** CPU, memory, disk, network. */
export const Graphs = memo(function Graphs({ samples, step, memory, missing = {}, bare }: Props): ReactNode {
  const columns = useMemo(() => columnsOf(samples, step), [samples, step]);
  const { at } = columns;
  const height = bare ? 90 : 120;
  const chart = (field: MetricField, series: { label: string; values: (number | null)[]; tone?: 1 | 2 }[], format: (value: number) => string, max?: number): ReactNode => {
    const why = missing[field];
    const body = why === undefined ? (
      <Chart label={t(field)} at={at} series={series} format={format} max={max} height={height} />
    ) : (
      <p className={css.muted}>{t('missing', { why })}</p>
    );
    return bare ? (
      <div key={field}>
        <h3 className={css.sub}>{t(field)}</h3>
        {body}
      </div>
    ) : (
      <Card key={field} title={t(field)}>
        {body}
      </Card>
    );
  }; // prettier-ignore
  return (
    <div className={css.graphs}>
      {chart('cpu', [{ label: t('cpu'), values: columns.cpu }], percent, 1)}
      {chart('memory', [{ label: t('memory'), values: columns.memory }], bytes, memory)}
      {chart('disk', [{ label: t('read'), values: columns.diskRead, tone: 1 }, { label: t('write'), values: columns.diskWrite, tone: 2 }], rate)}
      {chart('network', [{ label: t('in'), values: columns.netIn, tone: 1 }, { label: t('out'), values: columns.netOut, tone: 2 }], rate)}
    </div>
  ); // prettier-ignore
});
