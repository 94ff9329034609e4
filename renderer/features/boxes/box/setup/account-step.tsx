import { useState } from 'react';
import { Button } from '../../../../ui/button.tsx';
import { ProblemView } from '../../../../ui/problem-view.tsx';
import { TextField } from '../../../../ui/text-field.tsx';
import css from '../../boxes.module.css';
import { useAct, useBox } from '../door.ts';
import { t } from '../text.ts';

const shortest = 10;

/** Who signs in at the pages of the box itself. The app needs no account: it is paired. */
export function AccountStep({ onDone }: { onDone: () => void }) {
  const { state, away, door } = useBox();
  const [name, setName] = useState('admin');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [current, setCurrent] = useState('');
  const [tried, setTried] = useState(false);
  const act = useAct({ onDone });
  const badName = /^[a-z][a-z0-9_-]{0,31}$/.test(name) ? undefined : t('account.badName');
  const short = password.length < shortest ? t('account.short', { n: shortest }) : undefined;
  const differs = again === password ? undefined : t('account.differs');
  return (
    <form
      noValidate
      className={css.stack}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (badName ?? short ?? differs) return;
        void act.run({ do: 'account', name, password, ...(current !== '' && { current }) });
      }}
    >
      <p className={css.text}>{t(door.own ? 'account.textOwn' : 'account.text')}</p>
      <div className={css.pair}>
        <TextField label={t('account.name')} value={name} onChange={setName} error={tried ? badName : undefined} maxLength={32} mono />
        {state.setup.account ? <TextField label={t('account.current')} type="password" value={current} onChange={setCurrent} /> : <span />}
        <TextField label={t('account.password')} type="password" value={password} onChange={setPassword} hint={t('account.passwordHint', { n: shortest })} error={tried ? short : undefined} />
        <TextField label={t('account.again')} type="password" value={again} onChange={setAgain} error={tried ? differs : undefined} />
      </div>
      {act.problem && <ProblemView problem={act.problem} compact />}
      <div>
        <Button type="submit" tone="primary" busy={act.busy} why={away}>
          {t('save')}
        </Button>
      </div>
    </form>
  );
} // prettier-ignore
