import { cx } from '../lib/cx.ts';
import css from './skeleton.module.css';
import { t } from './text.ts';

interface Props {
  width?: 'short' | 'medium' | 'full' | undefined;
  height?: 'line' | 'block' | 'row' | undefined;
  count?: number | undefined;
}

/** The shape of what is coming. Appears after a moment, so that quick answers do not flash. */
export function Skeleton({ width = 'full', height = 'line', count = 1 }: Props) {
  return (
    <div className={css.group} role="status" aria-label={t('loading')}>
      {Array.from({ length: count }, (_, index) => (
        // oxlint-disable-next-line no-array-index-key -- all alike
        <div key={index} className={cx(css.bone, css[width], css[height])} />
      ))}
    </div>
  );
}
