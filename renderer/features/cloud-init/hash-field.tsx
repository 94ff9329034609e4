import { useState } from 'react';
import type { ReactNode } from 'react';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './cloud-init.module.css';
import { t } from './text.ts';

/** A password that becomes a hash as soon as the field is left: in clear text it goes nowhere else. */
export function HashField({ hash, onChange }: { hash: string; onChange: (hash: string) => void }): ReactNode {
  const [typed, setTyped] = useState('');
  const make = useAction((api, password: string) => api.cloudInit.hashPassword({ password }), {
    onDone: (answer) => {
      setTyped('');
      onChange(answer.hash);
    },
  });
  return (
    <div className={css.hash}>
      <TextField
        label={t('password')}
        type="password"
        optional
        value={typed}
        onChange={setTyped}
        onBlur={() => void (typed && make.run(typed))}
        hint={t(hash ? 'password.set' : 'password.hint')}
        error={make.problem?.title}
      />
      {hash && (
        <Button size="small" tone="quiet" onClick={() => onChange('')}>
          {t('password.drop')}
        </Button>
      )}
    </div>
  );
}
