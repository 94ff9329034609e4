import type { ReactNode } from 'react';
import type { RecordingMark } from '../../../../main/contract/recordings.ts';
import { vars } from '../../../lib/vars.ts';
import { clock } from '../names.ts';
import { t } from '../text.ts';
import css from './player.module.css';

interface Props {
  at: number;
  length: number;
  marks: readonly RecordingMark[];
  onSeek: (at: number) => void;
}

/** Milliseconds of one press of an arrow key, and of Page Up and Down. */
const steps = {
  ArrowLeft: -5000,
  ArrowRight: 5000,
  ArrowDown: -5000,
  ArrowUp: 5000,
  PageDown: -30_000,
  PageUp: 30_000,
};

/** Where the recording is, and where its marks are. */
export function Timeline({ at, length, marks, onSeek }: Props): ReactNode {
  return (
    <div className={css.timeline}>
      <input
        className={css.range}
        type="range"
        min={0}
        max={Math.max(1, length)}
        step={100}
        value={at}
        aria-label={t('timeline')}
        aria-valuetext={t('timeOf', { at: clock(at), length: clock(length) })}
        onChange={(event) => onSeek(Number(event.target.value))}
        onKeyDown={(event) => {
          const by = steps[event.key as keyof typeof steps];
          if (by === undefined) return;
          event.preventDefault();
          onSeek(at + by);
        }}
      />
      <div className={css.ticks} aria-hidden="true">
        {marks.map((mark, index) => (
          <span
            // oxlint-disable-next-line no-array-index-key -- marks of one moment are told apart by their place only
            key={index}
            className={css.tick}
            data-kind={mark.kind}
            style={vars({ '--at': `${((mark.t / Math.max(1, length)) * 100).toFixed(3)}%` })}
          />
        ))}
      </div>
    </div>
  );
}
