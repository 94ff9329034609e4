import { useState } from 'react';
import type { ReactNode } from 'react';
import { Fold, Folds } from '../../ui/fold.tsx';
import { Switch } from '../../ui/switch.tsx';
import { TextField } from '../../ui/text-field.tsx';
import css from './cloud-init.module.css';
import { FilesPart } from './files-part.tsx';
import { readForm } from './form.ts';
import type { CloudField, CloudForm as Values } from './form.ts';
import { applyForm } from './form-write.ts';
import { HashField } from './hash-field.tsx';
import { KeysField } from './keys-field.tsx';
import { LinesField } from './lines-field.tsx';
import { t } from './text.ts';
import { UsersPart } from './users-part.tsx';

interface Props {
  text: string;
  onChange: (text: string) => void;
  /** Fields that stand elsewhere on the page. */
  omit?: readonly CloudField[];
}

/** A cloud-config as a form. The text is what counts: each change is put into it, and what the form does not show stays. */
export function CloudForm({ text, onChange, omit = [] }: Props): ReactNode {
  const read = readForm(text);
  const [open, setOpen] = useState('');
  if (!read) return <p className={css.note}>{t('form.unreadable')}</p>;
  const { form, foreign } = read;
  const set = (change: Partial<Values>): void => onChange(applyForm(text, change));
  /** A field, unless it stands elsewhere; what the text writes in its own way is named instead. */
  const field = (name: CloudField, shown: ReactNode): ReactNode => {
    if (omit.includes(name)) return null;
    return foreign.has(name) ? <p className={css.note}>{t('form.foreign', { field: t(`field.${name}`) })}</p> : shown;
  };
  const line = (name: 'hostname' | 'timezone' | 'locale' | 'keyboard' | 'user' | 'swap', hint?: string): ReactNode =>
    field(
      name,
      <TextField label={t(`field.${name}`)} mono optional value={form[name]} onChange={(value) => set({ [name]: value.trim() })} hint={hint} />,
    ); // prettier-ignore
  const fold = (name: 'login' | 'system' | 'users' | 'software' | 'files' | 'disk', summary: string, body: ReactNode): ReactNode => (
    <Fold title={t(`part.${name}`)} summary={summary} open={open === name} onOpen={(on) => setOpen(on ? name : '')}>
      {body}
    </Fold>
  ); // prettier-ignore
  return (
    <Folds>
      {!omit.includes('user') &&
        fold(
          'login',
          [form.user, form.password && t('summary.password'), form.sshKeys.length > 0 && t('summary.keys', { n: form.sshKeys.length })].filter(Boolean).join(', '),
          <>
            <div className={css.pair}>
              {line('user', t('user.hint'))}
              {field('password', <HashField hash={form.password} onChange={(password) => set({ password })} />)}
            </div>
            {field('sshKeys', <KeysField value={form.sshKeys} onChange={(sshKeys) => set({ sshKeys })} />)}
          </>,
        )}
      {fold(
        'system',
        [form.timezone, form.locale, form.keyboard].filter(Boolean).join(', '),
        <div className={css.pair}>
          {line('hostname')}
          {line('timezone', t('timezone.hint'))}
          {line('locale', t('locale.hint'))}
          {line('keyboard', t('keyboard.hint'))}
        </div>,
      )}
      {fold(
        'users',
        form.users.map((user) => user.name).join(', '),
        field('users', <UsersPart users={form.users} onChange={(users) => set({ users })} />),
      )}
      {fold(
        'software',
        [form.packages.join(' '), form.upgrade && t('summary.upgrade'), form.runcmd.length > 0 && t('summary.commands', { n: form.runcmd.length })].filter(Boolean).join(', '),
        <div className={css.part}>
          {field('agent', <Switch label={t('field.agent')} checked={form.agent} onChange={(agent) => set({ agent })} hint={t('agent.hint')} />)}
          {field('upgrade', <Switch label={t('field.upgrade')} checked={form.upgrade} onChange={(upgrade) => set({ upgrade })} hint={t('upgrade.hint')} />)}
          {field('packages', <LinesField label={t('field.packages')} by="word" rows={1} value={form.packages} onChange={(packages) => set({ packages })} hint={t('packages.hint')} />)}
          {field('runcmd', <LinesField label={t('field.runcmd')} value={form.runcmd} onChange={(runcmd) => set({ runcmd })} hint={t('runcmd.hint')} />)}
          {field('bootcmd', <LinesField label={t('field.bootcmd')} value={form.bootcmd} onChange={(bootcmd) => set({ bootcmd })} hint={t('bootcmd.hint')} />)}
        </div>,
      )}
      {fold(
        'files',
        form.files.map((file) => file.path).join(', '),
        field('files', <FilesPart files={form.files} onChange={(files) => set({ files })} />),
      )}
      {fold(
        'disk',
        [form.swap && t('summary.swap', { size: form.swap }), !form.growpart && t('summary.noGrow')].filter(Boolean).join(', '),
        <div className={css.part}>
          {line('swap', t('swap.hint'))}
          {field('growpart', <Switch label={t('field.growpart')} checked={form.growpart} onChange={(growpart) => set({ growpart })} hint={t('growpart.hint')} />)}
        </div>,
      )}
    </Folds>
  ); // prettier-ignore
}
