import type { BoxRow } from '../../../main/contract/box/boxes.ts';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { t } from './text.ts';

/** The trust ends here; the box goes on as it is. */
export function ForgetDialog({ row, onClose, onDone }: { row: BoxRow; onClose: () => void; onDone?: () => void }) {
  return (
    <ConfirmCall
      title={t('forget.title', { name: row.name })}
      confirmLabel={t('forget')}
      danger
      onClose={onClose}
      call={async (api) => {
        await api.boxes.forget({ id: row.id });
        onDone?.();
      }}
      done={t('forget.done', { name: row.name })}
    >
      <p>{t('forget.text')}</p>
      <p>{t(row.state === 'online' ? 'forget.both' : 'forget.here')}</p>
    </ConfirmCall>
  );
}
