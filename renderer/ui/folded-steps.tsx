import type { TaskStep } from '../../main/contract/task.ts';
import css from './folded-steps.module.css';
import { foldSteps, timedSteps } from './step-fold.ts';
import { StepList } from './step-list.tsx';
import { t } from './text.ts';

/** Many steps with their times: what moves stays in sight. `now`: milliseconds since 1970. */
export function FoldedSteps({ steps, now }: { steps: readonly TaskStep[]; now: number }) {
  const { before, shown, after } = foldSteps(timedSteps(steps, now));
  return (
    <>
      {before.length > 0 && (
        <details className={css.fold}>
          <summary>{t('steps.before', { n: before.length })}</summary>
          <StepList steps={before} />
        </details>
      )}
      <StepList steps={shown} />
      {after.length > 0 && (
        <details className={css.fold}>
          <summary>{t('steps.after', { n: after.length })}</summary>
          <StepList steps={after} />
        </details>
      )}
    </>
  );
}
