import { cx } from '../lib/cx.ts';
import { vars } from '../lib/vars.ts';
import css from './progress.module.css';
import type { Tone } from './tone.ts';
import tones from './tones.module.css';

interface Props {
  /** 0..1; left out while it cannot be told. */
  value?: number | undefined;
  label: string;
  tone?: Tone | undefined;
}

export function Progress({ value, label, tone }: Props) {
  const known = value !== undefined;
  return (
    <div
      className={cx(css.track, tone && tones[tone], !known && css.unknown)}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.round(value * 100) : undefined}
    >
      <div className={css.bar} style={vars({ '--done': known ? Math.min(1, Math.max(0, value)) : 0.3 })} />
    </div>
  );
}
