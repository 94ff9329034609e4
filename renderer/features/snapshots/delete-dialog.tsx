import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { SnapshotRow } from '../../../main/contract/snapshots.ts';
import { bytes } from '../../lib/format.ts';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { t } from './text.ts';

interface Props {
  of: ObjectRef;
  row: SnapshotRow;
  onClose: () => void;
}

/** Says what stays, and what is freed. */
export function DeleteDialog({ of, row, onClose }: Props): ReactNode {
  return (
    <ConfirmCall
      danger
      title={t('delete.title', { name: row.name })}
      confirmLabel={t('delete.go')}
      call={(api) => api.snapshots.remove({ ...of, snapshot: row.name })}
      done={t('began.remove')}
      onClose={onClose}
    >
      <p>{t('delete.text')}</p>
      <p>{frees(row)}</p>
    </ConfirmCall>
  );
}

const frees = ({ size, memory }: SnapshotRow): string => {
  if (memory !== undefined) return t('delete.freesMemory', { memory: bytes(memory), size: bytes(size ?? 0) });
  return size === undefined ? t('delete.freesUnknown') : t('delete.frees', { size: bytes(size) });
};
