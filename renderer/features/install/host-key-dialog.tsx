import { useState } from 'react';
import type { SshProbe } from '../../../main/contract/appliance.ts';
import { useAction } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import css from './install.module.css';
import { t } from './text.ts';

interface Props {
  host: string;
  port: number;
  /** What was found at the other end. */
  probe: SshProbe;
  onAccept: (hostKey: string) => void;
  onClose: () => void;
}
const fileOf = (type: string): string => (type.includes('rsa') ? 'rsa' : type.includes('ecdsa') ? 'ecdsa' : 'ed25519');

/**
 * A key that was never seen is shown and asked about. One that changed is a stop; the way past it is to forget the old one on
 * purpose, and then to look at the new one as at any that was never seen.
 */
export function HostKeyDialog({ host, port, probe: first, onAccept, onClose }: Props) {
  const [probe, setProbe] = useState(first);
  const [forgetting, setForgetting] = useState(false);
  const forget = useAction(
    async (api) => {
      await api.appliances.forgetHostKey({ host, port });
      return api.appliances.sshProbe({ host, port });
    },
    {
      onDone: (found) => {
        setProbe(found);
        setForgetting(false);
      },
    },
  );
  const changed = probe.trust === 'changed';
  if (forgetting)
    return (
      <ConfirmDialog
        open
        danger
        size="medium"
        onClose={() => setForgetting(false)}
        onConfirm={() => void forget.run(undefined)}
        title={t('hostKey.forgetTitle', { host })}
        confirmLabel={t('hostKey.forgetConfirm')}
        busy={forget.busy}
        problem={forget.problem}
      >
        <p className={css.text}>{t('hostKey.forgetRight')}</p>
        <p className={css.text}>{t('hostKey.forgetWrong')}</p>
        <p className={css.muted}>{t('hostKey.forgetThen')}</p>
      </ConfirmDialog>
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(changed ? 'hostKey.changed' : 'hostKey.new', { host })}
      footer={
        changed ? (
          <>
            <Button tone="danger" onClick={() => setForgetting(true)}>
              {t('hostKey.forget')}
            </Button>
            <Button tone="primary" onClick={onClose}>
              {t('hostKey.close')}
            </Button>
          </>
        ) : (
          <>
            <Button tone="quiet" onClick={onClose}>
              {t('hostKey.cancel')}
            </Button>
            <Button tone="primary" onClick={() => onAccept(probe.hostKey)}>
              {t('hostKey.accept')}
            </Button>
          </>
        )
      }
    >
      <div className={css.stack}>
        {changed && (
          <Banner tone="problem" title={t('hostKey.stop')}>
            {t('hostKey.stopText')}
          </Banner>
        )}
        {!changed && (
          <p className={css.text}>{t(first.trust === 'changed' ? 'hostKey.anewText' : 'hostKey.newText')}</p>
        )}
        <div>
          <p className={css.muted}>{t(changed ? 'hostKey.now' : 'hostKey.shown', { type: probe.keyType })}</p>
          <p className={css.fingerprint}>{probe.hostKey}</p>
        </div>
        {changed && probe.pinned && (
          <div>
            <p className={css.muted}>{t('hostKey.before')}</p>
            <p className={css.fingerprint}>{probe.pinned}</p>
          </div>
        )}
        <div>
          <p className={css.muted}>{t('hostKey.compare')}</p>
          <CodeBlock
            text={`ssh-keygen -lf /etc/ssh/ssh_host_${fileOf(probe.keyType)}_key.pub`}
            label={t('hostKey.compare')}
          />
        </div>
      </div>
    </Dialog>
  );
}
