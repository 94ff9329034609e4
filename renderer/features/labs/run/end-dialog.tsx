import type { ReactNode } from 'react';
import { labNamespace } from '../namespace.ts';
import type { LabRun } from '../../../../main/contract/labs/run.ts';
import { ConfirmCall } from '../../../ui/confirm-call.tsx';
import css from './runner.module.css';
import { t } from './text.ts';

interface Props {
  /** The machines of a run that is not looked at are not known. */
  run: Pick<LabRun, 'lab' | 'title' | 'state'> & Partial<Pick<LabRun, 'machines'>>;
  onClose: () => void;
}

/** Asks before the lab's machines go, and says what stays. */
export function EndDialog({ run, onClose }: Props): ReactNode {
  const { machines = [] } = run;
  const finished = run.state === 'finished';
  return (
    <ConfirmCall
      size="medium"
      title={t('end.title', { title: run.title })}
      confirmLabel={t('end')}
      call={(api) => api.labs.end({ lab: run.lab })}
      onClose={onClose}
    >
      <div className={css.stack}>
        <p>{t('end.text', { namespace: labNamespace(run.lab) })}</p>
        {machines.length > 0 && (
          <p>{t('end.machines', { n: machines.length, machines: machines.map(({ name }) => name).join(', ') })}</p>
        )}
        <p className={css.muted}>{t(finished ? 'end.kept' : 'end.unfinished')}</p>
      </div>
    </ConfirmCall>
  );
}
