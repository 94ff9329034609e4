import { memo, useContext } from 'react';
import type { ReactNode } from 'react';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { MachineAction } from '../../../main/contract/machine-ref.ts';
import { consoleOffers, lackOfAll } from '../../lib/use-offer.ts';
import type { AskOffer } from '../../lib/use-offer.ts';
import type { Icon } from '../../ui/icons.tsx';
import { PauseIcon, PlayIcon, PowerIcon, RestartIcon, StopIcon, TerminalIcon, TrashIcon } from '../../ui/icons.tsx';
import type { Menu } from '../../ui/menu.tsx';
import { RowButton, RowMenu } from '../../ui/row-controls.tsx';
import { ActingContext } from './acting.ts';
import type { Acting } from './acting.ts';
import { menuActions, primaryAction, whyNotKey } from './actions.ts';
import css from './cells.module.css';
import { t } from './text.ts';

export const actionIcons: Record<MachineAction, Icon> = {
  start: PlayIcon,
  stop: PowerIcon,
  forceStop: StopIcon,
  restart: RestartIcon,
  forceRestart: RestartIcon,
  pause: PauseIcon,
  unpause: PlayIcon,
  reset: RestartIcon,
  softReboot: RestartIcon,
  delete: TrashIcon,
};

/** Why an action cannot be used on a row now, in words. */
export function whyNot(row: MachineRow, action: MachineAction): string | undefined {
  const key = whyNotKey(action, row);
  return key === undefined ? undefined : t(key);
}
/** A console shows what runs; while a machine is started its page waits for it. */
export const consoleWhy = (row: MachineRow, offer: AskOffer): string | undefined =>
  lackOfAll((id) => offer(id, { namespace: row.namespace }), consoleOffers) ??
  (row.tone === 'stopped' ? t('whyNot.consoleOff') : undefined);

/** The entries of a machine's menu: everything, with the reason where it is not possible. */
export const menuItems = (
  row: MachineRow,
  act: Acting['act'],
  why: (action: MachineAction) => string | undefined,
): Parameters<typeof Menu>[0]['items'] =>
  menuActions.flatMap((action) => {
    const item = {
      label: t(`action.${action}`),
      icon: actionIcons[action],
      onSelect: () => act(row, action),
      danger: action === 'delete',
      why: why(action),
    };
    return action === 'delete' || action === 'forceStop' ? (['separator', item] as const) : [item];
  });

export const RowActions = memo(function RowActions({ row }: { row: MachineRow }): ReactNode {
  const { act, isBusy, offer } = useContext(ActingContext);
  const lack = (action: MachineAction): string | undefined =>
    offer(`machines.act:${action}`, { namespace: row.namespace });
  const primary = primaryAction(row);
  return (
    <span className={css.actions}>
      <RowButton
        icon={actionIcons[primary]}
        label={t(`action.${primary}`)}
        busy={isBusy(row, primary)}
        onClick={() => act(row, primary)}
        why={lack(primary) ?? whyNot(row, primary)}
      />
      <RowButton
        icon={TerminalIcon}
        label={t('action.console')}
        to={`/console/${row.namespace}/${row.name}`}
        why={consoleWhy(row, offer)}
      />
      <RowMenu
        label={t('action.more', { name: row.name })}
        items={() => menuItems(row, act, (action) => lack(action) ?? whyNot(row, action))}
      />
    </span>
  );
});
