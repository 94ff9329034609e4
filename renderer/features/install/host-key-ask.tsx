import { useState } from 'react';
import type { Problem } from '../../../main/contract/problem.ts';
import { useCall } from '../../lib/use-call.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { HostKeyDialog } from './host-key-dialog.tsx';
import css from './install.module.css';
import { t } from './text.ts';

interface Props {
  host: string;
  port: number;
  /** Why the machine was not spoken to. */
  problem: Problem | undefined;
  onAccept: (hostKey: string) => void;
  onClose: () => void;
}

/** Looks at the host key of a machine that is known, and leads on from what is found. */
export function HostKeyAsk({ host, port, problem, onAccept, onClose }: Props) {
  /** A key that was seen before is no answer to what is there now. */
  const [opened] = useState(() => Date.now());
  const probe = useCall(
    ['host-key', host, port, opened],
    (api, signal) => api.appliances.sshProbe({ host, port }, { signal }),
    { staleMs: Number.POSITIVE_INFINITY },
  );
  const found = probe.value;
  if (found && found.trust !== 'same')
    return <HostKeyDialog host={host} port={port} probe={found} onAccept={onAccept} onClose={onClose} />;
  const failed = probe.problem;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('hostKey.look', { host })}
      footer={
        <>
          {failed && (
            <Button busy={probe.refreshing} onClick={probe.again}>
              {t('hostKey.again')}
            </Button>
          )}
          <Button tone={found ? 'primary' : 'quiet'} onClick={onClose}>
            {t('hostKey.close')}
          </Button>
        </>
      }
    >
      <div className={css.stack}>
        {probe.loading && <Skeleton count={3} />}
        {failed && <ProblemView problem={failed} compact />}
        {found && <p className={css.text}>{t('hostKey.same', { host })}</p>}
        {found && problem && <ProblemView problem={problem} compact />}
      </div>
    </Dialog>
  );
}
