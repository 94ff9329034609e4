import { cx } from '../lib/cx.ts';
import { vars } from '../lib/vars.ts';
import css from './progress.module.css';
import tones from './tones.module.css';

interface Props {
  label: string;
  value: number;
  max: number;
  /** What the numbers say, e.g. "3.1 of 8 GiB". */
  text: string;
  detail?: string | undefined;
}

/** How much of something is used; turns to a warning at 85 % and to a problem at 95 %. */
export function Meter({ label, value, max, text, detail }: Props) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  const tone = share > 0.95 ? 'problem' : share > 0.85 ? 'warning' : undefined;
  return (
    <div className={css.meter}>
      <div className={css.line}>
        <span className={css.label}>{label}</span>
        <span className={css.text}>{text}</span>
      </div>
      <div
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={text}
        className={cx(css.track, css.thick, tone && tones[tone])}
      >
        <div className={css.bar} style={vars({ '--done': share })} />
      </div>
      {detail && <p className={css.detail}>{detail}</p>}
    </div>
  );
}
