import { useEffect, useRef, useState } from 'react';
import type { RunLine } from '../../../main/contract/appliance.ts';
import { cx } from '../../lib/cx.ts';
import { clockTime } from '../../lib/format.ts';
import { runLog, useLive } from '../../lib/resources.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { PauseIcon, PlayIcon } from '../../ui/icons.tsx';
import css from './install.module.css';
import { t } from './text.ts';

const none: readonly RunLine[] = [];
/** As many as a browser draws without a thought; all are copied. */
const shownMost = 1_500;

export const logText = (lines: readonly RunLine[]): string =>
  lines.map(({ at, level, step, text }) => [at, level, step && `[${step}]`, text].filter(Boolean).join(' ')).join('\n');

/** What a run says, line by line. It follows the end until it is paused, or until one scrolls up. */
export function RunLog({ taskId, live }: { taskId: string; live: boolean }) {
  const { value: lines = none, state, problem } = useLive(runLog(taskId));
  const [pausedAt, setPausedAt] = useState<number>();
  const box = useRef<HTMLDivElement>(null);
  const follow = pausedAt === undefined;
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- new lines move the end
  }, [lines, follow]);
  const onScroll = (): void => {
    const at = box.current;
    if (!at) return;
    const atEnd = at.scrollHeight - at.scrollTop - at.clientHeight < 24;
    if (follow && !atEnd) setPausedAt(lines.length);
    else if (!follow && atEnd && pausedAt === lines.length) setPausedAt(undefined);
  };
  const fresh = follow ? 0 : lines.length - pausedAt;
  const shown = lines.slice(Math.max(0, lines.length - shownMost));
  return (
    <Card
      title={t('log.title')}
      actions={
        <>
          {live && (
            <Button
              size="small"
              tone="quiet"
              icon={follow ? PauseIcon : PlayIcon}
              onClick={() => setPausedAt(follow ? lines.length : undefined)}
            >
              {follow ? t('log.pause') : fresh > 0 ? t('log.followNew', { n: fresh }) : t('log.follow')}
            </Button>
          )}
          <CopyButton text={logText(lines)} label={t('log.copy')} />
        </>
      }
    >
      <div
        ref={box}
        className={css.log}
        role="log"
        aria-live="off"
        aria-label={t('log.title')}
        // oxlint-disable-next-line no-noninteractive-tabindex -- a scrollable region must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
      >
        {lines.length === 0 && (
          <p className={css.muted}>{problem?.detail ?? t(state === 'loading' ? 'log.loading' : 'log.none')}</p>
        )}
        {lines.length > shownMost && <p className={css.muted}>{t('log.older', { n: lines.length - shownMost })}</p>}
        {shown.map((line, index) => (
          // oxlint-disable-next-line no-array-index-key -- lines have no other name, and are only added
          <div key={index}>
            {line.step !== undefined && line.step !== shown[index - 1]?.step && (
              <p className={css.logStep}>{line.step}</p>
            )}
            <div className={css.line}>
              <time dateTime={line.at}>{clockTime(line.at)}</time>
              <span className={cx(line.level !== 'info' && css[line.level])}>{line.text}</span>
            </div>
          </div>
        ))}
      </div>
    </Card>
  );
}
