import { Checkbox } from '../../ui/checkbox.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { TextField } from '../../ui/text-field.tsx';
import type { Secrets, SshDraft } from './draft.ts';
import { sshFields } from './draft.ts';
import css from './install.module.css';
import { t } from './text.ts';

interface Props {
  ssh: SshDraft;
  onChange: (part: Partial<SshDraft>) => void;
  secrets: Secrets;
  onSecrets: (part: Partial<Secrets>) => void;
  /** Show what is missing: after the first try to go on. */
  tried: boolean;
  /** Which computer it is stands already; only how one logs in there is asked. */
  fixed?: boolean;
}

/** How another machine is reached. Passwords are used once and kept nowhere. */
export function SshForm({ ssh, onChange, secrets, onSecrets, tried, fixed = false }: Props) {
  const fields = sshFields(ssh, secrets);
  const error = (field: keyof typeof fields, value: string): string | undefined =>
    tried || (value !== '' && field !== 'password') ? fields[field] : undefined;
  // Another machine has another key: what was accepted for this one does not count there.
  const to = (part: Partial<SshDraft>): void => onChange({ ...part, hostKey: undefined });
  return (
    <div className={css.form}>
      <div className={css.address}>
        {!fixed && (
          <TextField
            label={t('ssh.host')}
            value={ssh.host}
            onChange={(host) => to({ host: host.trim() })}
            error={error('host', ssh.host)}
            hint={t('ssh.hostHint')}
            placeholder="box.lan"
            mono
          />
        )}
        {!fixed && (
          <NumberField
            label={t('ssh.port')}
            value={ssh.port}
            onChange={(port) => to({ port })}
            min={1}
            max={65_535}
            error={tried ? fields.port : undefined}
          />
        )}
        <TextField
          label={t('ssh.user')}
          value={ssh.user}
          onChange={(user) => onChange({ user: user.trim() })}
          error={error('user', ssh.user)}
          mono
        />
      </div>
      <RadioCards
        label={t('ssh.by')}
        columns={3}
        value={ssh.by}
        onChange={(by) => onChange({ by })}
        options={[
          { value: 'agent', title: t('ssh.agent'), detail: t('ssh.agentDetail') },
          { value: 'key', title: t('ssh.key'), detail: t('ssh.keyDetail') },
          { value: 'password', title: t('ssh.password'), detail: t('ssh.passwordDetail') },
        ]}
      />
      {ssh.by === 'key' && (
        <div className={css.pair}>
          <TextField
            label={t('ssh.path')}
            value={ssh.path}
            onChange={(path) => onChange({ path })}
            error={error('path', ssh.path)}
            placeholder="~/.ssh/id_ed25519"
            mono
          />
          <TextField
            label={t('ssh.passphrase')}
            type="password"
            optional
            value={secrets.passphrase}
            onChange={(passphrase) => onSecrets({ passphrase })}
            hint={t('ssh.once')}
          />
        </div>
      )}
      {ssh.by === 'password' && (
        <TextField
          label={t('ssh.passwordOf', { user: ssh.user || t('ssh.someone') })}
          type="password"
          value={secrets.password}
          onChange={(password) => onSecrets({ password })}
          error={error('password', secrets.password)}
          hint={t('ssh.once')}
        />
      )}
      {ssh.by === 'password' && ssh.user !== 'root' && (
        <Checkbox
          label={t('ssh.same')}
          hint={t('ssh.sameHint')}
          checked={secrets.same}
          onChange={(same) => onSecrets({ same })}
        />
      )}
    </div>
  );
}
