import { useState } from 'react';
import type { MachineFaults } from '../../../main/contract/faults.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { taskDone } from '../../lib/tasks.ts';
import { Card } from '../../ui/card.tsx';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { FaultRow } from './fault-row.tsx';
import css from './faults.module.css';
import { t } from './text.ts';
import { useBreaker } from './use-faults.ts';

/** Power gone, and a kernel that panics: each is asked for once more, for something may be lost. */
export function CrashFaults({ of, faults }: { of: ObjectRef; faults: MachineFaults }) {
  const [asked, ask] = useState<'off' | 'panic'>();
  const breaker = useBreaker(of, faults, 'crash');
  const offer = faults.offers.find(({ kind }) => kind === 'crash');
  const how = breaker.now?.wish.crash?.how;
  return (
    <Card title={t('power.title')}>
      <div className={css.rows}>
        <FaultRow
          title={t('off')}
          text={t('off.text')}
          breaker={breaker}
          go={t('off.do')}
          on={how === 'off'}
          onGo={() => ask('off')}
        />
        <FaultRow
          title={t('panic')}
          text={t('panic.text')}
          breaker={{ ...breaker, why: breaker.why ?? offer?.whyNoPanic }}
          go={t('panic.do')}
          on={how === 'panic'}
          onGo={() => ask('panic')}
        />
      </div>
      {asked && (
        <ConfirmCall
          title={t(`${asked}.confirm`, { name: of.name })}
          confirmLabel={t(`${asked}.do`)}
          danger
          onClose={() => ask(undefined)}
          call={async (api) => {
            const { taskId } = await api.faults.begin({ ...of, wish: { crash: { how: asked } } });
            if (taskId !== undefined) await taskDone(api, taskId);
          }}
        >
          {t(`${asked}.detail`)}
        </ConfirmCall>
      )}
    </Card>
  );
}
