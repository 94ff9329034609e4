import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { PlusIcon, TrashIcon } from '../../ui/icons.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './cloud-init.module.css';
import type { UserForm } from './form.ts';
import { HashField } from './hash-field.tsx';
import { KeysField } from './keys-field.tsx';
import { t } from './text.ts';

const fresh: UserForm = { at: -1, name: '', hash: '', keys: [], sudo: true, shell: '/bin/bash', groups: '' };
const good = /^[a-z_][a-z0-9_-]{0,31}$/;

/** Users beside the image's own. */
export function UsersPart({
  users,
  onChange,
}: {
  users: readonly UserForm[];
  onChange: (users: UserForm[]) => void;
}): ReactNode {
  // prettier-ignore
  const set = (index: number, change: Partial<UserForm>): void =>
    onChange(users.map((user, at) => (at === index ? { ...user, ...change } : user)));
  const free = ['ada', 'ben', 'eve', 'max'].find((name) => !users.some((user) => user.name === name)) ?? `user${users.length + 1}`; // prettier-ignore
  return (
    <div className={css.part}>
      {users.map((user, index) => (
        // By place: a name changes while it is typed.
        // oxlint-disable-next-line react/no-array-index-key
        <fieldset key={index} className={css.item}>
          <legend className={css.legend}>{user.name || t('users.new')}</legend>
          <div className={css.pair}>
            <TextField
              label={t('users.name')}
              mono
              value={user.name}
              onChange={(name) => set(index, { name })}
              error={good.test(user.name) ? undefined : t('users.name.error')}
            />
            <HashField hash={user.hash} onChange={(hash) => set(index, { hash })} />
            <TextField
              label={t('users.groups')}
              mono
              optional
              value={user.groups}
              onChange={(groups) => set(index, { groups })}
              hint={t('users.groups.hint')}
            />{' '}
            {/* prettier-ignore */}
            <TextField label={t('users.shell')} mono optional value={user.shell} onChange={(shell) => set(index, { shell })} />
          </div>
          <KeysField value={user.keys} onChange={(keys) => set(index, { keys })} />
          <div className={css.between}>
            <Checkbox
              label={t('users.sudo')}
              checked={user.sudo}
              onChange={(sudo) => set(index, { sudo })}
              hint={t('users.sudo.hint')}
            />{' '}
            {/* prettier-ignore */}
            <IconButton icon={TrashIcon} label={t('users.remove', { name: user.name || t('users.new') })} onClick={() => onChange(users.filter((_, at) => at !== index))} />{' '}
            {/* prettier-ignore */}
          </div>
        </fieldset>
      ))}
      <div>
        <Button size="small" icon={PlusIcon} onClick={() => onChange([...users, { ...fresh, name: free }])}>
          {t('users.add')}
        </Button>
      </div>
    </div>
  );
}
