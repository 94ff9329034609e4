import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Problem } from '../../../main/contract/problem.ts';
import type { MachineDetail, MachineRow } from '../../../main/contract/machine.ts';
import { machineDetail, useLive } from '../../lib/resources.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DeleteChoice } from './delete-choice.tsx';
import type { DeleteHow } from './delete-choice.tsx';
import css from './delete-dialog.module.css';
import { t } from './text.ts';

interface Props {
  row: MachineRow;
  busy: boolean;
  problem: Problem | undefined;
  onClose: () => void;
  onConfirm: (how: DeleteHow) => void;
}

/** Says what will be gone, disk by disk, before it is. */
export function DeleteDialog({ row, onConfirm, ...rest }: Props): ReactNode {
  const [how, setHow] = useState<DeleteHow>('bin');
  const detail = useLive(machineDetail({ namespace: row.namespace, name: row.name }));
  const disks = detail.value && ownDisks(detail.value);
  return (
    <ConfirmDialog
      open
      danger
      title={t('delete.title', { name: row.name })}
      confirmLabel={t(`delete.confirm.${how}`)}
      onConfirm={() => onConfirm(how)}
      {...rest}
    >
      <div className={css.body}>
        {row.tone !== 'stopped' && <p>{t(how === 'now' ? 'delete.running' : 'delete.runningSoft')}</p>}
        <DeleteChoice value={how} onChange={setHow} />
        <p>{t('delete.snapshots')}</p>
        {disks === undefined && detail.state === 'loading' && <Skeleton count={2} />}
        {disks?.length === 0 && <p>{t('delete.noDisks')}</p>}
        {disks !== undefined && disks.length > 0 && (
          <>
            <p>{t(`delete.disks.${how}`, { n: disks.length })}</p>
            <ul className={css.disks}>
              {disks.map((disk) => (
                <li key={disk} className={css.disk}>
                  {disk}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </ConfirmDialog>
  );
}

/** A disk that came back from a snapshot is a claim of the machine's own, though no DataVolume made it. */
function ownDisks({ dataVolumes, disks }: MachineDetail): string[] {
  const named = disks.flatMap(({ source }) => /^dataVolume (.+)$/.exec(source)?.[1] ?? []);
  return [...new Set([...dataVolumes.map((volume) => volume.metadata.name ?? ''), ...named])];
}
