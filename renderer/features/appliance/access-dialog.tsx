import { useState } from 'react';
import type { Appliance } from '../../../main/contract/appliance.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { newSsh, noSecrets, sshPlace, sudoOf, withHostKey } from '../install/draft.ts';
import type { Secrets, SshDraft } from '../install/draft.ts';
import { HostKeyAsk } from '../install/host-key-ask.tsx';
import { SshForm } from '../install/ssh-form.tsx';
import { SudoField } from '../install/sudo-field.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';
import type { Access, Asker } from './use-run.ts';

/** Needs that the question itself tells; anything else went wrong, and is shown. */
const plainNeeds = new Set(['root-password-needed', 'place-password-needed']);

/**
 * Asks for what was missing: the password for sudo, how to log in over SSH, or whether a host key is the right one. Passwords
 * are used once and kept nowhere; the one to log in with goes on to sudo where the person says that it is the same.
 */
export function AccessDialog({ row, runner }: { row: Pick<Appliance, 'place' | 'ssh'>; runner: Asker }) {
  const [secrets, setSecrets] = useState<Secrets>(noSecrets);
  const [ssh, setSsh] = useState<SshDraft>({ ...newSsh, host: row.place, by: 'password', ...row.ssh });
  const [tried, setTried] = useState(false);
  /** A host key that was accepted before anybody could sign in. */
  const [accepted, setAccepted] = useState<string>();
  const { asks } = runner;
  if (!asks) return null;
  const answer = (access: Access): void => {
    setTried(false);
    setAccepted(undefined);
    runner.answer(access);
  };
  const accept = (hostKey: string): void => {
    const place = withHostKey(asks.place ?? sshPlace(ssh, secrets), hostKey);
    if (place) answer({ place });
    else setAccepted(hostKey);
  };
  const submit = (): void => {
    setTried(true);
    if (asks.need === 'sudo') {
      if (secrets.sudo !== '') answer({ sudo: secrets.sudo });
      return;
    }
    const place = sshPlace({ ...ssh, hostKey: accepted }, secrets);
    // Without one, an earlier one that was wrong counts no more.
    if (place) answer({ place, sudo: sudoOf(ssh, secrets) });
  };
  if (asks.need === 'host-key' && accepted === undefined)
    return (
      <HostKeyAsk
        host={ssh.host}
        port={ssh.port ?? 22}
        problem={asks.problem}
        onAccept={accept}
        onClose={runner.dismiss}
      />
    );
  const need = asks.need === 'sudo' ? 'sudo' : 'ssh';
  return (
    <Dialog
      open
      size={need === 'sudo' ? 'small' : 'medium'}
      onClose={runner.dismiss}
      title={t(`access.${need}`, { place: row.place })}
      footer={
        <>
          <Button tone="quiet" onClick={runner.dismiss}>
            {t('cancel')}
          </Button>
          <Button tone="primary" busy={runner.busy} onClick={submit}>
            {t('access.go')}
          </Button>
        </>
      }
    >
      <form
        className={css.stack}
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation(); // it may stand on a page that is a form itself
          submit();
        }}
      >
        {asks.problem && accepted === undefined && !plainNeeds.has(asks.problem.code) && (
          <ProblemView problem={asks.problem} compact />
        )}
        {need === 'sudo' ? (
          <SudoField
            place={row.place}
            value={secrets.sudo}
            onChange={(sudo) => setSecrets((before) => ({ ...before, sudo }))}
            error={tried && secrets.sudo === '' ? t('access.missing') : undefined}
          />
        ) : (
          <SshForm
            ssh={ssh}
            onChange={(part) => setSsh((before) => ({ ...before, ...part }))}
            secrets={secrets}
            onSecrets={(part) => setSecrets((before) => ({ ...before, ...part }))}
            tried={tried}
            fixed={row.ssh !== undefined}
          />
        )}
      </form>
    </Dialog>
  );
}
