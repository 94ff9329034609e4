import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Problem } from '../../../main/contract/problem.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { machineDetail, useLive } from '../../lib/resources.ts';
import { Checkbox } from '../../ui/checkbox.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import css from './delete-dialog.module.css';
import { t } from './text.ts';

interface Props {
  row: MachineRow;
  busy: boolean;
  problem: Problem | undefined;
  onClose: () => void;
  onConfirm: (deleteDisks: boolean) => void;
}

/** Says what will be gone, disk by disk, before it is. */
export function DeleteDialog({ row, onConfirm, ...rest }: Props): ReactNode {
  const [keep, setKeep] = useState(false);
  const detail = useLive(machineDetail({ namespace: row.namespace, name: row.name }));
  const disks = detail.value?.dataVolumes.map((volume) => volume.metadata.name ?? '');
  return (
    <ConfirmDialog
      open
      danger
      title={t('delete.title', { name: row.name })}
      confirmLabel={t('delete.confirm')}
      onConfirm={() => onConfirm(!keep)}
      {...rest}
    >
      <div className={css.body}>
        <p>
          {t('delete.text')} {row.tone !== 'stopped' && t('delete.running')}
        </p>
        {disks === undefined && detail.state === 'loading' && <Skeleton count={2} />}
        {disks?.length === 0 && <p>{t('delete.noDisks')}</p>}
        {disks !== undefined && disks.length > 0 && (
          <>
            <p>{t(keep ? 'delete.kept' : 'delete.disks', { n: disks.length })}</p>
            <ul className={css.disks}>
              {disks.map((disk) => (
                <li key={disk} className={css.disk}>
                  {disk}
                </li>
              ))}
            </ul>
            <Checkbox label={t('delete.keep')} hint={t('delete.keepHint')} checked={keep} onChange={setKeep} />
          </>
        )}
      </div>
    </ConfirmDialog>
  );
}
