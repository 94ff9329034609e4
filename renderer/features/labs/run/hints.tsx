import type { ReactNode } from 'react';
import type { LabStepState } from '../../../../main/contract/labs/run.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Button } from '../../../ui/button.tsx';
import { HintIcon } from '../../../ui/icons.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import { Markdown } from '../../../ui/markdown/markdown.tsx';
import { useRunner } from './context.ts';
import css from './step.module.css';
import { t } from './text.ts';
import { hintCost, isSolved } from './view.ts';
import { useOwn } from './use-own.ts';

/** Hints one after the other, each with its price. */
export function Hints({ step, live }: { step: LabStepState; live: boolean }): ReactNode {
  const { run, ports } = useRunner();
  const more = useAction((api, of: string) => api.labs.hint({ lab: run.lab, step: of }), { onProblem: toastProblem });
  const own = useOwn(run.lab);
  const all = step.hints.length + step.hintsLeft;
  const cost = isSolved(step) ? 0 : hintCost(step);
  if (all === 0) return null;
  return (
    // The last hint takes its button away: the keyboard stays here.
    <section className={css.hints} aria-label={t('hints')} tabIndex={-1}>
      {step.hints.map((hint, n) => (
        <div key={hint} className={css.hint}>
          <HintIcon />
          <div className={css.hintWords}>
            <p className={css.number}>{t('hintOf', { n: n + 1, of: all })}</p>
            <Markdown text={hint} ports={ports} />
          </div>
        </div>
      ))}
      {live && step.hintsLeft > 0 && (
        <div>
          <Button
            size="small"
            icon={HintIcon}
            busy={more.busy}
            why={own('labs.hint')}
            onClick={() => void more.run(step.id)}
          >
            {t(step.hints.length === 0 ? 'hint' : 'hint.more')}
            {cost > 0 && <span className={css.price}> {t('hint.cost', { n: cost })}</span>}
          </Button>
        </div>
      )}
    </section>
  );
}
