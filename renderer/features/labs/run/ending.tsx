import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { LabStepState } from '../../../../main/contract/labs/run.ts';
import { cx } from '../../../lib/cx.ts';
import { duration } from '../../../lib/format.ts';
import { labs, useList } from '../../../lib/resources.ts';
import { Button } from '../../../ui/button.tsx';
import { ArrowRightIcon, CheckIcon, SkipIcon } from '../../../ui/icons.tsx';
import { nextAfter } from '../library/filter.ts';
import { Markdown } from '../../../ui/markdown/markdown.tsx';
import { useRunner } from './context.ts';
import css from './runner.module.css';
import { t } from './text.ts';

/** The result, and what to do with it. The machines stay until the lab is ended. */
export function Ending(): ReactNode {
  const { run, ports, end } = useRunner();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const active = document.activeElement;
    if (active === document.body || active?.closest('[data-pane=steps]')) heading.current?.focus();
  }, []);
  const list = useList(labs).items;
  const best = list.find((row) => row.name === run.lab)?.best;
  const next = nextAfter(list, run.lab);
  const { reached, of } = run.score;
  const first = !best || best.score <= reached;
  return (
    // oxlint-disable-next-line no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <section className={css.card} aria-label={t('result')} data-pane="steps" tabIndex={0}>
      <h2 ref={heading} tabIndex={-1} className={css.heading}>
        {t(reached === of ? 'result.all' : 'result.done', { title: run.title })}
      </h2>
      <dl className={css.result}>
        <div>
          <dt className={css.over}>{t('result.score')}</dt>
          <dd className={css.big}>{t('score.of', { reached, of })}</dd>
        </div>
        <div>
          <dt className={css.over}>{t('timer')}</dt>
          <dd className={css.big}>{duration(run.seconds)}</dd>
        </div>
      </dl>
      {best && !first && <p className={css.muted}>{t('result.best', { score: best.score, of: best.of })}</p>}
      {run.ending !== undefined && <Markdown text={run.ending} ports={ports} />}
      <ol className={css.steps} aria-label={t('steps')}>
        {run.steps.map((step) => (
          <StepResult key={step.id} step={step} />
        ))}
      </ol>
      <p className={css.muted}>{t('result.stay')}</p>
      <div className={css.actions}>
        <Button tone="primary" onClick={end}>
          {t('end')}
        </Button>
        {next && (
          <Button iconAfter={ArrowRightIcon} to={`/labs/${next.name}`}>
            {t('result.next', { title: next.title })}
          </Button>
        )}
      </div>
    </section>
  );
}

function StepResult({ step }: { step: LabStepState }): ReactNode {
  const skipped = step.state === 'skipped';
  return (
    <li className={css.step}>
      <span className={cx(skipped ? css.skipped : css.passed)}>{skipped ? <SkipIcon /> : <CheckIcon />}</span>
      <span className={css.stepName}>
        {step.title}
        <span className="visually-hidden"> ({t(skipped ? 'step.skipped' : 'step.passed')})</span>
      </span>
      {step.hints.length > 0 && <span className={css.over}>{t('result.hints', { n: step.hints.length })}</span>}
      {step.score > 0 && (
        <span className={css.points}>{t('score.of', { reached: step.reached ?? 0, of: step.score })}</span>
      )}
    </li>
  );
}
