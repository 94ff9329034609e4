import type { ReactNode } from 'react';
import type { LabRow } from '../../../../main/contract/labs/run.ts';
import { ConfirmCall } from '../../../ui/confirm-call.tsx';
import { t } from '../text.ts';

/** Forgets an own lab: its file, not what a run of it made. */
export function RemoveDialog({ row, onClose }: { row: LabRow; onClose: () => void }): ReactNode {
  return (
    <ConfirmCall
      danger
      title={t('remove.title', { title: row.title })}
      confirmLabel={t('remove')}
      done={t('remove.done', { title: row.title })}
      call={async (api) => {
        await api.labs.remove({ lab: row.name });
        window.location.hash = '/labs';
      }}
      onClose={onClose}
    >
      <p>{t('remove.text')}</p>
    </ConfirmCall>
  );
}
