import type { Appliance } from '../../../main/contract/appliance.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import css from './appliance.module.css';
import type { Upgrade } from './side-cards.tsx';
import { t } from './text.ts';
import type { Runner } from './use-run.ts';
import type { Act } from './view.ts';

interface Props {
  row: Appliance;
  act: Act;
  runner: Runner;
  onClose: () => void;
}

/** Says what it means for machines before it is done. */
export function ActDialog({ row, act, runner, onClose }: Props) {
  return (
    <ConfirmDialog
      open={!runner.asks}
      onClose={onClose}
      onConfirm={() => runner.run((api, on) => api.appliances.act({ ...on, action: act }), onClose)}
      title={t(`act.${act}Title`, { name: row.name })}
      confirmLabel={t(`act.${act}`)}
      danger={act === 'stop'}
      busy={runner.busy}
      problem={runner.problem}
    >
      <p>{t(`act.${act}Text`)}</p>
      <p className={css.muted}>{t('act.root')}</p>
    </ConfirmDialog>
  );
}

export function UpgradeDialog({ row, upgrade, runner, onClose }: Omit<Props, 'act'> & { upgrade: Upgrade }) {
  const { part, from, to } = upgrade;
  return (
    <ConfirmDialog
      open={!runner.asks}
      onClose={onClose}
      onConfirm={() => runner.run((api, on) => api.appliances.upgrade({ ...on, part, to }), onClose)}
      title={t('upgrade.title', { part: t(`part.${part}`), to })}
      confirmLabel={t('upgrade.confirm')}
      busy={runner.busy}
      problem={runner.problem}
    >
      <p>{t('upgrade.fromTo', { from, to, name: row.name })}</p>
      <p>{upgrade.note}</p>
      <ul className={css.bullets}>
        <li>{t('upgrade.backup')}</li>
        <li>{t(part === 'k3s' ? 'upgrade.machines' : 'upgrade.operator')}</li>
        <li>{t('upgrade.back')}</li>
      </ul>
      <p className={css.muted}>{t('act.root')}</p>
    </ConfirmDialog>
  );
}
