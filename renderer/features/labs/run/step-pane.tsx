import { useEffect, useMemo, useRef } from 'react';
import type { ReactNode } from 'react';
import type { LabStepState } from '../../../../main/contract/labs/run.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Banner } from '../../../ui/banner.tsx';
import { Button } from '../../../ui/button.tsx';
import { ArrowRightIcon, FlagIcon, RewindIcon } from '../../../ui/icons.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import { Markdown } from '../../../ui/markdown/markdown.tsx';
import type { Drawing } from '../../../ui/markdown/markdown.tsx';
import { Checks } from './checks.tsx';
import { useRunner } from './context.ts';
import { DoBlock } from './do-block.tsx';
import { Hints } from './hints.tsx';
import css from './step.module.css';
import { SkipButton } from './skip-button.tsx';
import { t } from './text.ts';
import { TypeButton } from './type-button.tsx';
import { isSolved, mayGoOn, passedChecks, stillWorth, whyNoRewind } from './view.ts';
import { useOwn } from './use-own.ts';

interface Props {
  step: LabStepState;
  index: number;
  onCurrent: () => void;
}

/** One step: what to do, what helps, how it stands, and the way on. One that is over is only read. */
export function StepPane({ step, index, onCurrent }: Props): ReactNode {
  const { run, ports, rewindTo } = useRunner();
  const live = index === run.step && run.state === 'running';
  const heading = useRef<HTMLHeadingElement>(null);
  // Who pressed "Next" reads on at the new heading.
  useEffect(() => {
    const active = document.activeElement;
    if (active === document.body || active?.closest('[data-pane=steps]')) heading.current?.focus({ preventScroll: true });
  }, []);
  const drawing = useMemo<Drawing>(
    () => ({
      top: 3,
      button: (id, inline) => {
        const block = step.blocks.find((each) => each.id === id);
        return block && <DoBlock step={step.id} block={block} inline={inline} live={live} />;
      },
      typing: (text, into) => <TypeButton text={text} into={into} live={live} />,
    }),
    [step.id, step.blocks, live],
  );
  const own = useOwn(run.lab);
  const unplaced = step.blocks.filter(({ id }) => !new RegExp(`\\{\\{\\s*do:${id}\\s*\\}\\}`).test(step.text));
  return (
    <section className={css.pane} aria-label={t('instructions')} data-pane="steps">
      {/* oxlint-disable-next-line no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <div className={css.scroll} tabIndex={0} role="group" aria-label={t('instructions.text')}>
        {!live && (
          <Banner
            tone="note"
            title={t(run.state === 'finished' ? 'reading.finished' : 'reading', { n: index + 1 })}
            actions={
              <>
                <Button size="small" onClick={onCurrent}>
                  {t(run.state === 'finished' ? 'reading.result' : 'reading.current', { n: run.step + 1 })}
                </Button>
                <Button size="small" icon={RewindIcon} why={own('labs.rewind') ?? whyNoRewind(run, index)} onClick={() => rewindTo(index)}>
                  {t('rewind.here')}
                </Button>
              </>
            }
          />
        )}
        <div>
          <p className={css.number}>{t('stepOf', { n: index + 1, of: run.steps.length })}</p>
          <h2 ref={heading} className={css.title} tabIndex={-1}>
            {step.title}
          </h2>
        </div>
        <Markdown text={step.text} ports={ports} drawing={drawing} />
        {unplaced.map((block) => (
          <DoBlock key={block.id} step={step.id} block={block} inline={false} live={live} />
        ))}
        <Hints step={step} live={live} />
        {step.checks.length > 0 && <Checks step={step} live={live} />}
      </div>
      {live && <Onward step={step} index={index} />}
    </section>
  );
} // prettier-ignore

/** The checks may be far up in the text. */
function toChecks(from: HTMLElement): void {
  const checks = from.closest('[data-pane=steps]')?.querySelector<HTMLElement>('[data-checks]');
  checks?.scrollIntoView({ block: 'nearest' });
  checks?.focus({ preventScroll: true });
}

/** What is reached, and the way on. */
function Onward({ step, index }: { step: LabStepState; index: number }): ReactNode {
  const { run } = useRunner();
  const last = index === run.steps.length - 1;
  const solved = isSolved(step);
  const own = useOwn(run.lab);
  const next = useAction((api, skip: boolean) => api.labs.next({ lab: run.lab, step: step.id, skip }), {
    onProblem: toastProblem,
  });
  const passed = passedChecks(step.checks);
  return (
    <footer className={css.onward} data-solved={solved || undefined}>
      <div className={css.reached}>
        {step.checks.length > 0 ? (
          <button type="button" className={css.summary} onClick={(event) => toChecks(event.currentTarget)}>
            {solved ? <strong>{t('solved')}</strong> : t('checked', { passed, n: step.checks.length })}
            <span className={css.dots} aria-hidden="true">
              {step.checks.map(({ id, state }) => (
                <span key={id} className={css.dot} data-state={state} />
              ))}
            </span>
            <span className="visually-hidden">{t('checks.show')}</span>
          </button>
        ) : (
          t('unchecked')
        )}
        {step.score > 0 && (
          <span className={css.worth}>
            {solved
              ? t('points', { reached: step.reached ?? stillWorth(step), n: step.score })
              : t('points.left', { n: stillWorth(step) })}
          </span>
        )}
      </div>
      {!mayGoOn(step) && <SkipButton step={step} index={index} />}
      <Button
        tone="primary"
        iconAfter={last ? FlagIcon : ArrowRightIcon}
        busy={next.busy}
        why={own('labs.next') ?? (mayGoOn(step) ? undefined : t('next.why'))}
        onClick={() => void next.run(false)}
      >
        {t(last ? 'finish' : 'next')}
      </Button>
    </footer>
  );
}
