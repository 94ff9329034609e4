import { useState } from 'react';
import type { Appliance } from '../../../main/contract/appliance.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { newSsh, noSecrets, sshPlace } from '../install/draft.ts';
import type { Secrets, SshDraft } from '../install/draft.ts';
import { SshForm } from '../install/ssh-form.tsx';
import { SudoField } from '../install/sudo-field.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';
import type { Asker } from './use-run.ts';

/** Needs that the question itself tells; anything else went wrong, and is shown. */
const plainNeeds = new Set(['root-password-needed', 'place-password-needed']);

/** Asks for what was missing: the password for sudo, or how to log in over SSH. Used once, kept nowhere. */
export function AccessDialog({ row, runner }: { row: Pick<Appliance, 'place' | 'ssh'>; runner: Asker }) {
  const [secrets, setSecrets] = useState<Secrets>(noSecrets);
  const [ssh, setSsh] = useState<SshDraft>({ ...newSsh, host: row.place, by: 'password', ...row.ssh });
  const [tried, setTried] = useState(false);
  const { asks } = runner;
  if (!asks) return null;
  const submit = (): void => {
    setTried(true);
    if (asks.need === 'sudo') {
      if (secrets.sudo !== '') runner.answer({ sudo: secrets.sudo });
      return;
    }
    const place = sshPlace(ssh, secrets);
    if (place) runner.answer({ place });
  };
  return (
    <Dialog
      open
      size={asks.need === 'sudo' ? 'small' : 'medium'}
      onClose={runner.dismiss}
      title={t(`access.${asks.need}`, { place: row.place })}
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
          submit();
        }}
      >
        {asks.problem && !plainNeeds.has(asks.problem.code) && <ProblemView problem={asks.problem} compact />}
        {asks.need === 'sudo' ? (
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
