import type { SshProbe } from '../../../main/contract/appliance.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import css from './install.module.css';
import { t } from './text.ts';

interface Props {
  host: string;
  probe: SshProbe;
  onAccept: () => void;
  onClose: () => void;
}
const fileOf = (type: string): string => (type.includes('rsa') ? 'rsa' : type.includes('ecdsa') ? 'ecdsa' : 'ed25519');

/** A key that was never seen is shown and asked about; one that changed is a stop, with no way past it. */
export function HostKeyDialog({ host, probe, onAccept, onClose }: Props) {
  const changed = probe.trust === 'changed';
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(changed ? 'hostKey.changed' : 'hostKey.new', { host })}
      footer={
        changed ? (
          <Button tone="primary" onClick={onClose}>
            {t('hostKey.close')}
          </Button>
        ) : (
          <>
            <Button tone="quiet" onClick={onClose}>
              {t('hostKey.cancel')}
            </Button>
            <Button tone="primary" onClick={onAccept}>
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
        {!changed && <p className={css.text}>{t('hostKey.newText')}</p>}
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
        {changed && <p className={css.text}>{t('hostKey.anew')}</p>}
      </div>
    </Dialog>
  );
}
