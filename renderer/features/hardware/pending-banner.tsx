import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { useLive } from '../../lib/resources.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { toast } from '../../ui/toast.tsx';
import { ChangeList } from './change-list.tsx';
import { t } from './text.ts';
import { hardwareOf } from './use-hardware.ts';

/** What was changed and is not in the running machine: what comes by itself, what waits for a restart, and why. */
export function PendingBanner({ of }: { of: ObjectRef }): ReactNode {
  const { value } = useLive(hardwareOf(of));
  const [asking, setAsking] = useState(false);
  const offer = useOffer();
  const restart = useAction((api, action: 'restart') => api.machines.act({ ...of, action }), {
    onDone: () => {
      setAsking(false);
      toast({ title: t('restart.done', { name: of.name }), tone: 'ok' });
    },
  });
  const pending = value?.pending ?? [];
  if (pending.length === 0) return null;
  const waits = pending.some(({ when }) => when !== 'now');
  return (
    <>
      <Banner
        tone={waits ? 'warning' : 'note'}
        title={waits ? t('pending.title') : t('pending.changing')}
        actions={
          waits && (
            <Button why={offer('machines.act:restart')} onClick={() => setAsking(true)}>
              {t('pending.restartNow')}
            </Button>
          )
        }
      >
        <ChangeList changes={pending} />
      </Banner>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => void restart.run('restart')}
        title={t('restart.title', { name: of.name })}
        confirmLabel={t('pending.restartNow')}
        busy={restart.busy}
        problem={restart.problem}
      >
        {t('restart.text')}
      </ConfirmDialog>
    </>
  );
}
