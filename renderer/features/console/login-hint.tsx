import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { CloseIcon, KeyIcon } from '../../ui/icons.tsx';
import { loginOf } from '../create/logins.ts';
import { t as create } from '../create/text.ts';
import css from './console.module.css';
import { t } from './text.ts';

/** How to log in to a machine that was made in this window. */
export function LoginHint({ of }: { of: ObjectRef }): ReactNode {
  const [closed, setClosed] = useState(false);
  const login = loginOf(of.namespace, of.name);
  if (!login || closed) return null;
  const { user, password } = login;
  return (
    <div className={css.login}>
      <KeyIcon />
      <span className={css.loginText}>
        {password === undefined ? create('hint.loginKey', { user }) : create('hint.login', { user, password })}
        <span className={css.small}> {create('hint.once')}</span>
      </span>
      {password !== undefined && <CopyButton text={password} label={t('copyPassword')} />}
      <IconButton icon={CloseIcon} label={t('hideLogin')} onClick={() => setClosed(true)} />
    </div>
  );
}
