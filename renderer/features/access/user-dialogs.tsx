import { useState } from 'react';
import { longestName, shortestPassword, userNamePattern } from '../../../main/contract/roles.ts';
import type { UserRow } from '../../../main/contract/access.ts';
import type { Role } from '../../../main/contract/roles.ts';
import { useAction } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { toast } from '../../ui/toast.tsx';
import css from './access.module.css';
import { passwordProblem } from './password-form.tsx';
import { t } from './text.ts';
import { roleOptions } from './role-options.ts';

/** Somebody new: name, role and a first password, which they change themselves. */
export function AddUserDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('student');
  const [password, setPassword] = useState('');
  const add = useAction((api, _input: undefined) => api.access.add({ name, role, password }), {
    onDone: () => {
      toast({ title: t('users.added', { name: name.trim() }) });
      onClose();
    },
  });
  const { fields = {} } = add.problem ?? {};
  const wrong = name === '' || userNamePattern.test(name.trim()) ? undefined : t('users.nameWrong');
  const short = password === '' ? undefined : passwordProblem(password);
  const ready = name.trim() !== '' && password !== '' && wrong === undefined && short === undefined;
  const go = (): void => void (ready && !add.busy && add.run(undefined));
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('users.add')}
      cancel
      footer={
        <Button tone="primary" busy={add.busy} why={ready ? undefined : t('users.incomplete')} onClick={go}>
          {t('users.addDo')}
        </Button>
      }
    >
      <div className={css.stack}>
        <TextField label={t('users.name')} error={wrong ?? fields['name']} value={name} onChange={setName} maxLength={longestName} onEnter={go} />
        <Select label={t('users.role')} value={role} options={roleOptions} onChange={setRole} />
        <TextField type="password" autoComplete="new-password" label={t('users.firstPassword')} hint={t('users.firstPasswordHint', { n: shortestPassword })} error={short ?? fields['password']} value={password} onChange={setPassword} onEnter={go} />
        {add.problem && Object.keys(fields).length === 0 && <ProblemView problem={add.problem} compact />}
      </div>
    </Dialog>
  );
} // prettier-ignore

/** Another password for somebody who forgot theirs. */
export function SetPasswordDialog({ row, onClose }: { row: UserRow; onClose: () => void }) {
  const [password, setPassword] = useState('');
  const set = useAction((api, _input: undefined) => api.access.setPassword({ id: row.id, password }), {
    onDone: () => {
      toast({ title: t('users.passwordSet', { name: row.name }) });
      onClose();
    },
  });
  const { fields = {} } = set.problem ?? {};
  const short = password === '' ? undefined : passwordProblem(password);
  const ready = password !== '' && short === undefined;
  const go = (): void => void (ready && !set.busy && set.run(undefined));
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('users.passwordTitle', { name: row.name })}
      description={t('users.passwordText')}
      cancel
      footer={
        <Button tone="primary" busy={set.busy} why={ready ? undefined : t('password.incomplete')} onClick={go}>
          {t('password.save')}
        </Button>
      }
    >
      <div className={css.stack}>
        <TextField type="password" autoComplete="new-password" label={t('password.new')} hint={t('password.hint', { n: shortestPassword })} error={short ?? fields['password']} value={password} onChange={setPassword} onEnter={go} />
        {set.problem && Object.keys(fields).length === 0 && <ProblemView problem={set.problem} compact />}
      </div>
    </Dialog>
  );
} // prettier-ignore
