import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { axisTime } from '../lib/format.ts';
import { useLatest } from '../lib/use-latest.ts';
import css from './chart.module.css';
import { useWidth } from './use-width.ts';

export interface ChartProps {
  /** Says what is drawn, with the latest values, for those who cannot see it. */
  label: string;
  /** Milliseconds since 1970, rising. */
  at: readonly number[];
  /** null: not known then; the line is broken there. */
  series: readonly { label: string; values: readonly (number | null)[]; tone?: 1 | 2 | 3 | undefined }[];
  format: (value: number) => string;
  /** The top of the scale; the largest value when left out. */
  max?: number | undefined;
  height?: number | undefined;
}

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Canvas cannot resolve light-dark(): a probe element does. */
function resolved(host: HTMLElement, name: string): string {
  host.style.setProperty('color', colour(name));
  const value = getComputedStyle(host).color;
  host.style.removeProperty('color');
  return value;
}

export function ChartView({ label, at, series, format, max, height = 120 }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const width = useWidth(host);
  const say = useLatest(format);
  const columns = (): uPlot.AlignedData => [at.map((ms) => ms / 1000), ...series.map((each) => [...each.values])];
  const data = useLatest(columns);
  const shape = series.map((each) => `${each.label}:${each.tone ?? 1}`).join('|');

  useEffect(() => {
    const node = host.current;
    if (!node || width === 0) return;
    const axis = {
      stroke: resolved(node, '--text-3'),
      grid: { stroke: resolved(node, '--line'), width: 1 },
      ticks: { show: false },
    };
    const font = `11px ${colour('--font')}`;
    const made = new uPlot(
      {
        width,
        height,
        legend: { show: false },
        cursor: { y: false, points: { size: 6 } },
        padding: [8, 8, 0, 0],
        scales: { y: { range: (_u, _low, high) => [0, max ?? Math.max(high * 1.15, 1e-9)] } },
        axes: [
          {
            ...axis,
            font,
            size: 24,
            space: 88,
            values: (_u, places, _axis, _space, step) => places.map((at) => axisTime(at * 1000, step * 1000)),
          },
          {
            ...axis,
            font,
            size: 64,
            space: 30,
            splits: (_u, _axis, _low, high) => [0, high / 2, high],
            values: (_u, values) => values.map((value) => say.current(value)),
          },
        ],
        series: [
          {},
          ...shape.split('|').map((each) => {
            const [name = '', tone = '1'] = each.split(':');
            return { label: name, stroke: resolved(node, `--series-${tone}`), width: 1.5, points: { show: false } };
          }),
        ],
      },
      data.current(),
      node,
    );
    plot.current = made;
    return () => made.destroy();
  }, [width, height, shape, max, say, data]);

  useEffect(() => {
    plot.current?.setData([at.map((ms) => ms / 1000), ...series.map((each) => [...each.values])]);
  }, [at, series]);

  return (
    <figure className={css.figure}>
      <figcaption className={css.legend}>
        {series.map((each) => (
          <span key={each.label} className={css.key}>
            <span className={css[`swatch${each.tone ?? 1}`]} />
            {each.label}
            <strong className={css.value}>{each.values.length > 0 ? format(each.values.at(-1) ?? 0) : '–'}</strong>
          </span>
        ))}
      </figcaption>
      <div ref={host} className={css.plot} role="img" aria-label={label} />
    </figure>
  );
}
