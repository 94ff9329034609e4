import type { ReactNode } from 'react';
import type { MachineDetail, WhyStep } from '../../../main/contract/machine.ts';
import { Button } from '../../ui/button.tsx';
import { ArrowDownIcon } from '../../ui/icons.tsx';
import { plainWhy } from '../machines/status.ts';
import { useMachineActions } from '../machines/use-machine-actions.tsx';
import { t } from './text.ts';
import css from './machine.module.css';

/** The chain from what was asked for to what is in its way, with the button that cures it. */
export function Why({ detail }: { detail: MachineDetail }): ReactNode {
  const { act, busy, dialogs } = useMachineActions();
  if (detail.why.length === 0) return null;
  const button = (cure: NonNullable<WhyStep['cure']>): ReactNode => {
    const { action, page, label } = cure;
    if (action)
      return (
        <Button size="small" busy={busy.has(`${detail.row.uid} ${action}`)} onClick={() => act(detail.row, action)}>
          {label}
        </Button>
      );
    return page === undefined ? null : (
      <Button size="small" to={page}>
        {label}
      </Button>
    );
  };
  return (
    <section className={detail.row.tone === 'error' ? css.whyBad : css.why} aria-label={t('why.title')}>
      <h2 className={css.whyTitle}>{t('why.title')}</h2>
      <ol className={css.chain}>
        {detail.why.map((step, at) => (
          <li key={`${step.object} ${step.says}`} className={css.step}>
            {at > 0 && (
              <span className={css.arrow}>
                <ArrowDownIcon />
              </span>
            )}
            <span className={css.object}>{step.object}</span>
            <span className={css.says}>{plainWhy(step.says)}</span>
            {step.cure && button(step.cure)}
          </li>
        ))}
      </ol>
      {dialogs}
    </section>
  );
}
