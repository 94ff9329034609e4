import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { CheckIcon, FlagIcon, SkipIcon } from '../../../ui/icons.tsx';
import { Tooltip } from '../../../ui/tooltip.tsx';
import { useRunner } from './context.ts';
import css from './rail.module.css';
import { t } from './text.ts';
import { isSolved } from './view.ts';

interface Props {
  /** Index of the step whose text is shown; undefined: the result is. */
  shown: number | undefined;
  onShow: (index: number) => void;
  onResult: () => void;
}

/** The way through the lab: each step a place, those reached can be read again. */
export function Rail({ shown, onShow, onResult }: Props): ReactNode {
  const { run } = useRunner();
  const finished = run.state === 'finished';
  const nav = useRef<HTMLElement>(null);
  // Among many steps the one that is open is in sight.
  useEffect(() => {
    nav.current?.querySelector('[data-open]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [run.step]);
  return (
    <nav ref={nav} className={css.rail} aria-label={t('steps')}>
      <ol className={css.list}>
        {run.steps.map((step, index) => {
          const reached = index <= run.step;
          const open = index === run.step && !finished;
          const state = open ? (isSolved(step) ? 'passed' : 'open') : step.state;
          return (
            <li key={step.id} className={css.step} data-state={state} data-open={open || undefined}>
              <Tooltip text={reached ? step.title : `${step.title}: ${t('rail.closed')}`} side="bottom">
                <button
                  type="button"
                  className={css.button}
                  aria-current={open ? 'step' : undefined}
                  aria-pressed={index === shown}
                  aria-disabled={!reached || undefined}
                  onClick={() => reached && onShow(index)}
                >
                  <span className="visually-hidden">{t('rail.step')} </span>
                  <span className={css.mark}>
                    {state === 'passed' ? <CheckIcon /> : state === 'skipped' ? <SkipIcon /> : index + 1}
                    {(state === 'passed' || state === 'skipped') && (
                      <span className="visually-hidden">{index + 1}</span>
                    )}
                  </span>
                  <span className={css.name}>{step.title}</span>
                  <span className="visually-hidden">, {t(`rail.${state}`)}</span>
                </button>
              </Tooltip>
            </li>
          );
        })}
        {finished && (
          <li className={css.step} data-state="passed">
            <button type="button" className={css.button} aria-pressed={shown === undefined} onClick={onResult}>
              <span className={css.mark}>
                <FlagIcon />
              </span>
              <span className={css.name}>{t('rail.result')}</span>
            </button>
          </li>
        )}
      </ol>
    </nav>
  );
}
