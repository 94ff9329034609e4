import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { TextArea } from '../../ui/text-area.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './cloud-init.module.css';
import type { FileForm } from './form.ts';
import { t } from './text.ts';

const fresh: FileForm = { at: -1, path: '', content: '', permissions: '0644', owner: '', coded: false };

/** Files that the guest finds at its first start. */
export function FilesPart({
  files,
  onChange,
}: {
  files: readonly FileForm[];
  onChange: (files: FileForm[]) => void;
}): ReactNode {
  // prettier-ignore
  const set = (index: number, change: Partial<FileForm>): void =>
    onChange(files.map((file, at) => (at === index ? { ...file, ...change } : file)));
  const name = (file: FileForm): string => file.path || t('files.new');
  return (
    <div className={css.part}>
      {files.map((file, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a path changes while it is typed
        <fieldset key={index} className={css.item}>
          <legend className={css.legend}>{name(file)}</legend>
          <div className={css.pair}>
            <TextField
              label={t('files.path')}
              mono
              value={file.path}
              onChange={(path) => set(index, { path })}
              error={file.path.startsWith('/') ? undefined : t('files.path.error')}
            />{' '}
            {/* prettier-ignore */}
            <TextField label={t('files.permissions')} mono optional value={file.permissions} onChange={(permissions) => set(index, { permissions })} error={/^[0-7]{3,4}$|^$/.test(file.permissions) ? undefined : t('files.permissions.error')} />{' '}
            {/* prettier-ignore */}
            <TextField label={t('files.owner')} mono optional value={file.owner} onChange={(owner) => set(index, { owner })} hint={t('files.owner.hint')} />{' '}
            {/* prettier-ignore */}
          </div>
          {file.coded ? (
            <p className={css.note}>{t('files.coded')}</p>
          ) : (
            <TextArea label={t('files.content')} mono rows={4} value={file.content} onChange={(content) => set(index, { content })} /> // prettier-ignore
          )}
          <div className={css.end}>
            <IconButton
              icon={TrashIcon}
              label={t('files.remove', { path: name(file) })}
              onClick={() => onChange(files.filter((_, at) => at !== index))}
            />{' '}
            {/* prettier-ignore */}
          </div>
        </fieldset>
      ))}
      <div>
        <Button size="small" icon={PlusIcon} onClick={() => onChange([...files, { ...fresh, path: '/' }])}>
          {t('files.add')}
        </Button>
      </div>
    </div>
  );
}
