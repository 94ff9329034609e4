import { useState } from 'react';
import type { ReactNode } from 'react';
import type { RecordingRow } from '../../../main/contract/recordings.ts';
import { bytes } from '../../lib/format.ts';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { clock, isName } from './names.ts';
import { t } from './text.ts';

interface Props {
  row: RecordingRow;
  onClose: () => void;
  /** Told when it was done. */
  onDone?: ((name: string) => void) | undefined;
}

export function RenameDialog({ row, onClose, onDone }: Props): ReactNode {
  const [name, setName] = useState(row.name);
  const fits = isName(name);
  return (
    <ConfirmCall
      title={t('rename.title', { name: row.name })}
      confirmLabel={t('rename')}
      why={fits ? undefined : t('rename.wrong')}
      call={async (api) => {
        await api.recordings.rename({ name: row.name, to: name.trim() });
        onDone?.(name.trim());
      }}
      onClose={onClose}
    >
      <TextField
        label={t('rename.label')}
        value={name}
        maxLength={60}
        error={fits || name === '' ? undefined : t('rename.wrong')}
        onChange={setName}
      />
    </ConfirmCall>
  );
}

export function RemoveDialog({ row, onClose, onDone }: Props): ReactNode {
  return (
    <ConfirmCall
      danger
      title={t('remove.title', { name: row.name })}
      confirmLabel={t('remove')}
      done={t('remove.done', { name: row.name })}
      call={async (api) => {
        await api.recordings.remove({ name: row.name });
        onDone?.(row.name);
      }}
      onClose={onClose}
    >
      <p>{t('remove.text', { length: clock(row.seconds * 1000), size: bytes(row.size) })}</p>
    </ConfirmCall>
  );
}
