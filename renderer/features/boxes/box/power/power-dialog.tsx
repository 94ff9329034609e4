import { useState } from 'react';
import { Checkbox } from '../../../../ui/checkbox.tsx';
import { ConfirmDialog } from '../../../../ui/confirm-dialog.tsx';
import { toast } from '../../../../ui/toast.tsx';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';

/** Machines are told first; what does not shut down stops this, unless it shall not. */
export function PowerDialog({ what, onClose }: { what: 'reboot' | 'power-off'; onClose: () => void }) {
  const { state } = useBox();
  const [anyway, setAnyway] = useState(false);
  const act = useAct({
    onDone: () => {
      toast({ title: t(`power.${what}Done`, { name: state.name }) });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      danger={what === 'power-off'}
      onClose={onClose}
      title={t(`power.${what}Title`, { name: state.name })}
      confirmLabel={t(`power.${what}`)}
      busy={act.busy}
      problem={act.problem}
      onConfirm={() => void act.run({ do: what, anyway })}
    >
      <p>{t(`power.${what}Text`)}</p>
      <Checkbox label={t('power.anyway')} hint={t('power.anywayHint')} checked={anyway} onChange={setAnyway} />
    </ConfirmDialog>
  );
}
