import { useState } from 'react';
import { shortestPassword } from '../../../main/contract/roles.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './access.module.css';
import { t } from './text.ts';

/** What is wrong with a new password as far as a page can tell; the backend knows more. */
export const passwordProblem = (password: string): string | undefined =>
  [...password].length < shortestPassword ? t('password.short', { n: shortestPassword }) : undefined;

/** Changes one's own password: asks for the one of now. */
export function OwnPassword() {
  const [open, setOpen] = useState(false);
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const close = (): void => {
    setOpen(false);
    for (const set of [setCurrent, setNext, setAgain]) set('');
  };
  const change = useAction((api, _input: undefined) => api.access.changePassword({ current, next }), {
    onDone: () => {
      toast({ title: t('password.changed'), detail: t('password.changedText') });
      close();
    },
  });
  if (!open)
    return (
      <div>
        <Button onClick={() => setOpen(true)}>{t('password.change')}</Button>
      </div>
    );
  const { fields = {} } = change.problem ?? {};
  const short = next === '' ? undefined : passwordProblem(next);
  const different = again !== '' && again !== next ? t('password.different') : undefined;
  const ready = current !== '' && next !== '' && again !== '' && short === undefined && different === undefined;
  return (
    <form
      className={css.stack}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !change.busy) void change.run(undefined);
      }}
    >
      <TextField type="password" autoComplete="current-password" label={t('password.current')} error={fields['current']} value={current} onChange={setCurrent} />
      <TextField type="password" autoComplete="new-password" label={t('password.new')} hint={t('password.hint', { n: shortestPassword })} error={short ?? fields['password']} value={next} onChange={setNext} />
      <TextField type="password" autoComplete="new-password" label={t('password.again')} error={different} value={again} onChange={setAgain} />
      {change.problem && Object.keys(fields).length === 0 && <ProblemView problem={change.problem} compact />}
      <div className={css.buttons}>
        <Button tone="primary" type="submit" busy={change.busy} why={ready ? undefined : t('password.incomplete')}>
          {t('password.save')}
        </Button>
        <Button tone="quiet" onClick={close}>
          {t('cancel')}
        </Button>
      </div>
    </form>
  );
} // prettier-ignore
