import type { ReactNode } from 'react';
import type { LabRun } from '../../../../main/contract/labs/run.ts';
import { ago } from '../../../lib/format.ts';
import { useNow } from '../../../lib/use-now.ts';
import { ConfirmCall } from '../../../ui/confirm-call.tsx';
import css from './runner.module.css';
import { t } from './text.ts';
import { lossOf, whyNoRewind } from './view.ts';

/** Asks before going back, and says what goes with it. */
export function RewindDialog(props: { run: LabRun; index: number; onClose: () => void }): ReactNode {
  const { run, index, onClose } = props;
  const now = useNow();
  const step = run.steps[index];
  if (!step) return null;
  const loss = lossOf(run, index);
  return (
    <ConfirmCall
      size="medium"
      title={t('rewind.title', { n: index + 1, title: step.title })}
      confirmLabel={t('rewind.go', { n: index + 1 })}
      why={whyNoRewind(run, index)}
      call={(api) => api.labs.rewind({ lab: run.lab, step: step.id })}
      onClose={onClose}
    >
      <div className={css.stack}>
        <p>{t('rewind.text', { ago: ago(loss.since, now) })}</p>
        <ul className={css.lost}>
          <li>{t('rewind.machines')}</li>
          <li>{t('rewind.steps', { n: loss.steps.length, steps: loss.steps.map(({ title }) => title).join(', ') })}</li>
          {loss.points > 0 && <li>{t('rewind.points', { n: loss.points })}</li>}
        </ul>
        <p className={css.muted}>{t(loss.memory ? 'rewind.memory' : 'rewind.cold')}</p>
        <p className={css.muted}>{t('rewind.keeps')}</p>
      </div>
    </ConfirmCall>
  );
}
