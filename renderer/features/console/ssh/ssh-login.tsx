import { useState } from 'react';
import type { ReactNode } from 'react';
import type { SshAccess } from '../../../../main/contract/consoles.ts';
import type { ObjectRef } from '../../../../main/contract/machine-ref.ts';
import { useCall } from '../../../lib/use-call.ts';
import { useOffer } from '../../../lib/use-offer.ts';
import { Button } from '../../../ui/button.tsx';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { TextField } from '../../../ui/text-field.tsx';
import { t } from '../text.ts';
import css from './ssh.module.css';

interface Props {
  of: ObjectRef;
  /** Who logged in here before. */
  before: string;
  onLogin: (user: string) => void;
}

/** Asks who logs in, and says how the same is done in a terminal of one's own. */
export function SshLogin({ of, before, onLogin }: Props): ReactNode {
  const { value, problem, loading } = useCall(['ssh', of.namespace, of.name], (api) => api.ssh.access(of));
  if (loading) return <Skeleton height="block" />;
  return (
    <div className={css.page}>
      <div className={css.sheet}>
        {problem && <ProblemView problem={problem} compact />}
        <LoginForm key={value?.user} suggested={before || (value?.user ?? '')} access={value} onLogin={onLogin} />
        {value && <Commands access={value} />}
      </div>
    </div>
  );
}

function LoginForm(props: {
  suggested: string;
  access: SshAccess | undefined;
  onLogin: (user: string) => void;
}): ReactNode {
  const [user, setUser] = useState(props.suggested);
  const [error, setError] = useState<string>();
  const { access } = props;
  const offer = useOffer();
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        const name = user.trim();
        if (/^[^\s]{1,64}$/.test(name)) props.onLogin(name);
        else setError(t('ssh.user.wrong'));
      }}
    >
      <TextField
        label={t('ssh.user')}
        hint={access && keyHint(access)}
        error={error}
        value={user}
        mono
        maxLength={64}
        onChange={(next) => {
          setUser(next);
          setError(undefined);
        }}
      />
      <Button tone="primary" type="submit" why={offer('ssh.shell')}>
        {t('ssh.login')}
      </Button>
    </form>
  );
}

const keyHint = ({ keyInside }: SshAccess): string =>
  t(keyInside === true ? 'ssh.key.inside' : keyInside === false ? 'ssh.key.outside' : 'ssh.key.unknown');

function Commands({ access }: { access: SshAccess }): ReactNode {
  return (
    <details className={css.more}>
      <summary>{t('ssh.commands')}</summary>
      <div className={css.list}>
        {access.commands.map(({ id, text }) => (
          <div key={id}>
            <p className={css.small}>{t(`ssh.command.${id}`)}</p>
            <CodeBlock text={text.replaceAll('{user}', access.user ?? 'USER')} label={t(`ssh.command.${id}`)} />
          </div>
        ))}
        <p className={css.small}>{t('ssh.publicKey')}</p>
        <CodeBlock text={access.key.publicKey} label={t('ssh.publicKey')} />
        {access.hostKey && (
          <p className={css.small}>{t('ssh.hostKey', { key: access.hostKey.key, type: access.hostKey.type })}</p>
        )}
      </div>
    </details>
  );
}
