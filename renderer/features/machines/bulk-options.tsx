import type { ReactNode } from 'react';
import { Checkbox } from '../../ui/checkbox.tsx';
import { TextField } from '../../ui/text-field.tsx';
import type { BulkAction } from './bulk.ts';
import { inputTrouble } from './bulk-do.ts';
import type { BulkInput } from './bulk-do.ts';
import css from './bulk.module.css';
import { DeleteChoice } from './delete-choice.tsx';
import { t } from './text.ts';

interface Props {
  action: BulkAction;
  input: BulkInput;
  onChange: (input: BulkInput) => void;
}

/** What an action on many machines needs to know first. */
export function BulkOptions({ action, input, onChange }: Props): ReactNode {
  const change = (part: Partial<BulkInput>): void => onChange({ ...input, ...part });
  const trouble = inputTrouble(action, input);
  if (action === 'delete')
    return (
      <div className={css.warning}>
        <DeleteChoice value={input.how} onChange={(how) => change({ how })} />
      </div>
    );
  if (action === 'folder')
    return (
      <div className={css.warning}>
        <TextField label={t('folder')} hint={t('folder.hint')} value={input.folder} onChange={(folder) => change({ folder })} error={trouble} />
      </div>
    ); // prettier-ignore
  if (action === 'snapshot')
    return (
      <div className={css.warning}>
        <TextField label={t('bulk.snapshotName')} hint={t('bulk.snapshotHint')} value={input.snapshot} onChange={(snapshot) => change({ snapshot })} error={trouble} mono />
      </div>
    ); // prettier-ignore
  if (action !== 'label') return null;
  return (
    <div className={css.warning}>
      <TextField label={t('bulk.labelField')} hint={t('bulk.labelHint')} value={input.label} onChange={(label) => change({ label })} error={input.label ? trouble : undefined} mono />
      <Checkbox label={t('bulk.labelRemove')} checked={input.removeLabel} onChange={(removeLabel) => change({ removeLabel })} />
    </div>
  ); // prettier-ignore
}
