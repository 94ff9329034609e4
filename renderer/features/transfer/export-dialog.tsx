import { useState } from 'react';
import type { ReactNode } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { desktop } from '../../lib/desktop.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { toast } from '../../ui/toast.tsx';
import { t } from './text.ts';
import css from './transfer.module.css';

/** Asks what goes into the file and, where there are native dialogs, where it goes. */
export function ExportDialog({ row, onClose }: { row: MachineRow; onClose: () => void }): ReactNode {
  const offer = useOffer();
  const [secrets, setSecrets] = useState(true);
  const { namespace, name } = row;
  const plan = useCall(['clones.plan', namespace, name], (api) => api.clones.plan({ namespace, name }));
  const run = useAction(
    (api, path: string | undefined) => api.transfer.export({ namespace, name, secrets, ...(path ? { path } : {}) }),
    {
      onDone: () => {
        toast({ title: t('export.began') });
        onClose();
      },
    },
  );
  const go = async (): Promise<void> => {
    if (!desktop?.saveFile) return void (await run.run(undefined));
    const path = await desktop.saveFile({ title: t('export.title', { name }), name: `${name}.hearth-vm` });
    if (path !== undefined) await run.run(path);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('export.title', { name })}
      cancel
      footer={
        <Button tone="primary" busy={run.busy} why={offer('transfer.export')} onClick={() => void go()}>
          {t(desktop?.saveFile ? 'export.choose' : 'export.go')}
        </Button>
      }
    >
      <div className={css.form}>
        <p>{t('export.text')}</p>
        {row.tone !== 'stopped' && <Banner tone="note" title={t('export.running', { name })} />}
        {plan.value?.state === 'lost' && <Banner tone="warning" title={t('export.state')} />}
        <Checkbox label={t('export.secrets')} hint={t('export.secretsHint')} checked={secrets} onChange={setSecrets} />
        {!desktop?.saveFile && <p className={css.quiet}>{t('export.keep')}</p>}
        {run.problem && <ProblemView problem={run.problem} compact />}
      </div>
    </Dialog>
  );
}
