import { useState } from 'react';
import type { Appliance, ApplianceBackup } from '../../../main/contract/appliance.ts';
import { ago, bytes, dateTime } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { DiskIcon, TrashIcon } from '../../ui/icons.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';
import { useActWhy } from './use-act-why.ts';
import type { Runner } from './use-run.ts';

type Asked = { backup: ApplianceBackup; what: 'restore' | 'drop' };

/** Copies of the datastore, the token and the configuration; disks of machines are not in them. */
export function Backups({ row, runner, onMake }: { row: Appliance; runner: Runner; onMake: () => void }) {
  const now = useNow();
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => {
    setAsked(undefined);
    runner.reset();
  };
  const go = ({ backup, what }: Asked): void => {
    const name = { backup: backup.name };
    runner.run(
      (api, on) => (what === 'restore' ? api.appliances.restore({ ...on, ...name }) : api.appliances.dropBackup({ ...on, ...name })),
      close,
    );
  };
  const actWhy = useActWhy();
  const make = (
    <Button size="small" why={actWhy(row, 'backup')} onClick={onMake}>
      {t('backups.make')}
    </Button>
  );
  const sorted = [...row.backups].sort((a, b) => b.at.localeCompare(a.at));
  return (
    <Card title={t('backups')} actions={sorted.length > 0 && make} flush={sorted.length > 0}>
      {sorted.length === 0 && (
        <EmptyState icon={DiskIcon} title={t('backups.none')} actions={make}>
          {t('backups.text')}
        </EmptyState>
      )}
      {sorted.length > 0 && (
        <>
          <ul aria-label={t('backups')}>
            {sorted.map((backup) => (
              <li key={backup.name} className={css.line}>
                <div className={css.words}>
                  <p className={css.title}>{dateTime(backup.at)}</p>
                  <p className={css.detail}>
                    {[ago(backup.at, now), backup.reason, backup.versions, bytes(backup.size)].join(' · ')}
                  </p>
                </div>
                <Button size="small" why={actWhy(row, 'restore')} onClick={() => setAsked({ backup, what: 'restore' })}>
                  {t('backups.restore')}
                  <span className="visually-hidden"> {backup.name}</span>
                </Button>
                <IconButton
                  icon={TrashIcon}
                  label={t('backups.drop', { name: backup.name })}
                  why={actWhy(row, 'restore')}
                  onClick={() => setAsked({ backup, what: 'drop' })}
                />
              </li>
            ))}
          </ul>
          <p className={css.foot}>{t('backups.text')}</p>
        </>
      )}
      {asked && (
        <ConfirmDialog
          open
          danger
          onClose={close}
          onConfirm={() => go(asked)}
          title={t(`backups.${asked.what}Title`, { at: dateTime(asked.backup.at) })}
          confirmLabel={t(`backups.${asked.what}Confirm`)}
          busy={runner.busy}
          problem={runner.problem}
          typeToConfirm={asked.what === 'restore' ? row.name : undefined}
        >
          <p>{t(`backups.${asked.what}Text`, { versions: asked.backup.versions })}</p>
        </ConfirmDialog>
      )}
    </Card>
  );
} // prettier-ignore
