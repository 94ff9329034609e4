import { useRef } from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';
import { useStored } from '../../../lib/storage.ts';
import { useWidth } from '../../../ui/use-width.ts';
import { vars } from '../../../lib/vars.ts';
import { evenShare, fitShare, keyShare } from './split.ts';
import type { Room } from './split.ts';
import css from './split.module.css';
import { t } from './text.ts';

/** Pixels that each side needs to be read, and from where on they stand side by side. */
const least = { first: 280, second: 340 };
const beside = 620;

interface Props {
  first: ReactNode;
  second: ReactNode;
}

/** Two sides and the line between them, moved by mouse, finger or keys; the place is remembered. Narrow: one above the other. */
export function SplitView({ first, second }: Props): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const whole = useWidth(frame);
  const [kept, keep] = useStored('labs.split', evenShare);
  const room: Room = { whole, ...least };
  const share = fitShare(kept, room);
  const stacked = whole > 0 && whole < beside;
  const drag = (event: PointerEvent<HTMLElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !frame.current) return;
    const { left, width } = frame.current.getBoundingClientRect();
    keep(fitShare((event.clientX - left) / width, { ...room, whole: width }));
  };
  const key = (event: KeyboardEvent): void => {
    const next = keyShare(event.key, share, room, event.shiftKey);
    if (next === undefined) return;
    event.preventDefault();
    keep(next);
  };
  const percent = (part: number): number => Math.round(part * 100);
  return (
    <div
      ref={frame}
      className={css.split}
      data-stacked={stacked || undefined}
      style={vars({ '--first': `${(share * 100).toFixed(2)}%` })}
    >
      <div className={css.side} id="lab-instructions">
        {first}
      </div>
      {!stacked && (
        // oxlint-disable-next-line no-noninteractive-element-interactions, no-noninteractive-tabindex -- a window splitter is a separator that is moved
        <div
          className={css.bar}
          role="separator"
          tabIndex={0}
          aria-orientation="vertical"
          aria-label={t('split')}
          aria-controls="lab-instructions"
          aria-valuemin={percent(fitShare(0, room))}
          aria-valuemax={percent(fitShare(1, room))}
          aria-valuenow={percent(share)}
          onKeyDown={key}
          onDoubleClick={() => keep(evenShare)}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.preventDefault();
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={drag}
        />
      )}
      <div className={css.side}>{second}</div>
    </div>
  );
}
