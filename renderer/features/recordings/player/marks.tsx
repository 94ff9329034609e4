import type { ReactNode } from 'react';
import type { RecordingMark } from '../../../../main/contract/recordings.ts';
import { clock } from '../names.ts';
import { t } from '../text.ts';
import css from './player.module.css';

/** The moments that were marked; each is gone to by a press. */
export function Marks(props: { marks: readonly RecordingMark[]; at: number; onSeek: (at: number) => void }): ReactNode {
  const { marks, at, onSeek } = props;
  const current = marks.findLastIndex((mark) => mark.t <= at);
  return (
    <nav className={css.marks} aria-label={t('marks')}>
      <h2 className={css.marksTitle}>{t('marks')}</h2>
      <ol className={css.markList}>
        {marks.map((mark, index) => (
          // oxlint-disable-next-line no-array-index-key -- marks of one moment are told apart by their place only
          <li key={index}>
            <button
              type="button"
              className={css.mark}
              data-kind={mark.kind}
              aria-current={index === current || undefined}
              onClick={() => onSeek(mark.t)}
            >
              <span className={css.markTime}>{clock(mark.t)}</span>
              <span className={css.markText}>{mark.text}</span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
