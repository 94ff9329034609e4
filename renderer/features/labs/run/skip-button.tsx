import { useState } from 'react';
import type { ReactNode } from 'react';
import type { LabStepState } from '../../../../main/contract/labs/run.ts';
import { Button } from '../../../ui/button.tsx';
import { ConfirmCall } from '../../../ui/confirm-call.tsx';
import { useRunner } from './context.ts';
import { t } from './text.ts';
import { useOwn } from './use-own.ts';

/** Goes on without having solved the step; asks first, because its points are gone then. */
export function SkipButton({ step, index }: { step: LabStepState; index: number }): ReactNode {
  const { run } = useRunner();
  const own = useOwn(run.lab);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button tone="quiet" why={own('labs.next')} onClick={() => setAsking(true)}>
        {t('skip')}
      </Button>
      {asking && (
        <ConfirmCall
          title={t('skip.title', { n: index + 1, title: step.title })}
          confirmLabel={t('skip.go')}
          call={(api) => api.labs.next({ lab: run.lab, step: step.id, skip: true })}
          onClose={() => setAsking(false)}
        >
          <p>{t('skip.text')}</p>
        </ConfirmCall>
      )}
    </>
  );
}
