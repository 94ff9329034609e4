import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { SnapshotRow } from '../../../main/contract/snapshots.ts';
import { bytes } from '../../lib/format.ts';
import { useAction } from '../../lib/use-call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { toast } from '../../ui/toast.tsx';
import { t } from './text.ts';

interface Props {
  of: ObjectRef;
  row: SnapshotRow;
  onClose: () => void;
}

/** Says what stays, and what is freed. */
export function DeleteDialog({ of, row, onClose }: Props): ReactNode {
  const remove = useAction((api) => api.snapshots.remove({ ...of, snapshot: row.name }), {
    onDone: () => {
      toast({ title: t('began.remove') });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      danger
      title={t('delete.title', { name: row.name })}
      confirmLabel={t('delete.go')}
      busy={remove.busy}
      problem={remove.problem}
      onClose={onClose}
      onConfirm={() => void remove.run(undefined)}
    >
      <p>{t('delete.text')}</p>
      <p>{frees(row)}</p>
    </ConfirmDialog>
  );
}

const frees = ({ size, memory }: SnapshotRow): string => {
  if (memory !== undefined) return t('delete.freesMemory', { memory: bytes(memory), size: bytes(size ?? 0) });
  return size === undefined ? t('delete.freesUnknown') : t('delete.frees', { size: bytes(size) });
};
