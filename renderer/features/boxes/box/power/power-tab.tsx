import { useState } from 'react';
import { Button } from '../../../../ui/button.tsx';
import { Card } from '../../../../ui/card.tsx';
import { PowerIcon, RestartIcon, TrashIcon } from '../../../../ui/icons.tsx';
import css from '../../boxes.module.css';
import { useBox } from '../door.ts';
import { t } from '../text.ts';
import { PowerDialog } from './power-dialog.tsx';
import { ResetDialog } from './reset-dialog.tsx';

/** Restart, shut down, and the end of everything on it. */
export function PowerTab() {
  const { away, state } = useBox();
  const [open, setOpen] = useState<'reboot' | 'power-off' | 'reset'>();
  const why = away ?? state.busy?.words;
  const close = (): void => setOpen(undefined);
  return (
    <div className={css.stack}>
      <Card title={t('power')}>
        <div className={css.stack}>
          <p className={css.text}>{t('power.text')}</p>
          <div className={css.actions}>
            <Button icon={RestartIcon} why={why} onClick={() => setOpen('reboot')}>
              {t('power.reboot')}
            </Button>
            <Button icon={PowerIcon} why={why} onClick={() => setOpen('power-off')}>
              {t('power.power-off')}
            </Button>
          </div>
          <p className={css.muted}>{t('power.wakeText')}</p>
        </div>
      </Card>
      <Card title={t('reset')}>
        <div className={css.stack}>
          <p className={css.text}>{t('reset.text')}</p>
          <div>
            <Button tone="danger" icon={TrashIcon} why={why} onClick={() => setOpen('reset')}>
              {t('reset.open')}
            </Button>
          </div>
        </div>
      </Card>
      {(open === 'reboot' || open === 'power-off') && <PowerDialog what={open} onClose={close} />}
      {open === 'reset' && <ResetDialog onClose={close} />}
    </div>
  );
}
