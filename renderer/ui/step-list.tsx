import type { TaskStep } from '../../main/contract/task.ts';
import { cx } from '../lib/cx.ts';
import { CheckIcon, CloseIcon } from './icons.tsx';
import css from './step-list.module.css';
import { t } from './text.ts';

/** The steps of a task, as they go. */
export function StepList({ steps }: { steps: readonly TaskStep[] }) {
  return (
    <ol className={css.list}>
      {steps.map((step) => (
        <li key={step.title} className={cx(css.step, css[step.state])}>
          <span className={css.mark}>
            {step.state === 'done' && <CheckIcon />}
            {step.state === 'failed' && <CloseIcon />}
          </span>
          <span className={css.title}>
            {step.title}
            <span className="visually-hidden"> ({t(`step.${step.state}`)})</span>
          </span>
          {step.detail && <span className={css.detail}>{step.detail}</span>}
        </li>
      ))}
    </ol>
  );
}
