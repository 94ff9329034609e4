import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { useAction } from '../../lib/use-call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './hardware.module.css';
import { nameProblem } from './names.ts';
import { t } from './text.ts';
import { tell } from './use-hardware.ts';

interface Props {
  of: ObjectRef;
  open: boolean;
  taken: readonly string[];
  onClose: () => void;
}

/** A drive for discs. */
export function DriveDialog({ of, open, taken, onClose }: Props): ReactNode {
  const [name, setName] = useState('cd');
  const add = useAction((api, disk: string) => api.hardware.addDrive({ ...of, disk }), {
    onDone: ({ when }) => {
      tell(t('done.drive', { name }), name, when);
      onClose();
    },
  });
  const wrong = nameProblem(name, taken);
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      onConfirm={() => void add.run(name)}
      title={t('drive.title')}
      confirmLabel={t('drive.confirm')}
      busy={add.busy}
      problem={add.problem}
      why={wrong}
    >
      <div className={css.form}>
        <p>{t('drive.text')}</p>
        <TextField label={t('attach.name')} value={name} onChange={setName} error={wrong} mono maxLength={63} />
      </div>
    </ConfirmDialog>
  );
}
