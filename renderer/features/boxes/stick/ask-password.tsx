import { useState } from 'react';
import type { Problem } from '../../../../main/contract/problem.ts';
import { Button } from '../../../ui/button.tsx';
import { Card } from '../../../ui/card.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import css from '../boxes.module.css';
import { t } from './text.ts';

interface Props {
  problem: Problem;
  busy: boolean;
  onPassword: (sudo: string) => void;
  onBack: () => void;
}

/** Writing to a drive takes the rights of an administrator; no dialog of the system asked for them. */
export function AskPassword({ problem, busy, onPassword, onBack }: Props) {
  const [sudo, setSudo] = useState('');
  return (
    <Card title={t('sudo.title')}>
      <form
        noValidate
        className={css.stack}
        onSubmit={(event) => {
          event.preventDefault();
          if (sudo !== '' && !busy) onPassword(sudo);
        }}
      >
        {problem.code !== 'root-password-needed' && <ProblemView problem={problem} compact />}
        <TextField label={t('sudo')} type="password" value={sudo} onChange={setSudo} hint={t('sudo.hint')} />
        <div className={css.actions}>
          <Button type="submit" tone="primary" busy={busy} why={sudo === '' ? t('sudo.first') : undefined}>
            {t('sudo.go')}
          </Button>
          <Button tone="quiet" onClick={onBack}>
            {t('run.back')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
