import css from './sparkline.module.css';

interface Props {
  values: readonly number[];
  /** The top of the scale; the largest value when left out. */
  max?: number | undefined;
  label: string;
}

/** A small line of the latest values, light enough for a table row. */
export function Sparkline({ values, max, label }: Props) {
  const top = max ?? Math.max(...values, 1e-9);
  const step = values.length > 1 ? 100 / (values.length - 1) : 0;
  const points = values.map(
    (value, index) => `${(index * step).toFixed(1)},${(24 - 22 * Math.min(1, value / top)).toFixed(1)}`,
  );
  return (
    <svg className={css.spark} viewBox="0 0 100 26" preserveAspectRatio="none" role="img" aria-label={label}>
      {points.length > 1 && <polyline points={points.join(' ')} />}
    </svg>
  );
}
