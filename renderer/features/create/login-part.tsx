import type { ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './create.module.css';
import { suggestPassword } from './password.ts';
import { t } from './text.ts';
import type { Form } from './use-create.ts';

/** Who can log in: filled in, so that nobody stands before a login prompt without knowing. */
export function LoginPart({ form }: { form: Form }): ReactNode {
  const { draft, set, image } = form;
  if (draft.source !== 'image' || !image) return null;
  if (!form.takesCloudInit)
    return (
      <p className={css.note}>
        {image.defaultUser ? t('login.imageUser', { user: image.defaultUser }) : t('login.noCloudInit')}
      </p>
    );
  if (draft.cloudInit !== 'form') return null;
  return (
    <div className={css.login}>
      <TextField
        label={t('login.user')}
        mono
        value={draft.user}
        onChange={(user) => set({ user })}
        onBlur={() => form.touch('cloudInit.user')}
        error={form.error('cloudInit.user')}
      />
      <TextField
        label={t('login.password')}
        mono
        optional
        value={draft.password}
        onChange={(password) => set({ password })}
        hint={draft.password ? t('login.password.hint') : t('login.password.none')}
        error={form.error('cloudInit.password')}
      />
      <div className={css.loginTools}>
        <CopyButton text={draft.password} />
        <Button size="small" tone="quiet" onClick={() => set({ password: suggestPassword() })}>
          {t('login.another')}
        </Button>
      </div>
    </div>
  );
}
