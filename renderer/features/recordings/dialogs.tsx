import { useState } from 'react';
import type { ReactNode } from 'react';
import type { RecordingRow } from '../../../main/contract/recordings.ts';
import { ConfirmCall } from '../../ui/confirm-call.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { isName } from './names.ts';
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
