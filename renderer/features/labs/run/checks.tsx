import type { ReactNode } from 'react';
import type { LabCheckState, LabStepState } from '../../../../main/contract/labs/run.ts';
import { clockTime } from '../../../lib/format.ts';
import { useAction } from '../../../lib/use-call.ts';
import { CheckIcon, RefreshIcon, WarningIcon } from '../../../ui/icons.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { toastProblem } from '../../../ui/toast.tsx';
import { Markdown } from '../../../ui/markdown/markdown.tsx';
import css from './checks.module.css';
import { useRunner } from './context.ts';
import { t } from './text.ts';
import { useOwn } from './use-own.ts';

/** What has to be true, looked at while the learner works. */
export function Checks({ step, live }: { step: LabStepState; live: boolean }): ReactNode {
  const { run, stale } = useRunner();
  const look = useAction((api, of: string) => api.labs.check({ lab: run.lab, step: of }), { onProblem: toastProblem });
  const own = useOwn(run.lab);
  const last = step.checks.map(({ at }) => at).filter((at) => at !== undefined).sort().at(-1); // prettier-ignore
  return (
    <section className={css.checks} aria-label={t('checks')} data-checks="" tabIndex={-1}>
      <div className={css.head}>
        <h3 className={css.title}>{t('checks')}</h3>
        {stale && last !== undefined && <span className={css.stale}>{t('checks.stale', { at: clockTime(last) })}</span>}
        {live && (
          <IconButton
            icon={RefreshIcon}
            label={t('checks.now')}
            busy={look.busy}
            why={own('labs.check')}
            onClick={() => void look.run(step.id)}
          />
        )}
      </div>
      <ul className={css.list}>
        {step.checks.map((check) => (
          <Check key={check.id} check={check} />
        ))}
      </ul>
    </section>
  );
}

function Check({ check }: { check: LabCheckState }): ReactNode {
  const { ports } = useRunner();
  const { state, title, message, told } = check;
  const open = state === 'failed' || state === 'trouble';
  return (
    <li className={css.check} data-state={state} data-check={check.id}>
      <span className={css.mark}>
        {state === 'passed' && <CheckIcon />}
        {state === 'trouble' && <WarningIcon />}
      </span>
      <div className={css.words}>
        <p className={css.name}>
          {title}
          <span className="visually-hidden"> ({t(`check.${state}`)})</span>
        </p>
        {state === 'failed' && message !== undefined && message !== '' && (
          <div className={css.message}>
            <Markdown text={message} ports={ports} />
          </div>
        )}
        {open && told !== undefined && told !== '' && (
          <p className={css.told}>{t(state === 'trouble' ? 'check.told.trouble' : 'check.told', { told })}</p>
        )}
      </div>
    </li>
  );
}
